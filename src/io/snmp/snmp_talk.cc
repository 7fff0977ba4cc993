#include <algorithm>
#include <utility>

#include "io/snmp/snmp_link.h"
#include "wire/snmp/poll.h"

// What a link says to its agent, and what it makes of the answers.
namespace nightwatt::io {

using wire::snmp::ErrorStatus;
using wire::snmp::Oid;
using wire::snmp::PduType;
using wire::snmp::Varbind;

namespace {

constexpr auto ask_absent_again = std::chrono::minutes(10);

bool is(const SnmpAnswer& answer, ErrorStatus status) {
  return answer.error_status == static_cast<std::int64_t>(status);
}

}  // namespace

// An engine that was lost may have changed its id, or have fallen back to a boot count that
// net-snmp no longer believes: it is asked anew rather than distrusted for ever.
void SnmpLink::greet() {
  if (in_doubt_ && agent_->version == SnmpVersion::v3) session_->forget_engine();
  in_doubt_ = false;
  if (session_->engine_known()) return ask();
  state_ = State::discovering;
  limit_unsent();
  ++stats_.requests;
  check(session_->discover());
}

void SnmpLink::ask() {
  state_ = State::asking;
  unsent_.reset();
  ++stats_.requests;
  if (current_->to_write) return check(session_->ask(PduType::set, {*current_->to_write}));
  current_->names = names_without_absent(*current_);
  std::vector<Varbind> varbinds;
  for (const Oid& name : current_->names) varbinds.push_back({name, {}});
  check(session_->ask(PduType::get, varbinds));
}

void SnmpLink::check(const SnmpSession::Sent& sent) {
  if (sent.ok()) return;
  if (!sent.text.empty()) return fail(MessageFailure::refused, sent.text, true);
  const boost::system::error_code error(sent.error, boost::system::system_category());
  unreachable(error.message(), true);
}

void SnmpLink::answered() {
  const SnmpAnswer& answer = session_->answer();
  if (state_ == State::discovering) return discovered();
  if (answer.report != SnmpReport::none) return reported(answer.report);
  if (answer.error_status != 0) return refused(answer);
  replied();
}

void SnmpLink::discovered() {
  const SnmpReport report = session_->answer().report;
  if (report != SnmpReport::unknown_engine) {
    return fail(MessageFailure::bad_reply, "the agent did not tell its engine id", true);
  }
  const std::string wrong = session_->adopt_engine(*agent_);
  if (!wrong.empty()) {
    in_doubt_ = true;
    return fail(MessageFailure::unauthorised, wrong, true);
  }
  ask();
}

// The agent's security processing comes before everything else (RFC 3414, section 3.2): what was
// answered with a report was certainly not carried out.
void SnmpLink::reported(SnmpReport report) {
  const std::string user = "user '" + agent_->user + "'";
  const bool out_of_step =
      report == SnmpReport::unknown_engine || report == SnmpReport::not_in_time_window;
  if (out_of_step) {
    in_doubt_ = true;
    if (std::exchange(current_->rediscovered, true)) {
      return fail(MessageFailure::bad_reply, "the agent's engine id or clock changes all the time",
                  true);
    }
    return greet();
  }
  switch (report) {
    case SnmpReport::unknown_user:
      return fail(MessageFailure::unauthorised, "the agent does not know " + user, true);
    case SnmpReport::wrong_digest:
      return fail(MessageFailure::unauthorised,
                  "wrong authentication password or protocol for " + user, true);
    case SnmpReport::decryption_error:
      return fail(MessageFailure::unauthorised, "wrong privacy password or protocol for " + user,
                  true);
    case SnmpReport::unsupported_level:
      return fail(MessageFailure::unauthorised,
                  "the agent does not offer this security level to " + user, true);
    case SnmpReport::unknown_context:
      return fail(MessageFailure::refused, "the agent has no context '" + agent_->context + "'",
                  true);
    case SnmpReport::none:
    case SnmpReport::unknown_engine:
    case SnmpReport::not_in_time_window:
    case SnmpReport::other: break;
  }
  fail(MessageFailure::bad_reply, "a report that says nothing we know", true);
}

void SnmpLink::replied() {
  Message& message = *current_;
  if (message.to_write) {
    ++stats_.replies;
    return end(MessageReplied{message.transaction, {}});
  }
  auto read = wire::snmp::read_answers(*message.profile, *message.plan, message.part, message.names,
                                       session_->answer().varbinds);
  if (!read.strange.empty()) return fail(MessageFailure::bad_reply, read.strange);
  if (read.there == 0) {
    return refuse("the agent has none of the " + std::to_string(message.names.size()) +
                  " objects that were asked for");
  }
  ++stats_.replies;
  end(MessageReplied{message.transaction, std::move(read.reading)});
}

void SnmpLink::refused(const SnmpAnswer& answer) {
  const Message& message = *current_;
  const std::string name = wire::snmp::error_name(answer.error_status);
  if (message.to_write) return refuse(name + ": " + wire::snmp::to_string(message.to_write->name));
  if (is(answer, ErrorStatus::too_big)) {
    return refuse("tooBig: the agent cannot answer " + std::to_string(message.names.size()) +
                  " objects at once");
  }
  if (is(answer, ErrorStatus::no_such_name) && leave_out(answer.error_index)) return ask();
  const auto index = static_cast<std::size_t>(answer.error_index) - 1;
  const bool known = answer.error_index > 0 && index < message.names.size();
  refuse(name + (known ? ": " + wire::snmp::to_string(message.names[index]) : ""));
}

// RFC 1157, section 4.1.2: one object that is not there is an error of the whole request. False
// when nothing is left to ask for.
bool SnmpLink::leave_out(std::int64_t index) {
  Message& message = *current_;
  if (index < 1 || static_cast<std::size_t>(index) > message.names.size()) return false;
  if (message.names.size() == 1) return false;
  if (!absent_) absent_.emplace({});
  (*absent_)[message.names[static_cast<std::size_t>(index) - 1]] = std::chrono::steady_clock::now();
  return true;
}

std::vector<Oid> SnmpLink::names_without_absent(const Message& message) {
  if (!absent_) return message.names;
  const auto now = std::chrono::steady_clock::now();
  std::erase_if(*absent_, [&](const auto& it) { return now - it.second > ask_absent_again; });
  std::vector<Oid> names = message.names;
  std::erase_if(names, [&](const Oid& name) { return absent_->contains(name); });
  return names.empty() ? message.names : names;
}

}  // namespace nightwatt::io

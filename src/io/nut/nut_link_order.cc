#include <algorithm>
#include <utility>

#include "io/nut/nut_link.h"
#include "wire/nut/request.h"

// Instant commands and variable writes: INSTCMD and SET VAR (docs/wire/nut.md, "An order").
//
// A plain OK means only that upsd has passed the order to its driver. With tracking (NUT 2.8) the
// OK carries an id, and GET TRACKING id tells what the driver made of it.
namespace nightwatt::io {

namespace {

constexpr std::chrono::milliseconds pause_max{500};

}  // namespace

void NutLink::send_order() {
  // An order goes out once. On a connection that has been idle it is better to look twice whether
  // anybody still listens than to end with an outcome that nobody knows.
  if (kept_ && !socket_.quiet()) {
    current_->reconnected = true;
    return connect(current_->time);
  }
  std::string line;
  if (!std::exchange(tracking_asked_, true)) {
    wire::nut::append_set_tracking(line);
    return request(State::tracking, line);
  }
  const ControlOrder& order = *current_->order;
  switch (order.kind) {
    case ControlKind::command:
      wire::nut::append_instcmd(line, current_->unit, order.name, order.value);
      break;
    case ControlKind::write:
      wire::nut::append_set_var(line, current_->unit, order.name, order.value);
      break;
  }
  ++stats_.requests;
  request(State::ordering, line);
}

void NutLink::accepted() {
  if (!reply_->tracking_id().empty()) {
    following_ = std::make_unique<Following>(*this, reply_->tracking_id());
    return ask_tracking();
  }
  ++stats_.failures;
  end_order(MessageFailed{current_->transaction, MessageFailure::refused,
                          prefix() + current_->unit +
                              ": passed to the driver, and this server (older than NUT 2.8, or "
                              "without tracking) does not tell what came of it",
                          false});
}

void NutLink::ask_tracking() {
  std::string line;
  wire::nut::append_get_tracking(line, following_->id);
  request(State::following, line);
}

void NutLink::followed() {
  if (!reply_->carried_out()) {
    reply_.reset();
    following_->pause.set(Deadlines::Clock::now() + following_->next_pause);
    following_->next_pause = std::min(2 * following_->next_pause, pause_max);
    return;
  }
  ++stats_.replies;
  end_order(MessageReplied{current_->transaction, Reading{}});
}

// An ERR in place of an answer. False: not one of ours to judge, the connection is in doubt.
bool NutLink::order_failed() {
  if (state_ == State::tracking) {
    greet();  // it does not track; the order is sent all the same
    return true;
  }
  if (state_ != State::ordering && state_ != State::following) return false;
  const std::string text = prefix() + current_->unit + ": " + reply_->text();
  const MessageFailure failure = reply_->failure();
  // These two are answers of the path and not of the UPS. No driver was given the order.
  const bool path_failed = state_ == State::ordering && (failure == MessageFailure::data_stale ||
                                                         failure == MessageFailure::driver_down);
  // The driver could not say what it did: "unspecified error" in the drivers' own words.
  const bool nobody_knows = state_ == State::following && reply_->unknown_outcome();
  if (path_failed || nobody_knows) {
    ++stats_.failures;
    end_order(MessageFailed{current_->transaction, failure, text, path_failed});
  } else {
    ++stats_.replies;
    end_order(MessageRefused{current_->transaction, text});
  }
  return true;
}

void NutLink::end_order(Event event) {
  current_.reset();
  following_.reset();
  reply_.reset();
  state_ = State::idle;
  outbox_.add(std::move(event));
}

NutLink::Following::Following(NutLink& of, std::string tracking_id)
    : link(of), id(std::move(tracking_id)), pause(of.shared_->sockets->deadlines, *this) {}

void NutLink::Following::overdue() {
  const auto self = link.shared_from_this();  // this ends with its connection
  self->ask_tracking();
  self->deliver();
  self->start_next();
}

}  // namespace nightwatt::io

// Comm devices taken out of use and back; orders to devices: who may give which, what they answer,
// and their audit.
#include <fmt/format.h>

#include <map>
#include <utility>

#include "core/comm/words.h"
#include "core/engine.h"

namespace nightwatt::core {

namespace {

AuditRecord audit(const std::string& device, const ControlRequested& asked) {
  AuditRecord record;
  record.device = device;
  record.kind = asked.kind;
  record.name = asked.name.substr(0, order_text_max);
  record.value = asked.value.substr(0, order_text_max);
  record.who = asked.who;
  record.dry_run = asked.dry_run;
  record.outcome = ControlOutcome::pending;
  return record;
}

std::string policy_words(ControlPolicy policy) {
  switch (policy) {
    case ControlPolicy::never: return "sent once and never repeated";
    case ControlPolicy::verify_then_retry:
      return "read back when it is not answered, and sent once more when it was not applied";
    case ControlPolicy::idempotent: return "repeated when it is not answered";
    case ControlPolicy::select_before_operate: return "selected, then operated once";
  }
  return "";
}

Severity severity_of(ControlOutcome outcome) {
  switch (outcome) {
    case ControlOutcome::pending:
    case ControlOutcome::ok: return Severity::info;
    case ControlOutcome::refused: return Severity::warning;
    case ControlOutcome::unknown: return Severity::error;
  }
  return Severity::error;
}

void tell(const AuditRecord& record, const std::string& message, Effects& effects) {
  effects.push_back(Notice{.severity = severity_of(record.outcome),
                           .kind = NoticeKind::control,
                           .subject = record.device,
                           .message = message,
                           .details = {{"order", std::to_string(record.id)},
                                       {"outcome", std::string(to_string(record.outcome))},
                                       {"who", record.who}}});
}

}  // namespace

// Too many at once, or a path that cannot do it.
std::optional<std::string> Engine::order_problem(const ControlOrder& order) const {
  const std::string& name = site_->devices[order.device.value].name;
  if (orders_.pending() >= orders_max || comm_.orders_pending() >= orders_max) {
    return fmt::format("{} orders are pending already: this one is not taken", orders_max);
  }
  if (orders_.pending_of(name) >= orders_of_device_max) {
    return fmt::format("{} has {} pending orders already: this one is not taken", name,
                       orders_of_device_max);
  }
  const PathRank active = comm_.active(order.device);
  if (!comm_.can_act(order, active)) {
    return fmt::format("{} is polled over {}, which cannot carry out {}", name,
                       comm_.path_phrase(order.device, active), order.name);
  }
  return std::nullopt;
}

void Engine::refuse_order(AuditRecord record, RequestId request, std::string why,
                          Effects& effects) {
  record.id = orders_.next_id();
  record.outcome = ControlOutcome::refused;
  record.text = why;
  effects.push_back(RecordAudit{record});
  answer(request, unexpected<std::string>(std::move(why)), record.device, effects);
}

void Engine::answer_dry_run(AuditRecord record, const ControlOrder& order, RequestId request,
                            Effects& effects) {
  const PathRank active = comm_.active(order.device);
  std::string text =
      fmt::format("dry run, nothing was sent: {} would go to {} over {}, {}",
                  order_words(record.kind, record.name, record.value), record.device,
                  comm_.path_phrase(order.device, active), policy_words(order.policy));
  if (!comm_.usable(order.device, active)) text += "; that path cannot be used now";
  record.id = orders_.next_id();
  record.outcome = ControlOutcome::ok;
  record.text = text;
  effects.push_back(RecordAudit{std::move(record)});
  effects.push_back(Answer{.request = request, .ok = true, .text = std::move(text), .order = 0});
}

void Engine::on(const ControlRequested& event, Instant now, Effects& effects) {
  const DeviceRule& device = site_->devices.at(event.device.value);
  AuditRecord record = audit(device.name, event);
  auto judged = judge(device, event, now);
  if (!judged) {
    refuse_order(std::move(record), event.request, std::move(judged.error()), effects);
    return;
  }
  if (auto problem = order_problem(*judged)) {
    refuse_order(std::move(record), event.request, std::move(*problem), effects);
    return;
  }
  if (event.dry_run || site_->dry_run) {
    record.dry_run = true;
    answer_dry_run(std::move(record), *judged, event.request, effects);
    return;
  }
  judged->id = record.id = orders_.next_id();
  effects.push_back(RecordAudit{record});
  tell(record,
       fmt::format("Order {} of {}: {} to {}.", record.id, event.who.empty() ? "?" : event.who,
                   order_words(record.kind, record.name, record.value), device.name),
       effects);
  std::string text =
      fmt::format("order {}: {} goes to {} over {} within {:.3g} s or not at all; it is {}",
                  record.id, order_words(record.kind, record.name, record.value), device.name,
                  comm_.path_phrase(event.device, comm_.active(event.device)),
                  seconds(judged->expires - now), policy_words(judged->policy));
  effects.push_back(
      Answer{.request = event.request, .ok = true, .text = std::move(text), .order = record.id});
  orders_.add({std::move(record), judged->policy, now, judged->expires, std::nullopt});
  comm_.order(*judged, now);
}

void Engine::orders_ended(std::vector<OrderResult>& results, Instant now, Effects& effects) {
  for (OrderResult& result : results) {
    OrderView* order = orders_.find(result.id);
    if (order == nullptr || order->ended) continue;
    order->ended = now;
    AuditRecord& record = order->record;
    record.outcome = result.outcome;
    record.path = std::move(result.where);
    record.text = std::move(result.text);
    effects.push_back(RecordAudit{record});
    tell(record,
         fmt::format("Order {}: {} to {} {}{}{}{}.", record.id,
                     order_words(record.kind, record.name, record.value), record.device,
                     record.outcome == ControlOutcome::ok        ? "was carried out"
                     : record.outcome == ControlOutcome::refused ? "was not carried out"
                                                                 : "has an unknown outcome",
                     record.path.empty() ? "" : " over " + record.path,
                     record.text.empty() ? "" : ": ", record.text),
         effects);
  }
  results.clear();
}

// Why devices stay on a comm device that cannot be used: "; 1 device stays without a path: UPS-7;
// 1 device stays because of dry run: UPS-9". The first separator is `lead`.
std::string Engine::stay_words(CommId comm, Instant now, std::string_view lead) const {
  constexpr std::size_t names_max = 5;
  static constexpr std::string_view whys[] = {"without a path", "because of a freeze",
                                              "because of dry run", "because only people move it"};
  std::vector<DeviceId> staying[std::size(whys)];
  for (const DeviceId device : comm_.polled_over(comm)) {
    const DeviceView view = comm_.view(device, now);
    const bool elsewhere = std::ranges::any_of(view.paths, &PathView::usable);
    const std::size_t why = !elsewhere          ? 0u
                            : view.frozen_until ? 1u
                            : !view.automatic   ? 3u
                            : view.dry_run      ? 2u
                                                : 0u;
    staying[why].push_back(device);
  }
  std::string text;
  for (std::size_t why = 0; why < std::size(whys); ++why) {
    const std::vector<DeviceId>& here = staying[why];
    if (here.empty()) continue;
    text += fmt::format("{} {} {}:", text.empty() ? lead : ";",
                        here.size() == 1 ? std::string("1 device stays")
                                         : fmt::format("{} devices stay", here.size()),
                        whys[why]);
    for (std::size_t i = 0; i < std::min(here.size(), names_max); ++i) {
      text += (i == 0 ? " " : ", ") + site_->devices[here[i].value].name;
    }
    if (here.size() > names_max) text += ", ...";
  }
  return text;
}

// "nut-a1 is disabled: 3 devices move to nut-a2; 1 device stays without a path: UPS-7".
std::string Engine::comm_words(CommId comm, std::span<const Move> moves, Instant now) const {
  const CommState state = comm_.state(comm);
  std::string text = fmt::format("{} is {}", site_->comms[comm.value].name, state_word(state));
  std::map<std::string, std::size_t> moved;
  for (const Move& move : moves) {
    if (move.refused) continue;
    const auto& paths = site_->devices[move.device.value].paths;
    ++moved[site_->comms[paths[move.to.value - 1u].comm.value].name];
  }
  for (const auto& [name, count] : moved) {
    text += fmt::format("{} {} {} to {}", &name == &moved.begin()->first ? ":" : ",", count,
                        count == 1 ? "device moves" : "devices move", name);
  }
  const std::vector<DeviceId> here = comm_.polled_over(comm);
  if (state == CommState::ok) {
    return text + fmt::format("; {} polled over it now",
                              here.size() == 1 ? std::string("1 device is")
                                               : fmt::format("{} devices are", here.size()));
  }
  if (here.empty()) return text + (moved.empty() ? ": no device was polled over it" : "");
  return text + stay_words(comm, now, moved.empty() ? ":" : ";");
}

void Engine::answer_comm(const CommRequested& event, Instant now, Effects& effects) {
  const std::string& name = site_->comms.at(event.comm.value).name;
  const bool may = event.state == CommState::ok || event.state == CommState::disabled ||
                   event.state == CommState::out_of_service;
  if (!may) {
    answer(event.request,
           unexpected<std::string>(name + ": a person enables, disables, or takes out of service"),
           name, effects);
    return;
  }
  if (comm_.state(event.comm) == event.state &&
      comm_.out_by_hand(event.comm) == (event.state != CommState::ok)) {
    answer(event.request, fmt::format("{} is {} already", name, state_word(event.state)), name,
           effects);
    return;
  }
  const std::size_t before = comm_out_.moves.size();
  comm_.set_comm(event.comm, event.state, now, comm_out_);
  const std::string text = comm_words(event.comm, std::span(comm_out_.moves).subspan(before), now);
  move_comm_effects(now, effects);
  answer(event.request, text, name, effects);
}

}  // namespace nightwatt::core

// Orders to devices: who may give which, what they answer, and their audit.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

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
    case ControlPolicy::idempotent:
      return "repeated when it is not answered, as often as poll_attempts allows";
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

void Engine::refuse_order(AuditRecord record, RequestId request, std::string why, Instant now,
                          Effects& effects) {
  record.id = orders_.next_id();
  record.outcome = ControlOutcome::refused;
  record.text = why;
  orders_.count(record.outcome);
  effects.push_back(RecordAudit{record});
  answer(request, unexpected<std::string>(std::move(why)), record.device, effects);
  orders_.add({std::move(record), now, now, false});
}

void Engine::answer_dry_run(AuditRecord record, const ControlOrder& order, RequestId request,
                            Instant now, Effects& effects) {
  const PathRank active = comm_.active(order.device);
  std::string text =
      fmt::format("dry run, nothing was sent: {} would go to {} over {}, {}",
                  order_words(record.kind, record.name, record.value), record.device,
                  comm_.path_phrase(order.device, active), policy_words(order.policy));
  if (!comm_.usable(order.device, active)) text += "; that path cannot be used now";
  record.id = orders_.next_id();
  record.outcome = ControlOutcome::ok;
  record.text = text;
  effects.push_back(RecordAudit{record});
  effects.push_back(Answer{.request = request, .ok = true, .text = std::move(text), .order = 0});
  orders_.add({std::move(record), now, now, false});
}

void Engine::on(const ControlRequested& event, Instant now, Effects& effects) {
  const DeviceRule& device = site_->devices.at(event.device.value);
  AuditRecord record = audit(device.name, event);
  auto judged = judge(device, event, now);
  if (!judged) {
    refuse_order(std::move(record), event.request, std::move(judged.error()), now, effects);
    return;
  }
  record.policy = judged->policy;
  record.expires_in = judged->expires - now;
  if (auto problem = order_problem(*judged)) {
    refuse_order(std::move(record), event.request, std::move(*problem), now, effects);
    return;
  }
  if (event.dry_run || site_->dry_run) {
    record.dry_run = true;
    answer_dry_run(std::move(record), *judged, event.request, now, effects);
    return;
  }
  judged->id = record.id = orders_.next_id();
  effects.push_back(RecordAudit{.record = record, .answer = true});
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
  orders_.add({std::move(record), now, std::nullopt, true});
  unwritten_.push_back({*judged, std::min(now + audit_wait_max, judged->expires)});
}

// An order goes on its way: what changes a device is on record first, if the disk lets it. A dead
// disk must not take the hands off the devices (adr/0010).
void Engine::on(const AuditWritten& event, Instant now, Effects& effects) {
  const auto id_of = [](const UnwrittenOrder& each) { return each.order.id; };
  const auto found = std::ranges::find(unwritten_, event.order, id_of);
  if (found == unwritten_.end()) return;  // it did not wait so long
  if (!event.ok) tell_unwritten(found->order, event.error, effects);
  comm_.order(found->order, now);
  unwritten_.erase(found);
}

void Engine::send_unwritten(Instant now, Effects& effects) {
  std::erase_if(unwritten_, [&](const UnwrittenOrder& each) {
    if (now < each.until) return false;
    if (now < each.order.expires) {
      tell_unwritten(each.order,
                     fmt::format("the disk did not answer within {:g} s", seconds(audit_wait_max)),
                     effects);
    }
    comm_.order(each.order, now);
    return true;
  });
}

void Engine::tell_unwritten(const ControlOrder& order, const std::string& why,
                            Effects& effects) const {
  effects.push_back(
      Notice{.severity = Severity::error,
             .kind = NoticeKind::control,
             .subject = site_->devices[order.device.value].name,
             .message = fmt::format(
                 "Order {} is sent although the journal has no record of it: {}.", order.id, why),
             .details = {{"order", std::to_string(order.id)},
                         {"outcome", std::string(to_string(ControlOutcome::pending))},
                         {"who", order.who}}});
}

// Nothing of them was sent.
void Engine::end_unwritten(const std::string& why, Instant now, Effects& effects) {
  std::vector<OrderResult> results;
  for (const UnwrittenOrder& each : unwritten_) {
    results.push_back(
        {each.order.id, ControlOutcome::refused, PathRank{}, "", "never carried out: " + why});
  }
  unwritten_.clear();
  orders_ended(results, now, effects);
}

void Engine::orders_ended(std::vector<OrderResult>& results, Instant now, Effects& effects) {
  for (OrderResult& result : results) {
    OrderView* order = orders_.find(result.id);
    if (order == nullptr || order->ended) continue;
    order->ended = now;
    AuditRecord& record = order->record;
    record.outcome = result.outcome;
    orders_.count(record.outcome);
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

}  // namespace nightwatt::core

#include "sim/order_world.h"

#include <fmt/format.h>

#include <variant>

namespace nightwatt::sim {

OrderedDevices::Reply OrderedDevices::obey(const ControlOrder& order, std::uint16_t part) {
  if (order.policy == ControlPolicy::select_before_operate) {
    std::uint64_t& selected = selected_[order.device.value];
    if (part == 0) {
      selected = order.id;
      return Reply::ok;
    }
    if (selected != order.id) return Reply::refused;
    selected = 0;
  }
  ++executed_[order.id];
  if (const auto number = parse_number(order.value)) written_[order.device.value] = *number;
  return Reply::ok;
}

int OrderedDevices::executed(std::uint64_t order) const {
  const auto found = executed_.find(order);
  return found == executed_.end() ? 0 : found->second;
}

std::optional<double> OrderedDevices::written(DeviceId device) const {
  const auto found = written_.find(device.value);
  if (found == written_.end()) return std::nullopt;
  return found->second;
}

void OrderCheck::before_step(const core::Engine&, std::span<const Event> events, Instant) {
  for (const Event& event : events) {
    if (const auto* written = std::get_if<AuditWritten>(&event)) disk_said_.insert(written->order);
    const auto* failed = std::get_if<MessageFailed>(&event);
    if (failed == nullptr || !failed->not_sent) continue;
    const auto order = acting_.find(failed->transaction.value);
    if (order != acting_.end()) --on_wire_[order->second];
  }
}

void OrderCheck::after_step(const core::Engine&, std::span<const Effect> effects, Instant now) {
  for (const Effect& effect : effects) {
    if (const auto* message = std::get_if<SendMessage>(&effect)) sent(*message, now);
    if (const auto* audit = std::get_if<RecordAudit>(&effect)) recorded(audit->record, now);
  }
}

void OrderCheck::sent(const SendMessage& message, Instant now) {
  if (!message.order) return;
  const ControlOrder& order = *message.order;
  const auto complain = [&](const char* what) {
    complaints_.add(now, fmt::format("order {} ({}): {}", order.id, to_string(order.policy), what));
  };
  if (now >= order.expires) complain("sent after it expired");
  const auto open = open_.find(order.id);
  if (open == open_.end()) {
    complain("sent although it is not open");
  } else if (!disk_said_.contains(order.id) && now - open->second < core::audit_wait_max) {
    complain("sent before the disk had its record");
  }
  policies_[order.id] = order.policy;
  if (order.policy == ControlPolicy::select_before_operate && message.part == 0) return;
  acting_[message.transaction.value] = order.id;
  const int times = ++on_wire_[order.id];
  switch (order.policy) {
    case ControlPolicy::never:
    case ControlPolicy::select_before_operate:
      if (times > 1) complain("on the wire twice");
      break;
    case ControlPolicy::verify_then_retry:
      if (times > 2) complain("on the wire more than twice");
      break;
    case ControlPolicy::idempotent: break;
  }
}

void OrderCheck::recorded(const AuditRecord& record, Instant now) {
  if (record.dry_run) return;
  const auto complain = [&](const char* what) {
    complaints_.add(now, fmt::format("order {} of {}, {}: {}", record.id, record.device,
                                     to_string(record.outcome), what));
  };
  if (record.outcome == ControlOutcome::pending) {
    if (!open_.emplace(record.id, now).second) complain("accepted twice");
    return;
  }
  const bool accepted = open_.erase(record.id) > 0;
  if (!accepted && record.outcome != ControlOutcome::refused) complain("ended without being open");
  ++ended_[record.outcome];
  const int executed = devices_.executed(record.id);
  if (record.outcome == ControlOutcome::ok && executed == 0) complain("lost");
  if (record.outcome == ControlOutcome::refused && executed > 0) complain("carried out");
  if (executed > 1 && policies_[record.id] != ControlPolicy::idempotent) complain("doubled");
}

void OrderCheck::daemon_down(Instant) { open_.clear(); }

std::size_t OrderCheck::ended(ControlOutcome outcome) const {
  const auto found = ended_.find(outcome);
  return found == ended_.end() ? 0 : found->second;
}

}  // namespace nightwatt::sim

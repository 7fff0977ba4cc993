#include "core/comm/rule_book.h"

#include <algorithm>

#include "base/check.h"

namespace nightwatt::core {

namespace {

constexpr ControlPath plain_path{};

}  // namespace

RuleBook::RuleBook(SiteRules site) : site_(std::move(site)), facts_(devices()) {
  first_schedule_.assign(1, 0);
  for (std::uint32_t i = 0; i < devices().size(); ++i) {
    const DeviceRule& device = devices()[i];
    NW_CHECK(device.active_at_start.value >= 1 &&
             device.active_at_start.value <= device.paths.size());
    NW_CHECK(device.schedules.size() <= schedules_max);
    first_schedule_.push_back(
        first_schedule_.back() +
        static_cast<std::uint32_t>(std::max<std::size_t>(device.schedules.size(), 1)));
    device_of_schedule_.resize(first_schedule_.back(), DeviceId{i});
    for (const PathRule& path : device.paths) {
      NW_CHECK(path.comm.value < comms().size());
      devices_of_lines_.emplace_back(path.comm, DeviceId{i});
    }
  }
  std::ranges::sort(devices_of_lines_);
  const auto twice = std::ranges::unique(devices_of_lines_);
  devices_of_lines_.erase(twice.begin(), twice.end());
  devices_of_lines_.shrink_to_fit();
}

std::span<const std::pair<CommId, DeviceId>> RuleBook::devices_of(CommId comm) const {
  const auto found =
      std::ranges::equal_range(devices_of_lines_, comm, {}, &std::pair<CommId, DeviceId>::first);
  return {found.begin(), found.end()};
}

Duration RuleBook::interval_of(DeviceId device, std::uint16_t schedule) const {
  if (facts_[device].plain) return facts_[device].interval;
  return of(device).schedules[schedule].interval;
}

Duration RuleBook::alert_interval_of(DeviceId device, std::uint16_t schedule) const {
  if (facts_[device].plain) return facts_[device].interval_alert;
  return of(device).schedules[schedule].interval_alert;
}

PollPriority RuleBook::priority_of(DeviceId device, std::uint16_t schedule) const {
  if (facts_[device].plain) return PollPriority::medium;
  return of(device).schedules[schedule].priority;
}

std::uint16_t RuleBook::messages_of(DeviceId device, std::uint16_t schedule, PathRank path) const {
  if (schedule == 0) return facts_.path(device, path).messages;
  return core::messages_of(of(device), schedule, path);
}

bool RuleBook::runs_on(DeviceId device, std::uint16_t schedule, PathRank path) const {
  if (messages_of(device, schedule, path) == 0) return false;
  return facts_[device].plain || core::runs_on(of(device), schedule, path);
}

const ControlRule& RuleBook::control(const ControlOrder& order) const {
  const auto& rules = of(order.device).controls;
  const auto found = std::ranges::find_if(rules, [&](const ControlRule& each) {
    return each.kind == order.kind && each.name == order.name;
  });
  return found == rules.end() ? plain_rule_ : *found;
}

const ControlPath& RuleBook::control_path(const ControlOrder& order, PathRank path) const {
  const auto& paths = control(order).paths;
  return path.value <= paths.size() ? paths[path.value - 1u] : plain_path;
}

bool RuleBook::can_act(const ControlOrder& order, PathRank path) const {
  return control_path(order, path).steps > 0;
}

bool RuleBook::can_read_back(const ControlOrder& order, PathRank path) const {
  const ControlPath& there = control_path(order, path);
  if (!control(order).verify || !there.verifiable) return false;
  return there.verify_schedule < schedules_of(order.device) &&
         messages_of(order.device, there.verify_schedule, path) > 0;
}

}  // namespace nightwatt::core

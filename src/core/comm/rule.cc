#include "core/comm/rule.h"

#include <algorithm>

namespace nightwatt::core {

namespace {

bool leads_to(Binding binding, PathRank path) {
  switch (binding) {
    case Binding::current: return true;
    case Binding::primary: return path.value == 1;
    case Binding::secondary: return path.value == 2;
    case Binding::tertiary: return path.value == 3;
  }
  return false;
}

template <class F>
std::optional<std::uint16_t> first_schedule(const DeviceRule& device, F fits) {
  const std::size_t count = std::max<std::size_t>(device.schedules.size(), 1);
  for (std::uint16_t schedule = 0; schedule < count; ++schedule) {
    if (fits(schedule)) return schedule;
  }
  return std::nullopt;
}

}  // namespace

PathRank path_at_start(const DeviceRule& device) {
  return device.auto_failover ? primary : device.active_at_start;
}

std::uint16_t messages_of(const DeviceRule& device, std::uint16_t schedule, PathRank path) {
  const auto& messages = device.paths[path.value - 1u].messages;
  return schedule < messages.size() ? messages[schedule] : std::uint16_t{1};
}

bool runs_on(const DeviceRule& device, std::uint16_t schedule, PathRank path) {
  if (messages_of(device, schedule, path) == 0) return false;
  return device.schedules.empty() || leads_to(device.schedules[schedule].binding, path);
}

std::optional<std::uint16_t> first_asked_on(const DeviceRule& device, PathRank path) {
  return first_schedule(device, [&](auto it) { return messages_of(device, it, path) > 0; });
}

std::optional<std::uint16_t> first_running_on(const DeviceRule& device, PathRank path) {
  return first_schedule(device, [&](auto it) { return runs_on(device, it, path); });
}

}  // namespace nightwatt::core

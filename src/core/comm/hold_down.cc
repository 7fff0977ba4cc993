#include <algorithm>

#include "core/comm/comm.h"

// Guarded: retry primary grows with each flap of primary (comm-failover, section 5, item 4).
namespace nightwatt::core {

namespace {

// 0.9 to 1.1, always the same for one device and one number of flaps: devices that left together
// come back one after the other, and a replay is exact.
std::int64_t scattered(Duration::rep base, std::uint32_t device, std::uint8_t flaps) {
  const std::uint64_t mixed = (device * 0x9e3779b97f4a7c15u + flaps) * 0xbf58476d1ce4e5b9u;
  const auto permille = static_cast<Duration::rep>((mixed >> 40) % 201);
  return base / 1000 * (900 + permille) + base % 1000 * (900 + permille) / 1000;
}

}  // namespace

// Without a flap it is what the user wrote, to the millisecond; with one it is at least 1.8 times
// that, so that retry primary stays the earliest time.
Duration Comm::hold_down(DeviceId device) const {
  const DeviceState& state = devices_[device.value];
  const Duration retry = rules_.path(device, state.active).retry_primary;
  if (!rules_.guarded(device) || state.flaps == 0 || retry >= hold_down_max) return retry;
  const Duration grown = std::max(retry, hold_down_min) * (1 << state.flaps);
  const Duration bound = std::min(grown, hold_down_max);
  return std::max(retry, Duration(scattered(bound.count(), device.value, state.flaps)));
}

// Before the device leaves `active`. What a person did to a comm device is no trouble of the path,
// and neither is leaving for another one by hand.
void Comm::count_flap(DeviceId device, PathRank to, MoveCause cause, Instant now) {
  DeviceState& state = devices_[device.value];
  if (state.active != primary || to == primary || cause == MoveCause::manual) return;
  const CommState here = lines_[rules_.line_at(device, primary)].state;
  if (here == CommState::disabled || here == CommState::out_of_service) return;
  const bool came_back = state.last_move && state.last_move->to == primary &&
                         state.last_move->cause != MoveCause::manual;
  const bool flap = came_back && now - state.since < flap_window;
  state.flaps =
      flap ? static_cast<std::uint8_t>(std::min<int>(state.flaps + 1, flaps_max)) : std::uint8_t{0};
}

}  // namespace nightwatt::core

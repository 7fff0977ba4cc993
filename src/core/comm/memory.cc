#include <algorithm>

#include "core/comm/comm.h"
#include "core/comm/words.h"

// What survives a restart (comm-failover, section 5, item 10): see model/comm_memory.h.
namespace nightwatt::core {

CommMemory Comm::remember(DeviceId device, Instant now) const {
  const DeviceState& state = devices_[device.value];
  const auto ago = [now](const std::optional<Instant>& at) {
    return at ? std::optional(std::max(now - *at, Duration::zero())) : std::nullopt;
  };
  CommMemory memory;
  memory.device = rule(device).name;
  memory.active_comm = comm_name(device, state.active);
  memory.active_unit = path_rule(device, state.active).unit;
  memory.left_primary_ago = ago(state.left_primary);
  if (frozen(device, now)) memory.frozen_for = *state.frozen_until - now;
  memory.failed_over = state.failed_over;
  memory.flaps = state.flaps;
  for (std::uint8_t p = 1; p <= state.paths.size(); ++p) {
    const PathState& path = state.paths[p - 1u];
    memory.paths.push_back({.comm = comm_name(device, PathRank{p}),
                            .unit = path_rule(device, PathRank{p}).unit,
                            .last_ok_ago = ago(path.last_ok),
                            .failed_ago = ago(path.failed_at),
                            .unproven = path.unproven});
  }
  return memory;
}

PathRank Comm::rank_of(DeviceId device, std::string_view comm, std::string_view unit) const {
  for (std::uint8_t p = 1; p <= rule(device).paths.size(); ++p) {
    if (comm_name(device, PathRank{p}) == comm && path_rule(device, PathRank{p}).unit == unit) {
      return PathRank{p};
    }
  }
  return PathRank{};
}

// Its timers begin anew, as after a reload (R5): the time that nobody polled is no evidence. A
// device in manual mode is where its configuration says.
bool Comm::recall(DeviceId device, const CommMemory& memory, Instant now) {
  DeviceState& state = devices_[device.value];
  if (memory.device != rule(device).name) return false;
  for (const PathMemory& was : memory.paths) {
    const PathRank rank = rank_of(device, was.comm, was.unit);
    if (rank == PathRank{}) continue;
    PathState& path = path_state(device, rank);
    if (was.last_ok_ago) path.last_ok = now - *was.last_ok_ago;
    if (was.failed_ago) path.failed_at = now - *was.failed_ago;
    path.unproven = was.unproven;
  }
  state.failed_over = memory.failed_over;
  state.flaps = std::min<std::uint8_t>(memory.flaps, flaps_max);
  if (memory.frozen_for && *memory.frozen_for > Duration::zero()) {
    state.frozen_until = now + std::min(*memory.frozen_for, freeze_max);
  }
  const PathRank active = rank_of(device, memory.active_comm, memory.active_unit);
  if (state.automatic && active != PathRank{} && active != state.active) {
    count_here(device, false);
    state.active = active;
    count_here(device, true);
    path_state(device, active).entered = now;
  }
  if (state.active != primary) {
    state.left_primary = now - memory.left_primary_ago.value_or(Duration::zero());
  }
  plan_probe(device, now);
  plan_guard(device);
  return true;
}

}  // namespace nightwatt::core

#include <algorithm>
#include <iterator>
#include <optional>
#include <vector>

#include "core/comm/comm.h"
#include "core/comm/teller.h"
#include "core/comm/words.h"

// What survives a restart (comm-failover, section 5, item 10): see model/comm_memory.h.
namespace nightwatt::core {

CommMemory Comm::remember(DeviceId device, Instant now) const {
  const DeviceState& state = devices_[device.value];
  const auto ago = [now](const std::optional<Instant>& at) {
    return at ? std::optional(std::max(now - *at, Duration::zero())) : std::nullopt;
  };
  CommMemory memory;
  memory.device = rules_.of(device).name;
  memory.active_comm = teller().comm_name(device, state.active);
  memory.active_unit = rules_.path(device, state.active).unit;
  memory.left_primary_ago = ago(state.left_primary);
  if (frozen(device, now)) memory.frozen_for = *state.frozen_until - now;
  memory.failed_over = state.failed_over;
  memory.flaps = state.flaps;
  memory.paths.reserve(state.paths.size());
  for (std::uint8_t p = 1; p <= state.paths.size(); ++p) {
    const PathState& path = state.paths[p - 1u];
    memory.paths.push_back({.comm = teller().comm_name(device, PathRank{p}),
                            .unit = rules_.path(device, PathRank{p}).unit.text(),
                            .last_ok_ago = ago(path.last_ok),
                            .failed_ago = ago(path.failed_at),
                            .failovers = path.failovers,
                            .unproven = path.unproven});
  }
  if (const auto& last = state.last_move) {
    memory.last_move =
        MoveMemory{*ago(last->at), last->from.value, last->to.value, last->cause, last->why};
  }
  for (const Decision& made : state.decisions) {
    const auto& ages = made.ok_age_ms;
    memory.decisions.push_back(
        {.ago = *ago(made.at),
         .from = made.from.value,
         .to = made.to.value,
         .cause = made.cause,
         .outcome = made.outcome,
         .elapsed_ms = made.elapsed_ms,
         .threshold_ms = made.threshold_ms,
         .ok_age_ms = {ages.begin(), ages.begin() + std::ssize(state.paths)}});
  }
  return memory;
}

namespace {

// Where the paths of before are now; rank 0: it is gone, or there was none.
struct RanksNow {
  std::vector<PathRank> ranks{};  // by the rank before - 1
  PathRank of(std::uint8_t before) const {
    return before >= 1 && before <= ranks.size() ? ranks[before - 1u] : PathRank{};
  }
};

// Nothing: its paths are gone.
std::optional<Decision> decision_of(const DecisionMemory& was, const RanksNow& ranks, Instant now) {
  Decision made;
  made.at = now - was.ago;
  made.from = ranks.of(was.from);
  made.to = ranks.of(was.to);
  if (made.from == PathRank{} || made.to == PathRank{}) return std::nullopt;
  made.cause = was.cause;
  made.outcome = was.outcome;
  made.elapsed_ms = was.elapsed_ms;
  made.threshold_ms = was.threshold_ms;
  made.ok_age_ms.fill(Decision::never);
  for (std::size_t i = 0; i < std::min(was.ok_age_ms.size(), ranks.ranks.size()); ++i) {
    const PathRank rank = ranks.ranks[i];
    if (rank != PathRank{} && was.ok_age_ms[i] >= 0) {
      made.ok_age_ms[rank.value - 1u] = was.ok_age_ms[i];
    }
  }
  return made;
}

void recall_decisions(DeviceState& state, const CommMemory& memory, const RanksNow& ranks,
                      Instant now) {
  state.decisions.clear();
  for (const DecisionMemory& was : memory.decisions) {
    if (const auto made = decision_of(was, ranks, now)) state.decisions.push_back(*made);
  }
  while (state.decisions.size() > decisions_max) state.decisions.take_front();
}

// Why it is where it is, if that is where it was.
void recall_move(DeviceState& state, const CommMemory& memory, const RanksNow& ranks, Instant now) {
  if (!memory.last_move || ranks.of(memory.last_move->to) != state.active) return;
  const MoveMemory& was = *memory.last_move;
  state.last_move = LastMove{now - was.ago, ranks.of(was.from), state.active, was.cause, was.why};
  state.since = state.last_move->at;
}

}  // namespace

PathRank Comm::rank_of(DeviceId device, std::string_view comm, std::string_view unit) const {
  for (std::uint8_t p = 1; p <= rules_.of(device).paths.size(); ++p) {
    if (teller().comm_name(device, PathRank{p}) == comm &&
        rules_.path(device, PathRank{p}).unit == unit) {
      return PathRank{p};
    }
  }
  return PathRank{};
}

// Its timers begin anew, as after a reload (R5): the time that nobody polled is no evidence. A
// device in manual mode is where its configuration says.
bool Comm::recall(DeviceId device, const CommMemory& memory, Instant now) {
  DeviceState& state = devices_[device.value];
  if (memory.device != rules_.of(device).name) return false;
  RanksNow ranks;
  for (const PathMemory& was : memory.paths) {
    const PathRank rank = rank_of(device, was.comm, was.unit);
    ranks.ranks.push_back(rank);
    if (rank == PathRank{}) continue;
    PathState& path = path_state(device, rank);
    if (was.last_ok_ago) path.last_ok = now - *was.last_ok_ago;
    if (was.failed_ago) path.failed_at = now - *was.failed_ago;
    path.unproven = was.unproven;
    path.failovers = was.failovers;
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
  recall_decisions(state, memory, ranks, now);
  if (state.automatic) recall_move(state, memory, ranks, now);
  if (state.active != primary) {
    state.left_primary = now - memory.left_primary_ago.value_or(Duration::zero());
  }
  plan_probe(device, now);
  plan_guard(device);
  return true;
}

}  // namespace nightwatt::core

#include <algorithm>
#include <limits>
#include <utility>

#include "core/comm/comm.h"
#include "core/comm/teller.h"
#include "core/comm/words.h"

// Freeze, dry run and the decision log (comm-failover, section 5, item 9).
namespace nightwatt::core {

namespace {

std::int32_t clipped(Duration duration) {
  return static_cast<std::int32_t>(
      std::clamp<Duration::rep>(duration.count(), 0, std::numeric_limits<std::int32_t>::max()));
}

}  // namespace

bool Comm::frozen(DeviceId device, Instant now) const {
  const auto& until = devices_[device.value].frozen_until;
  return until && now < *until;
}

expected<std::string, std::string> Comm::freeze(DeviceId device, Duration how_long, Instant now,
                                                CommOut& out) {
  now_ = std::max(now_, now);
  DeviceState& state = devices_[device.value];
  const std::string& name = rules_.of(device).name;
  if (how_long > freeze_max) {
    return unexpected<std::string>(name + " is not frozen: " + duration_words(how_long) +
                                   " is more than " + duration_words(freeze_max));
  }
  if (how_long <= Duration::zero()) {
    if (!frozen(device, now)) return name + " is not frozen";
    thaw(device, now, out);
    return name + " chooses its path by itself again";
  }
  state.frozen_until = now + how_long;
  state.would_have = 0;
  ++state.changes;
  plan_guard(device);
  out.tell(teller().frozen(device, how_long));
  return name + " stays on " + teller().path_phrase(device, state.active) + " for " +
         duration_words(how_long);
}

// By itself or by hand. What it was kept from happens with the next poll, or here.
void Comm::thaw(DeviceId device, Instant now, CommOut& out) {
  DeviceState& state = devices_[device.value];
  state.frozen_until.reset();
  state.would_have = 0;
  ++state.changes;
  plan_guard(device);
  out.tell(teller().thawed(device));
  force_off(device, now, out);
}

// Whether the move must not happen: automatic moves of a frozen device, and of one in dry run.
// People are told once what it would have done; after the next success it is news again.
bool Comm::held_back(DeviceId device, PathRank to, MoveCause cause, const std::string& why,
                     Instant now, CommOut& out) {
  const bool dry = rules_.guarded(device) && rules_.of(device).failover_dry_run;
  if (!dry && !frozen(device, now)) return false;
  DeviceState& state = devices_[device.value];
  const auto what = static_cast<std::uint8_t>(to.value | static_cast<unsigned>(cause) << 4);
  if (state.would_have == what) return true;
  state.would_have = what;
  const DecisionOutcome outcome = dry ? DecisionOutcome::dry_run : DecisionOutcome::frozen;
  note_decision(device, to, cause, outcome, now);
  out.tell(teller().held_back(device, to, cause, outcome, why));
  return true;
}

// REQUIRES: before the device moves.
void Comm::note_decision(DeviceId device, PathRank to, MoveCause cause, DecisionOutcome outcome,
                         Instant now) {
  DeviceState& state = devices_[device.value];
  Decision made;
  made.at = now;
  made.from = state.active;
  made.to = to;
  made.cause = cause;
  made.outcome = outcome;
  if (cause == MoveCause::failback && state.left_primary) {
    made.elapsed_ms = clipped(now - *state.left_primary);
    made.threshold_ms = clipped(hold_down(device));
  } else if (cause == MoveCause::fail || cause == MoveCause::crowd) {
    const auto [since, limit] = failure_clock(device);
    made.elapsed_ms = clipped(now - since);
    made.threshold_ms = clipped(limit);
  }
  made.ok_age_ms.fill(Decision::never);
  for (std::size_t i = 0; i < state.paths.size(); ++i) {
    if (state.paths[i].last_ok) made.ok_age_ms[i] = clipped(now - *state.paths[i].last_ok);
  }
  if (state.decisions.size() >= decisions_max) state.decisions.take_front();
  state.decisions.push_back(made);
  ++state.changes;
}

}  // namespace nightwatt::core

#include "core/power/member.h"

#include <algorithm>
#include <string>

#include "base/check.h"
#include "core/power/classify.h"
#include "core/power/condition.h"
#include "core/power/evidence.h"
#include "core/power/tracking.h"

namespace nightwatt::core {
namespace {

bool every_path_failed(const Watched& watched, bool every_path_tried) {
  return every_path_tried || !watched.rule.needs_every_path;
}

void tell_never_read(MemberMemory& memory, const Watched& watched, PowerOut& out) {
  memory.never_read_told = true;
  if (watched.voice != Voice::member) return;
  std::string message(watched.name);
  message +=
      ": never read since the configuration named it; it can shut nothing down, and it protects "
      "nothing (check its address and its name)";
  out.effects.push_back(Notice{Severity::alarm,
                               NoticeKind::member_state,
                               std::string(watched.name),
                               std::move(message),
                               {{"to", "UNKNOWN"}, {"reasons", "never_read"}}});
}

// When people hear that a member has never been read.
Instant never_read_alarm_at(const MemberMemory& memory, const Watched& watched) {
  const Instant from = memory.lost_since.value_or(*memory.begun + watched.rule.stale_after);
  return from + watched.rule.connection_loss_grace;
}

void follow_sight(MemberMemory& memory, const Watched& watched, bool every_path_tried, Instant now,
                  PowerOut& out) {
  if (!memory.view.ever_read) {
    const bool told = memory.never_read_told;
    if (!told && now >= never_read_alarm_at(memory, watched)) tell_never_read(memory, watched, out);
    return;
  }
  const Instant stale_at = age_counts_from(memory) + watched.rule.stale_after;
  if (!memory.lost_since && now >= stale_at) memory.lost_since = stale_at;
  if (!memory.lost_since || memory.sight_gone) return;
  if (now - *memory.lost_since < watched.rule.connection_loss_grace) return;
  if (every_path_failed(watched, every_path_tried)) {
    memory.sight_gone = true;
  } else {
    out.wants_sweep = true;
  }
}

void evaluate(MemberMemory& memory, const Watched& watched, bool every_path_tried, Instant now,
              PowerOut& out) {
  if (!memory.begun) {
    memory.begun = now;
    memory.view.since = now;
  }
  memory.evaluated = now;
  if (memory.maintenance_until && now >= *memory.maintenance_until) {
    memory.maintenance_until.reset();
  }
  follow_sight(memory, watched, every_path_tried, now, out);
  if (watched.triggers.conditions != nullptr) follow_conditions(memory, watched, now);
  const auto holding = latch_evidence(memory, watched, every_path_tried, now, out);
  classify(memory, watched, holding, now, out);
}

// The earliest of the instants offered that is still to come.
class Earliest {
 public:
  explicit Earliest(Instant after) : after_(after) {}
  void offer(Instant at) {
    if (at > after_ && (!found_ || at < *found_)) found_ = at;
  }
  std::optional<Instant> found() const { return found_; }

 private:
  Instant after_;
  std::optional<Instant> found_{};
};

void offer_sight(const MemberMemory& memory, const Watched& watched, Earliest& next) {
  const MemberRule& rule = watched.rule;
  if (!memory.view.ever_read) {
    if (!memory.never_read_told) next.offer(never_read_alarm_at(memory, watched));
    return;
  }
  const Instant counts_from = age_counts_from(memory);
  const Instant stale_at = counts_from + rule.stale_after;
  if (!memory.lost_since) {
    next.offer(stale_at);
    return;
  }
  const Instant grace_end = *memory.lost_since + rule.connection_loss_grace;
  next.offer(grace_end);
  if (!memory.view.on_battery_since) return;
  const Instant failsafe_at = counts_from + failsafe_wait(memory, watched);
  next.offer(failsafe_at);
  next.offer(std::max({failsafe_at, grace_end, stale_at}));
}

void offer_triggers(const MemberMemory& memory, const Watched& watched, Earliest& next) {
  if (memory.testing_since) next.offer(*memory.testing_since + watched.rule.calibration_max);
  if (!memory.view.on_battery_since || !is_fresh(memory)) return;
  if (!memory.newest.status.has(StatusWord::OB)) return;
  const Instant since = *memory.view.on_battery_since;
  const TriggerRule& rule = watched.triggers;
  next.offer(since + rule.on_battery_stabilization_delay);
  if (memory.view.depletion_rate) next.offer(since + rule.depletion_grace_period);
  // The comparison is strict: one tick later.
  if (rule.extended_time_enabled) next.offer(since + rule.extended_time_threshold + Duration(1));
}

void offer_conditions(const MemberMemory& memory, const Watched& watched, Earliest& next) {
  if (watched.triggers.conditions == nullptr) return;
  const ConditionRules& rules = *watched.triggers.conditions;
  const std::size_t count = std::min(rules.size(), memory.conditions.size());
  for (std::size_t i = 0; i < count; ++i) {
    const auto at = condition_deadline(memory, rules[i], memory.conditions[i]);
    if (at) next.offer(*at);
  }
}

}  // namespace

void on_reading(MemberMemory& memory, const Watched& watched, const Reading& reading, Instant now,
                PowerOut& out) {
  NW_CHECK(reading.usable());
  memory.newest = reading;
  memory.view.last_reading = now;
  memory.view.ever_read = true;
  memory.lost_since.reset();
  memory.sight_gone = false;
  memory.polls_missed = 0;
  track(memory, watched, now, out);
  release_latches(memory, watched, out);
  evaluate(memory, watched, true, now, out);
}

void on_poll_without_reading(MemberMemory& memory, const Watched& watched, bool every_path_tried,
                             Instant now, PowerOut& out) {
  if (memory.polls_missed < 1'000'000) memory.polls_missed += 1;
  if (!memory.lost_since) memory.lost_since = now;
  evaluate(memory, watched, every_path_tried, now, out);
}

void advance(MemberMemory& memory, const Watched& watched, bool every_path_tried, Instant now,
             PowerOut& out) {
  evaluate(memory, watched, every_path_tried, now, out);
}

std::optional<Instant> next_deadline(const MemberMemory& memory, const Watched& watched) {
  if (!memory.evaluated) return std::nullopt;
  Earliest next(*memory.evaluated);
  if (memory.maintenance_until) next.offer(*memory.maintenance_until);
  offer_sight(memory, watched, next);
  offer_triggers(memory, watched, next);
  offer_conditions(memory, watched, next);
  return next.found();
}

// A member whose grace was over before the gap stays UNKNOWN: a stall must not make it look better.
void clock_gap(MemberMemory& memory, Instant now) {
  memory.fresh_after = now;
  memory.polls_missed = 0;
  if (memory.lost_since && !memory.sight_gone) memory.lost_since = now;
}

void set_maintenance(MemberMemory& memory, const Watched& watched, std::optional<Instant> until,
                     Instant now, PowerOut& out) {
  memory.maintenance_until = until;
  evaluate(memory, watched, false, now, out);
}

}  // namespace nightwatt::core

#include "core/power/evidence.h"

#include <algorithm>
#include <string>

#include "core/power/condition.h"
#include "core/power/tracking.h"

namespace nightwatt::core {
namespace {

struct Look {
  MemberMemory& memory;
  const Watched& watched;
  Instant now;
  PowerOut& out;
  std::uint32_t holding = 0;
};

bool is_measured(ReasonKind kind) {
  return kind == ReasonKind::low_battery || kind == ReasonKind::critical_runtime ||
         kind == ReasonKind::depletion || kind == ReasonKind::extended_time;
}

bool tells_advisory(const Watched& watched, ReasonKind kind) {
  if (!watched.rule.advisory) return false;
  switch (watched.voice) {
    case Voice::member: return kind != ReasonKind::output_off;
    case Voice::group: return is_measured(kind);
  }
  return false;
}

void tell_advisory(const Watched& watched, Severity severity, std::string message, PowerOut& out) {
  out.effects.push_back(
      Notice{severity, NoticeKind::advisory, std::string(watched.name), std::move(message), {}});
}

void note(Look& look, const Reason& reason) {
  look.holding |= kind_bit(reason.kind);
  auto& latches = look.memory.latches;
  const auto found =
      std::ranges::find_if(latches, [&](const Reason& old) { return same_cause(old, reason); });
  if (found != latches.end()) {
    *found = reason;
    return;
  }
  latches.push_back(reason);
  if (!tells_advisory(look.watched, reason.kind)) return;
  look.memory.advisory_told = true;
  tell_advisory(look.watched, Severity::warning,
                "Trigger condition met (advisory, redundancy group): " + sentence(reason),
                look.out);
}

// In single precision, as the value was stored: 20.3 is then not below 20.3.
bool below(double value, double limit) {
  return static_cast<float>(value) < static_cast<float>(limit);
}

void note_measured(Look& look, Duration on_battery) {
  const Values& values = look.memory.newest.values;
  const TriggerRule& rule = look.watched.triggers;
  if (on_battery < rule.on_battery_stabilization_delay) return;
  const auto charge = values.get(Variable::battery_charge);
  if (charge && below(*charge, rule.low_battery_threshold)) {
    note(look, {ReasonKind::low_battery, *charge, rule.low_battery_threshold});
  }
  const auto runtime = values.get(Variable::battery_runtime);
  const double runtime_limit = seconds(rule.critical_runtime_threshold);
  if (runtime && below(*runtime, runtime_limit)) {
    note(look, {ReasonKind::critical_runtime, *runtime, runtime_limit});
  }
  const auto& rate = look.memory.view.depletion_rate;
  if (rate && *rate > rule.depletion_critical_rate && on_battery >= rule.depletion_grace_period) {
    note(look, {ReasonKind::depletion, *rate, rule.depletion_critical_rate});
  }
  if (rule.extended_time_enabled && on_battery > rule.extended_time_threshold) {
    note(look,
         {ReasonKind::extended_time, seconds(on_battery), seconds(rule.extended_time_threshold)});
  }
}

// Critical ones that fire on battery. Not the stabilization delay but their own `for` holds them.
void note_conditions(Look& look) {
  if (look.watched.triggers.conditions == nullptr) return;
  const ConditionRules& rules = *look.watched.triggers.conditions;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const ConditionState& state = look.memory.conditions[i];
    if (proves(rules[i], state)) note(look, reason_of(rules[i], state));
  }
}

void note_reading(Look& look) {
  const MemberMemory& memory = look.memory;
  const StatusWords status = memory.newest.status;
  if (status.has(StatusWord::FSD)) note(look, {ReasonKind::fsd});
  if (memory.off_readings >= 2) note(look, {ReasonKind::output_off, 2, 2});
  if (!status.has(StatusWord::OB) || !memory.view.on_battery_since) return;
  if (test_suspends(memory, look.watched, look.now) || !is_fresh(memory)) return;
  if (look.watched.triggers.low_battery_flag && status.has(StatusWord::LB)) {
    note(look, {ReasonKind::ups_low_battery});
  }
  note_conditions(look);
  note_measured(look, look.now - *memory.view.on_battery_since);
}

// The tolerance is in polls of the usual interval: polling faster on battery must not shorten it.
bool missed_enough(const MemberMemory& memory, const MemberRule& rule, Duration unseen) {
  return memory.polls_missed >= rule.max_stale_data_tolerance &&
         unseen >= (rule.max_stale_data_tolerance - 1) * rule.poll_interval;
}

// Lost from sight while on battery. The tolerance is in polls; should polls themselves not come to
// an end (a stuck queue), the end of the grace counts as well.
void note_failsafe(Look& look, bool every_path_tried) {
  const MemberMemory& memory = look.memory;
  const MemberRule& rule = look.watched.rule;
  if (!memory.lost_since || !memory.view.on_battery_since) return;
  const Duration unseen = look.now - age_counts_from(memory);
  const bool grace_over =
      look.now - *memory.lost_since >= rule.connection_loss_grace && unseen >= rule.stale_after;
  if (!grace_over && !missed_enough(memory, rule, unseen)) return;
  if (rule.needs_every_path && !every_path_tried) {
    look.out.wants_sweep = true;
    return;
  }
  if (unseen < failsafe_wait(memory, look.watched)) return;
  note(look, {ReasonKind::failsafe, static_cast<double>(memory.polls_missed),
              static_cast<double>(rule.max_stale_data_tolerance)});
}

}  // namespace

bool is_fresh(const MemberMemory& memory) {
  return memory.view.last_reading &&
         (!memory.fresh_after || *memory.view.last_reading >= *memory.fresh_after);
}

Instant age_counts_from(const MemberMemory& memory) {
  const Instant last = *memory.view.last_reading;
  return memory.fresh_after ? std::max(last, *memory.fresh_after) : last;
}

Duration failsafe_wait(const MemberMemory& memory, const Watched& watched) {
  if (!memory.last_runtime) return watched.rule.failsafe_after;
  const Duration runtime(
      static_cast<std::int64_t>(static_cast<double>(*memory.last_runtime) * 1e3));
  return std::clamp(runtime - watched.rule.needed_time.get(), Duration(0),
                    watched.rule.failsafe_after.get());
}

std::uint32_t latch_evidence(MemberMemory& memory, const Watched& watched, bool every_path_tried,
                             Instant now, PowerOut& out) {
  if (!memory.view.ever_read) return 0;
  Look look{memory, watched, now, out};
  note_reading(look);
  note_failsafe(look, every_path_tried);
  return look.holding;
}

void release_latches(MemberMemory& memory, const Watched& watched, PowerOut& out) {
  const StatusWords status = memory.newest.status;
  if (memory.latches.empty() || !status.has(StatusWord::OL) || status.has(StatusWord::OB)) return;
  if (status.has(StatusWord::FSD) || status.has(StatusWord::OFF)) return;
  memory.latches.clear();
  if (!memory.advisory_told) return;
  memory.advisory_told = false;
  tell_advisory(watched, Severity::info,
                "Advisory trigger cleared (redundancy group): conditions normal", out);
}

}  // namespace nightwatt::core

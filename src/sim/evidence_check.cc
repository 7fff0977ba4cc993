#include "sim/evidence_check.h"

#include <algorithm>
#include <chrono>
#include <variant>

namespace nightwatt::sim {
namespace {

using namespace std::chrono_literals;

// Two answers of at most two seconds each, and some seconds for polls that are under way.
constexpr Duration decision_slack = 6s;
constexpr Duration others_wait = 600s;

}  // namespace

EvidenceCheck::EvidenceCheck(World& world, const ReadingBook& book, Complaints& complaints)
    : world_(world), book_(book), complaints_(complaints) {
  watches_.resize(world.site().groups.size());
}

EvidenceCheck::Watch* EvidenceCheck::watch_of_run(std::uint64_t run) {
  const auto found = std::ranges::find_if(watches_, [run](const Watch& w) { return w.run == run; });
  return found == watches_.end() ? nullptr : &*found;
}

void EvidenceCheck::daemon_down(Instant) {
  wishes_.clear();
  for (Watch& watch : watches_) {
    watch.lost_since.reset();
    watch.begun = false;
  }
}

void EvidenceCheck::daemon_up(const core::Engine&, Instant now) {
  for (std::uint32_t i = 0; i < watches_.size(); ++i) {
    const core::GroupRule& group = world_.site().groups[i];
    Watch& watch = watches_[i];
    const bool kept = watch.run && world_.disk().open.contains(*watch.run);
    watch = Watch();
    for (const auto& [id, record] : world_.disk().open) {
      if (record.group != group.name) continue;
      watch.run = id;
      watch.could_recover = !kept;
      watch.committed_at = now;
      for (const StepRecord& step : record.steps) {
        if (step.state != StepState::pending) watch.attempted.insert(step.id);
        watch.aborted |= step.state == StepState::skipped;
      }
    }
    watch.not_before = now + group.quorum.readiness_window;
    const auto hold = world_.disk().holds.find(group.name);
    if (hold != world_.disk().holds.end()) {
      watch.not_before = std::max(watch.not_before, hold->second);
    }
  }
}

void EvidenceCheck::clock_gap(Instant until) {
  for (std::uint32_t i = 0; i < watches_.size(); ++i) {
    watches_[i].not_before =
        std::max(watches_[i].not_before, until + world_.site().groups[i].quorum.readiness_window);
  }
}

void EvidenceCheck::before_step(const core::Engine&, std::span<const Event> events, Instant) {
  for (const Event& event : events) {
    if (const auto* it = std::get_if<AbortRequested>(&event)) {
      wishes_[it->request.value] = {it->group.value, it->hold_for, false, true};
    } else if (const auto* hold = std::get_if<HoldRequested>(&event)) {
      wishes_[hold->request.value] = {hold->group.value, hold->hold_for, false, false};
    } else if (const auto* release = std::get_if<ReleaseRequested>(&event)) {
      wishes_[release->request.value] = {release->group.value, Duration(0), true, false};
    }
  }
}

// --- 1 and 3 ------------------------------------------------------------------------------------

void EvidenceCheck::judge_beginning(std::uint32_t group, Instant now) {
  Watch& watch = watches_[group];
  if (std::exchange(watch.begun, true)) return;
  const core::QuorumRule& rule = world_.site().groups[group].quorum;
  const bool strict = rule.degraded_counts_as == DegradedCounts::critical;
  int healthy = 0;
  bool evidence = false;
  bool fault = false;  // of the UPS itself
  bool all_unseen = rule.blind_shutdown_after.has_value();
  for (const DeviceId device : rule.members) {
    healthy += book_.surely_healthy(device, now, strict) ? 1 : 0;
    evidence |= book_.may_have_evidence(device, rule, now);
    fault |= book_.heard_overload(device) || book_.may_be_hot(device);
    all_unseen &=
        rule.blind_shutdown_after && (book_.in_maintenance(device, now) ||
                                      book_.unseen_for(device, *rule.blind_shutdown_after, now));
  }
  const bool single = rule.kind == core::GroupKind::ups;
  if (healthy >= (single ? 1 : rule.min_healthy)) {
    complaints_.add(now, name(group) + ": a plan began although enough members are surely healthy");
  }
  const bool needs_evidence =
      single || (rule.unknown_counts_as == UnknownCounts::evidence && !strict);
  if (needs_evidence && !evidence && !fault && !all_unseen) {
    complaints_.add(now, name(group) + ": a plan began without any evidence of a power event");
  }
  if (!watch.could_recover) {
    complaints_.add(now, name(group) + ": a second plan without a recovery in between");
  }
  watch.could_recover = false;
}

// --- 2 ------------------------------------------------------------------------------------------

bool EvidenceCheck::surely_lost(const core::QuorumRule& rule, Instant now) const {
  int left = 0;
  for (const DeviceId device : rule.members) {
    const auto member = std::ranges::find(world_.site().members, device, &core::MemberRule::device);
    const bool replaced = rule.triggers && rule.triggers_mode == core::TriggersMode::replace;
    const core::TriggerRule& triggers = replaced ? *rule.triggers : member->triggers;
    const bool failed = !book_.in_maintenance(device, now) && book_.surely_failed(device, triggers);
    left += failed ? 0 : 1;
  }
  return left < (rule.kind == core::GroupKind::ups ? 1 : rule.min_healthy);
}

Duration EvidenceCheck::bound(const core::PlanRule& plan) const {
  Duration out = decision_slack;
  for (const core::StepRule& step : plan.steps) {
    out += step.deadline + Duration(100);
    if (step.is_local_power_off) out += others_wait;
  }
  return out;
}

void EvidenceCheck::judge_end(std::uint32_t group, Instant now) {
  Watch& watch = watches_[group];
  const core::GroupRule& rule = world_.site().groups[group];
  if (!surely_lost(rule.quorum, now)) {
    watch.lost_since.reset();
    watch.told = false;
    watch.could_recover = true;
    return;
  }
  if (!watch.lost_since) watch.lost_since = now;
  if (watch.aborted || watch.suppressed || watch.told) return;
  const Instant from = std::max(*watch.lost_since, watch.not_before);
  if (now <= from + rule.plan.confirm_for + decision_slack) return;
  if (!watch.run) {
    watch.told = true;
    complaints_.add(now, name(group) + ": quorum is surely lost and no plan was committed");
    return;
  }
  if (now <= std::max(watch.committed_at, watch.not_before) + bound(rule.plan)) return;
  watch.told = true;
  ++losses_followed_;
  for (const core::StepRule& step : rule.plan.steps) {
    if (watch.attempted.contains(step.id)) continue;
    complaints_.add(now, name(group) + ": " + step.name + " was never attempted");
  }
}

// --- what the engine did ------------------------------------------------------------------------

void EvidenceCheck::took_answer(const Answer& answer, Instant now) {
  const auto found = wishes_.find(answer.request.value);
  if (found == wishes_.end()) return;
  const Wish wish = found->second;
  wishes_.erase(found);
  if (!answer.ok) return;
  Watch& watch = watches_[wish.group];
  if (wish.release) {
    watch.not_before = now;
    return;
  }
  watch.not_before = std::max(watch.not_before, now + wish.hold_for);
  watch.begun = false;
  // After the point of no return an abort skips the rest.
  if (wish.abort && watch.run) watch.aborted = true;
}

void EvidenceCheck::take(const core::Engine& engine, const Effect& effect, Instant now) {
  if (const auto* claim = std::get_if<ClaimFlag>(&effect)) {
    const FlagFile& flag = world_.flag(claim->group);
    Watch& watch = watches_[claim->group.value];
    if (!watch.run) judge_beginning(claim->group.value, now);
    const bool stays =
        flag.owner == FlagFile::Owner::stray && (!claim->replace_stray || !flag.writable);
    watch.suppressed = flag.answers && (flag.owner == FlagFile::Owner::foreign || stays);
  } else if (const auto* commit = std::get_if<CommitRun>(&effect)) {
    const std::uint32_t group = engine.group_named(commit->record.group)->value;
    judge_beginning(group, now);
    Watch& watch = watches_[group];
    watch.run = commit->record.id.value;
    watch.committed_at = now;
    watch.run_started_step = false;
    watch.aborted = false;
    watch.attempted.clear();
  } else if (const auto* start = std::get_if<StartStep>(&effect)) {
    if (Watch* watch = watch_of_run(start->run.value)) {
      watch->run_started_step = true;
      watch->attempted.insert(
          world_.site().groups.at(start->group.value).plan.steps.at(start->step.value).id);
    }
  } else if (const auto* close = std::get_if<CloseRun>(&effect)) {
    if (Watch* watch = watch_of_run(close->run.value)) {
      if (!watch->run_started_step) watch->could_recover = true;  // dropped before any step
      watch->run.reset();
      watch->aborted = false;
      watch->begun = false;
      watch->not_before = std::max(watch->not_before, now);
    }
  } else if (const auto* clear = std::get_if<ClearFlag>(&effect)) {
    Watch& watch = watches_[clear->group.value];
    watch.suppressed = false;
    if (!watch.run) {
      watch.begun = false;
      watch.could_recover = true;
      watch.not_before = std::max(watch.not_before, now);
    }
  } else if (const auto* answer = std::get_if<Answer>(&effect)) {
    took_answer(*answer, now);
  }
}

void EvidenceCheck::after_step(const core::Engine& engine, std::span<const Effect> effects,
                               Instant now) {
  for (const Effect& effect : effects) take(engine, effect, now);
  for (std::uint32_t i = 0; i < watches_.size(); ++i) judge_end(i, now);
}

}  // namespace nightwatt::sim

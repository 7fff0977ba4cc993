#include "core/quorum/watch.h"

#include <algorithm>

namespace nightwatt::core {
namespace {

struct Scene {
  GroupWatch& watch;
  const QuorumRule& rule;
  std::string_view group;
  std::span<const MemberInput> members;
  Instant now;
  Effects& effects;
};

void tell(const Scene& scene, Severity severity, NoticeKind kind, const std::string& text,
          std::vector<std::pair<std::string, std::string>> details = {}) {
  std::string message(scene.group);
  message += ": " + text;
  scene.effects.push_back(
      Notice{severity, kind, std::string(scene.group), std::move(message), std::move(details)});
}

// A member in maintenance owes no report.
bool has_reported(const GroupWatch& watch, const MemberInput& member) {
  if (member.state == MemberState::maintenance) return true;
  return member.last_reading && (!watch.fresh_after || *member.last_reading >= *watch.fresh_after);
}

void begin(Scene& scene) {
  scene.watch.begun = true;
  scene.watch.since = scene.now;
  scene.watch.hold = Hold::cold_start;
  scene.watch.hold_until = scene.now + scene.rule.readiness_window;
}

void end_hold_when_ready(Scene& scene) {
  GroupWatch& watch = scene.watch;
  if (watch.hold == Hold::none) return;
  const bool all = std::ranges::all_of(
      scene.members, [&](const MemberInput& member) { return has_reported(watch, member); });
  if (!all && scene.now < watch.hold_until) return;
  watch.hold = Hold::none;
  watch.fresh_after.reset();
  watch.deferral_told = false;
}

// After a gap: those with fresh evidence have failed, and even if all others held, too few are
// left.
bool fresh_evidence_is_enough(const Scene& scene) {
  const auto failed = std::ranges::count_if(scene.members, [&](const MemberInput& member) {
    return member.evidence && member.state == MemberState::critical &&
           has_reported(scene.watch, member);
  });
  const int needed = scene.rule.kind == GroupKind::ups ? 1 : scene.rule.min_healthy;
  return std::ssize(scene.members) - failed < needed;
}

Verdict held_back(const Scene& scene, Verdict verdict) {
  switch (scene.watch.hold) {
    case Hold::none: return verdict;
    case Hold::cold_start: return std::min(verdict, Verdict::blind);
    case Hold::gap:
      return fresh_evidence_is_enough(scene) ? verdict : std::min(verdict, Verdict::blind);
  }
  return verdict;
}

void tell_deferral(Scene& scene, Verdict verdict) {
  GroupWatch& watch = scene.watch;
  if (watch.hold == Hold::none || watch.deferral_told || verdict < Verdict::blind) return;
  watch.deferral_told = true;
  std::string missing;
  for (const MemberInput& member : scene.members) {
    if (has_reported(watch, member)) continue;
    if (!missing.empty()) missing += ", ";
    missing += member.name;
  }
  const auto left = std::to_string((watch.hold_until - scene.now).count() / 1000);
  const std::string cause = watch.hold == Hold::gap ? "after a clock gap" : "at a cold start";
  tell(scene, Severity::info, NoticeKind::deferred,
       "deferring the quorum decision " + cause + ", for at most " + left +
           " s; no reading yet from: " + missing);
}

// All members out of sight, and those that were read before would be enough to lose the quorum.
bool blindness_runs_out(Scene& scene, const Count& count) {
  GroupWatch& watch = scene.watch;
  const bool applies =
      scene.rule.kind == GroupKind::redundancy &&
      scene.rule.unknown_counts_as == UnknownCounts::evidence && count.verdict == Verdict::blind &&
      count.all_unseen &&
      count_blind_as_failed(scene.rule, scene.members).verdict == Verdict::quorum_lost;
  if (!applies) {
    watch.unseen_since.reset();
    return false;
  }
  if (!watch.unseen_since) watch.unseen_since = scene.now;
  return scene.rule.blind_shutdown_after &&
         scene.now - *watch.unseen_since >= *scene.rule.blind_shutdown_after;
}

std::string edge_text(const Scene& scene, const Count& count, Verdict before, bool restored) {
  const std::string counted = describe(scene.rule, count, scene.members);
  if (restored) return "quorum restored -- re-armed for next event: " + counted;
  switch (scene.watch.verdict) {
    case Verdict::quorum_lost:
      return (scene.watch.blind_ran_out ? "quorum lost, blind for too long: " : "quorum lost: ") +
             counted;
    case Verdict::blind:
    case Verdict::redundancy_lost:
    case Verdict::protected_: break;
  }
  return std::string(to_string(before)) + " -> " + std::string(to_string(scene.watch.verdict)) +
         ": " + counted;
}

// The whole group is out of sight, and not merely because we have only just begun to look.
bool is_dark(const Scene& scene, const Count& count) {
  return scene.watch.verdict == Verdict::blind && count.all_unseen &&
         scene.watch.hold == Hold::none;
}

Severity severity_of(const Scene& scene, const Count& count) {
  switch (scene.watch.verdict) {
    case Verdict::protected_: return Severity::info;
    case Verdict::redundancy_lost:
      // At a cold start this only means that the others were not read yet.
      return scene.watch.hold == Hold::cold_start ? Severity::info : Severity::warning;
    case Verdict::blind: return is_dark(scene, count) ? Severity::alarm : Severity::warning;
    case Verdict::quorum_lost: return Severity::alarm;
  }
  return Severity::alarm;
}

void tell_edge(Scene& scene, const Count& count, Verdict before) {
  GroupWatch& watch = scene.watch;
  const bool holds = watch.verdict < Verdict::blind;
  const bool restored = holds && watch.lost_open;
  if (holds) watch.lost_open = false;
  if (watch.verdict == Verdict::quorum_lost) watch.lost_open = true;
  if (is_dark(scene, count)) watch.blind_alarmed = true;
  tell(scene, severity_of(scene, count), NoticeKind::verdict,
       edge_text(scene, count, before, restored),
       {{"from", std::string(to_string(before))}, {"to", std::string(to_string(watch.verdict))}});
}

// A blind group that goes dark later, or is still dark when the hold ends, has no edge of its own.
void tell_darkness(Scene& scene, const Count& count) {
  GroupWatch& watch = scene.watch;
  const bool all_blind = watch.verdict == Verdict::blind && count.all_unseen;
  if (!all_blind) watch.blind_alarmed = false;
  if (!is_dark(scene, count) || watch.blind_alarmed) return;
  watch.blind_alarmed = true;
  tell(scene, Severity::alarm, NoticeKind::verdict,
       "still blind: no member is seen, nothing is shut down: " +
           describe(scene.rule, count, scene.members),
       {{"from", "blind"}, {"to", "blind"}});
}

}  // namespace

void observe(GroupWatch& watch, const QuorumRule& rule, std::string_view group,
             std::span<const MemberInput> members, Instant now, Effects& effects) {
  Scene scene{watch, rule, group, members, now, effects};
  if (!watch.begun) begin(scene);
  end_hold_when_ready(scene);
  Count counted = count(rule, members);
  watch.blind_ran_out = blindness_runs_out(scene, counted);
  if (watch.blind_ran_out) counted = count_blind_as_failed(rule, members);
  tell_deferral(scene, counted.verdict);
  const Verdict before = watch.verdict;
  watch.verdict = held_back(scene, counted.verdict);
  watch.healthy_count = counted.healthy;
  watch.evidence = counted.evidence;
  if (watch.verdict != before) {
    watch.since = now;
    tell_edge(scene, counted, before);
  }
  tell_darkness(scene, counted);
}

std::optional<Instant> next_deadline(const GroupWatch& watch, const QuorumRule& rule) {
  std::optional<Instant> next;
  if (watch.begun && watch.hold != Hold::none) next = watch.hold_until;
  if (watch.unseen_since && rule.blind_shutdown_after && !watch.blind_ran_out) {
    const Instant end = *watch.unseen_since + *rule.blind_shutdown_after;
    next = next ? std::min(*next, end) : end;
  }
  return next;
}

void clock_gap(GroupWatch& watch, const QuorumRule& rule, Instant now) {
  if (!watch.begun) return;
  if (watch.hold != Hold::cold_start) watch.hold = Hold::gap;
  watch.hold_until = now + rule.readiness_window;
  watch.fresh_after = now;
  watch.deferral_told = false;
  if (watch.unseen_since) watch.unseen_since = now;
}

std::string loss_reason(const GroupWatch& watch, const QuorumRule& rule) {
  Count count;
  count.healthy = watch.healthy_count;
  return (watch.blind_ran_out ? "quorum lost, blind for too long: " : "quorum lost: ") +
         numbers(rule, count);
}

}  // namespace nightwatt::core

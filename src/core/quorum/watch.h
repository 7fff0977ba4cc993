#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/optional_instant.h"
#include "base/time.h"
#include "core/quorum/count.h"
#include "core/quorum/input.h"
#include "core/quorum/rule.h"
#include "model/effect.h"
#include "model/power.h"

// One group's verdict over time: readiness at a cold start and after a clock gap, the time that a
// group may stay blind, and the edges that people are told of.
namespace nightwatt::core {

enum class Hold : std::uint8_t {
  none,
  cold_start,  // no verdict worse than blind until every member reported, or the window is over
  gap,         // the same, but fresh evidence that is enough by itself acts at once
};

struct GroupWatch {
  bool begun = false;
  Hold hold = Hold::cold_start;
  Instant hold_until{};
  OptionalInstant fresh_after{};  // gap: only a reading from then on is a report
  bool deferral_told = false;
  OptionalInstant unseen_since{};  // all members out of sight, policy evidence
  bool blind_alarmed = false;
  bool lost_open = false;  // quorum was lost and has not been restored since
  // What others read:
  Verdict verdict = Verdict::blind;
  Instant since{};
  int healthy_count = 0;
  bool evidence = false;
  bool blind_ran_out = false;  // quorum_lost because of blind_shutdown_after

  template <class A>
  void fields(A& a) {
    a(begun, hold, hold_until, fresh_after, deferral_told, unseen_since, blind_alarmed, lost_open,
      verdict, since, healthy_count, evidence, blind_ran_out);
  }
  friend bool operator==(const GroupWatch&, const GroupWatch&) = default;
};

// Evaluates the group. Call on every change of a member and at next_deadline(). The first call
// begins the cold-start hold. Writes one Notice for each edge of the verdict, one for each
// deferral.
void observe(GroupWatch& watch, const QuorumRule& rule, std::string_view group,
             std::span<const MemberInput> members, Instant now, Effects& effects);
std::optional<Instant> next_deadline(const GroupWatch& watch, const QuorumRule& rule);
// The engine slept for more than 5 s: the hold starts again. Follow with observe().
void clock_gap(GroupWatch& watch, const QuorumRule& rule, Instant now);
// "quorum lost: 0 healthy, 1 needed", for the run's record.
std::string loss_reason(const GroupWatch& watch, const QuorumRule& rule);

}  // namespace nightwatt::core

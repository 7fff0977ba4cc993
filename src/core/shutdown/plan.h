#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "core/shutdown/rule.h"
#include "model/ids.h"
#include "model/run.h"

// A plan is what one group shuts down, as a graph of steps with their progress; it runs nothing.
//
//     phase 1          phase 2          (depends_on: nas)         last
//     compute-1 ─┐
//     compute-2 ─┴──►  nas  ──────────►  switch  ──────────────►  local power-off
//
// A step waits for every step of a lower phase, for its depends_on, and, if it is the local
// power-off, for everything else. It waits for their *end*, not for their success: losing power is
// worse than an unclean order, so a failed or timed-out step stops nothing (shutdown.md, "Plan").
namespace nightwatt::core {

// The ids on one cycle that phases and depends_on make together, in order ("a" waits for "b" waits
// for "a"); empty if there is none. Unknown ids are ignored. For config/, before a Plan is made.
std::vector<std::string> find_cycle(const std::vector<StepRule>& steps);

class Plan {
 public:
  Plan() = default;
  // REQUIRES: find_cycle(steps) is empty; ids are unique; at most 65,535 steps.
  explicit Plan(std::vector<StepRule> steps);

  std::size_t size() const { return rules_.size(); }
  const StepRule& rule(StepId step) const { return rules_[step.value]; }
  const StepRecord& record(StepId step) const { return records_[step.value]; }
  const std::vector<StepRecord>& records() const { return records_; }
  std::optional<StepId> find(std::string_view id) const;

  // --- what may happen next -----------------------------------------------------------------

  // The steps that may start now, in the plan's order.
  std::vector<StepId> ready(Instant now) const;
  // The running steps whose deadline is over.
  std::vector<StepId> overdue(Instant now) const;
  // When time alone changes ready() or overdue(); nothing while only events can.
  std::optional<Instant> next_deadline(Instant now) const;
  // No step is pending or running.
  bool everything_done() const;
  // Something besides the local power-off is pending or running.
  bool machines_left() const;

  // --- what happened ------------------------------------------------------------------------

  // REQUIRES: the step is pending.
  void started(StepId step, Instant now);
  // False, and nothing changes, when the step is not running: a late answer.
  bool finished(StepId step, StepResult result, std::string error, Instant now);
  // False when it is not news: not started, or known already.
  bool down_confirmed(StepId step);
  // Skips every step that has not started, and says which.
  std::vector<StepId> skip_pending(const std::string& why, Instant now);
  // Stops waiting for machines to be down (wait_down), for those that are waited for now.
  std::vector<StepId> stop_waiting(Instant now);

  // --- a restart of the daemon --------------------------------------------------------------

  // Takes over what was recorded of a step. REQUIRES: find(record.id).
  void restore(const StepRecord& record);
  // Steps that had started and not ended are pending again, marked as repeated.
  void repeat_interrupted();
  bool repeated(StepId step) const { return repeated_[step.value]; }

  // --- time ---------------------------------------------------------------------------------

  // The longest path of deadlines through what is not yet done: an upper bound of the time to the
  // end, counted from `now`. A step in progress counts with what is left of its deadline.
  Duration needed_time(Instant now) const;

  // The names of the step's depends_on that failed, timed out or were skipped.
  std::vector<std::string> failed_dependencies(StepId step) const;

  template <class A>
  void fields(A& a) {
    a(rules_, records_, after_, order_, wait_over_, repeated_);
  }

 private:
  bool through(StepId step, Instant now) const;  // its successors need not wait for it any more
  bool waits_for_down(StepId step, Instant now) const;
  Duration left(StepId step, Instant now) const;
  void put_in_order();

  std::vector<StepRule> rules_;
  std::vector<StepRecord> records_;
  std::vector<std::vector<StepId>> after_;  // depends_on, resolved
  std::vector<StepId> order_;               // every step after all that it waits for
  std::vector<bool> wait_over_;             // hurried: no longer waited for to be down
  std::vector<bool> repeated_;
};

}  // namespace nightwatt::core

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/boxed.h"
#include "base/error.h"
#include "base/optional_instant.h"
#include "base/time.h"
#include "core/shutdown/plan.h"
#include "core/shutdown/return_list.h"
#include "core/shutdown/rule.h"
#include "model/effect.h"
#include "model/event.h"
#include "model/ids.h"
#include "model/power.h"
#include "model/run.h"

// The run machine of one group (shutdown.md, "Run"): from the verdict to the steps and back.
//
//            quorum lost        confirmed       flag ours      written        all steps ended
//     armed ───────────► countdown ────► claiming ────► committing ────► running ────► done
//       ▲                  │                │               │                            │
//       ├──── recovery ────┴────────────────┴───────────────┘                            │
//       └──── recovery (also: held until expiry; suppressed by a foreign flag) ──────────┘
//
// Callers hand facts in (on_verdict, step_ended, ...) and then let advance() act on them, within
// the same step of the engine; on_verdict() does so itself. Nothing here looks at edges of its
// inputs: every decision is taken on levels, so a fact that comes twice or late does no harm.
namespace nightwatt::core {

// An answer of the disk (flag, journal) is waited for so long; then the shutdown goes on without
// it, loudly: losing power is worse (invariant 2 beats 4).
inline constexpr Duration answer_wait_max{2'000};
// The local power-off waits for other groups' plans at most so long, and never longer than the
// remaining runtime allows. Ten minutes are beyond the deadlines of any sane plan; without a bound,
// one plan that never ends would keep this host up until the battery is flat.
inline constexpr Duration others_wait_max{600'000};
// A hold must end; longer ones are refused.
inline constexpr Duration hold_max{std::chrono::hours(24 * 30)};

inline constexpr Duration no_power_limit{Duration::max()};

// What the group sees around itself when it decides.
struct Surroundings {
  // Every member was read, or the readiness window is over: a recorded run may be resumed or
  // abandoned. (A verdict that is not ready is never worse than blind: quorum/ sees to it.)
  bool ready = false;
  // Another group has machines_left(): the local power-off must wait.
  bool other_groups_running = false;
  // The surviving power left for this group, counted from `now`. Nothing: not known now, and what
  // was known before still counts down (a UPS lost from sight drains all the same). no_power_limit:
  // something that still feeds the group is on line.
  std::optional<Duration> remaining_runtime{};
  template <class A>
  void fields(A& a) {
    a(ready, other_groups_running, remaining_runtime);
  }
};

// All that is shown of one group's run.
struct RunView {
  RunState state = RunState::armed;
  std::optional<RunId> run{};
  std::string reason;
  std::optional<Instant> committed_at{};
  std::optional<Instant> ended_at{};
  std::optional<Instant> countdown_ends{};
  std::optional<Instant> held_until{};
  std::vector<StepRecord> steps{};  // of the run, or of the plan that would run
  std::optional<RunRecord> last_run{};
  std::vector<std::string> return_list{};  // step ids of machines not seen up again
  std::string suppressed_by{};             // path of the foreign flag
  Duration needed_time{};                  // until the end, from now or from the plan's start
};

class GroupShutdown {
 public:
  using Reply = expected<std::string, std::string>;  // a sentence for the person who asked

  // The rule is shared with whoever has the configuration; it is never null.
  GroupShutdown(GroupId group, std::string name, std::shared_ptr<const PlanRule> rule);
  GroupShutdown(GroupId group, std::string name, PlanRule rule);

  // --- facts --------------------------------------------------------------------------------

  // Call on every evaluation with the level. `protected` and `redundancy_lost` are recovery;
  // `blind` is neither loss nor recovery: it starts nothing, stops a countdown from ending, and
  // re-arms nothing. `next_run` is taken and counted up when a run begins.
  void on_verdict(Verdict verdict, const std::string& reason, const Surroundings& around,
                  RunId& next_run, Instant now, Effects& effects);
  void flag_answered(const FlagAnswered& event, Instant now, Effects& effects);
  void commit_written(const CommitWritten& event, Instant now, Effects& effects);
  // Of another run, of a step that is not running: ignored.
  void step_ended(const StepEnded& event, Instant now, Effects& effects);
  void down_confirmed(const DownConfirmed& event, Instant now, Effects& effects);
  void return_confirmed(const ReturnConfirmed& event, Instant now, Effects& effects);

  // Does all that is due. Call after every fact above and at next_deadline().
  void advance(const Surroundings& around, RunId& next_run, Instant now, Effects& effects);
  // At once while a fact waits for advance(); nothing while only events can change anything.
  std::optional<Instant> next_deadline() const;

  // --- people -------------------------------------------------------------------------------

  // Before the point of no return: stops the shutdown and holds the group. After it: skips the
  // steps that have not started, names them, and the run ends with those that are running; the
  // group stays latched until recovery and is not held.
  Reply abort(Duration hold_for, Instant now, Effects& effects);
  // From armed, countdown and before the point of no return; renews a hold. 0 < hold_for <=
  // hold_max.
  Reply hold(Duration hold_for, Instant now, Effects& effects);
  Reply release(Instant now, Effects& effects);

  // --- the daemon's life --------------------------------------------------------------------

  // At start: a run of this boot that was committed and not closed (also one whose steps have all
  // ended: it is latched until recovery). Acts when Surroundings::ready:
  //   recovered      remaining steps are skipped, the run is closed, the return list starts
  //   else           goes on (also when blind: the run was committed on evidence, and its own steps
  //                  may have taken the network down); the flag is claimed anew, replacing a stray
  // Steps that ended are not repeated. A local command that had started is repeated. A remote step
  // that had started is started again, because connecting *is* the probe of "does its target still
  // answer": StepEnded.unreachable then means that it is down, and counts as ok.
  void resume(const RunRecord& record, Instant now, Effects& effects);
  // At start: a run of an earlier boot that was not closed. Closes it and lists its machines.
  void after_reboot(const RunRecord& record, Instant now, Effects& effects);
  // At start: the group's last closed run. What it shut down and nobody has seen up since is on the
  // return list again (invariant 9).
  void recall(const RunRecord& closed, Instant now);
  // At start. A wall clock that was wrong while the machine was off could make a hold of ten
  // minutes one of years: none lasts longer than hold_max from now.
  void restore_hold(Instant until, Instant now, Effects& effects);
  // SIGTERM. What is before the point of no return is dropped and its flag cleared; nothing new
  // starts. A committed run goes on; its flag is cleared when it ends (clearing it at once would
  // let a second process start the same plan beside us).
  void stop(Instant now, Effects& effects);
  // Configuration reload: a run that exists keeps its plan, the next one uses the new one.
  void new_rule(std::shared_ptr<const PlanRule> rule);
  void new_rule(PlanRule rule);
  // The same reload may give the group another number. Whoever was asked with the old one is asked
  // again: an answer to it would reach another group.
  void renumber(GroupId group, Effects& effects);
  // The new configuration no longer names the group: its run is closed, its watches end.
  // REQUIRES: !under_way().
  void dismiss(Effects& effects);

  // --- for others ---------------------------------------------------------------------------

  RunView view(Instant now) const;
  GroupId group() const { return group_; }
  const std::string& name() const { return name_; }
  RunState state() const;
  // Of the run that is under way or latched; nothing between runs.
  std::optional<RunId> run() const { return run_ ? std::optional(run_->id) : std::nullopt; }
  // Committed or running: a daemon that stops waits for this.
  bool busy() const { return stage_ == Stage::committing || stage_ == Stage::running; }
  // The same, and a run that claims its flag or waits to be resumed: its group cannot vanish.
  bool under_way() const { return run_ && stage_ != Stage::done && stage_ != Stage::suppressed; }
  // A run that is about to start, runs, or waits to be resumed has more to do than the local
  // power-off: other groups' local power-off waits for this. (Two groups that both only wait for it
  // must not wait for each other.)
  bool machines_left() const;
  // The longest path of the configured plan's deadlines.
  Duration needed_time() const { return needed_time_; }

  // The configuration is not part of the state: read back into a GroupShutdown that was made with
  // the same id, name and rule.
  template <class A>
  void fields(A& a) {
    a(stage_, verdict_, reason_, around_, power_until_, settle_at_, moved_at_, answer_due_,
      countdown_ends_, held_until_, recovered_at_, local_waits_since_, run_, last_run_, returns_,
      suppressed_by_, flag_claimed_, stopping_);
  }

 private:
  enum class Stage : std::uint8_t {
    armed,
    countdown,
    claiming,    // the flag's answer is awaited
    committing,  // the journal's answer is awaited
    running,
    done,
    held,
    suppressed,
    resuming,  // a recorded run waits until every member was read
  };
  struct Run {
    RunId id{};
    std::string reason;
    OptionalInstant committed_at{};
    OptionalInstant ended_at{};
    Plan plan{};
    bool resumed = false;
    bool saw_recovery = false;  // while it was running
    template <class A>
    void fields(A& a) {
      a(id, reason, committed_at, ended_at, plan, resumed, saw_recovery);
    }
  };

  // Each takes at most one transition and says whether it did.
  bool move(RunId& next_run, Instant now, Effects& effects);
  bool move_armed(Instant now, Effects& effects);
  bool move_countdown(RunId& next_run, Instant now, Effects& effects);
  bool move_claiming(Instant now, Effects& effects);
  bool move_committing(Instant now, Effects& effects);
  bool move_running(Instant now, Effects& effects);
  bool move_done(Instant now, Effects& effects);
  bool move_held(Instant now, Effects& effects);
  bool move_suppressed(Instant now, Effects& effects);
  bool move_resuming(Instant now, Effects& effects);

  // before the point of no return (group_run.cc)
  void claim(bool replace_stray, Instant now, Effects& effects);
  void flag_settled(Instant now, Effects& effects);
  void suppress(const FlagAnswered& event, Effects& effects);
  void commit(Instant now, Effects& effects);
  void begin_running(Instant now, Effects& effects);
  void drop_run(const std::string& outcome, bool flag_is_ours, Effects& effects);
  void cancel(Effects& effects);
  bool power_is_short(Instant now) const;

  // while running (group_run.cc)
  void expire_steps(Instant now, Effects& effects);
  void hurry(Instant now, Effects& effects);
  void start_steps(Instant now, Effects& effects);
  void start_step(StepId step, Instant now, Effects& effects);
  bool local_must_wait(StepId step, Instant now, Effects& effects);
  void end_step(StepId step, StepResult result, std::string error, Instant now, Effects& effects);
  void report_end(StepId step, Effects& effects) const;
  std::vector<StepId> skip_steps(const std::string& why, Instant now, Effects& effects);
  std::optional<Instant> local_wait_ends() const;

  // after it (group_run.cc)
  void abandon(Instant now, Effects& effects);
  void close(const std::string& outcome, Effects& effects);
  void finish(Instant now, Effects& effects);
  void list_returns(const Plan& plan);
  void list_returns(const RunRecord& record);
  bool may_bring_back() const { return stage_ == Stage::armed || stage_ == Stage::held; }
  void watch_returns(Instant now, Effects& effects);
  RunRecord record_of_run(RunState state) const;
  void clear_flag(Effects& effects);

  // people (group_control.cc)
  Reply enter_hold(Duration hold_for, Instant now, Effects& effects);
  Reply skip_rest(Instant now, Effects& effects);
  void tell(Severity severity, NoticeKind kind, std::string message, Effects& effects) const;

  GroupId group_{};
  std::string name_;
  std::shared_ptr<const PlanRule> rule_;  // of the whole site, or its own; never null
  Duration needed_time_{};

  Stage stage_ = Stage::armed;
  std::optional<Verdict> verdict_{};
  RareText reason_;  // of the last quorum_lost
  Surroundings around_{};
  OptionalInstant power_until_{};  // by the last known remaining runtime
  OptionalInstant settle_at_{};    // a fact waits for advance()
  Instant moved_at_{};             // of the last advance()
  OptionalInstant answer_due_{};
  OptionalInstant countdown_ends_{};
  OptionalInstant held_until_{};
  OptionalInstant recovered_at_{};  // set while the verdict is recovery
  OptionalInstant local_waits_since_{};
  Boxed<Run> run_{};
  Boxed<RunRecord> last_run_{};
  ReturnList returns_{};
  RareText suppressed_by_;
  bool flag_claimed_ = false;
  bool stopping_ = false;
};

}  // namespace nightwatt::core

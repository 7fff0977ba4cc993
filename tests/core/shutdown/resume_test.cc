#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "base/archive.h"
#include "tests/core/shutdown/stand.h"

// A restart of the daemon in the middle of a run: what the journal holds is gone on with.
namespace nightwatt::core::test {
namespace {

PlanRule mixed_plan() {
  return plan_of(
      {remote("a", 1), remote("b", 1), command("sync", 2), wait_down(remote("nas", 3)), local()});
}

// The journal, as a disk would hold it.
struct Journal {
  std::optional<RunRecord> open{};
  void take(const Effect& effect) {
    if (const auto* commit = std::get_if<CommitRun>(&effect)) open = commit->record;
    if (std::holds_alternative<CloseRun>(effect)) open.reset();
    const auto* step = std::get_if<RecordStep>(&effect);
    if (step == nullptr || !open) return;
    for (StepRecord& record : open->steps) {
      if (record.id == step->step.id) record = step->step;
    }
  }
};

RunRecord recorded(const PlanRule& rule) {
  RunRecord record;
  record.id = RunId{41};
  record.group = "rack";
  record.reason = "quorum lost: 0 healthy, 1 needed";
  record.state = RunState::committed;
  record.committed_at = at(1);
  record.steps = Plan(rule.steps).records();
  return record;
}

void had(RunRecord& record, const std::string& id, StepState state) {
  for (StepRecord& step : record.steps) {
    if (step.id != id) continue;
    step.state = state;
    step.started_at = at(2);
    if (state != StepState::running) step.ended_at = at(3);
  }
}

class Restarted : public Stand {
 public:
  Restarted(const PlanRule& rule, const RunRecord& record) : Stand(rule) {
    next_run = RunId{42};
    around.ready = false;
    until(10);
    resume(record);
  }
};

TEST(Resume, waits_until_every_member_was_read) {
  Restarted stand(mixed_plan(), recorded(mixed_plan()));
  stand.verdict(Verdict::blind);
  stand.until(300);
  EXPECT_EQ(stand.take(), Lines{});
  EXPECT_EQ(stand.state(), RunState::running);
  EXPECT_FALSE(stand.group.busy()) << "nothing is being done yet";
  EXPECT_TRUE(stand.group.machines_left()) << "other groups must not power this host off now";
  stand.around.ready = true;
  stand.lose();
  EXPECT_EQ(stand.take(), (Lines{"claim, replacing", "record a running", "start a",
                                 "record b running", "start b"}));
  EXPECT_EQ(stand.next_run, RunId{42}) << "it is the recorded run, not a new one";
}

TEST(Resume, repeats_no_step_that_has_ended) {
  RunRecord record = recorded(mixed_plan());
  had(record, "a", StepState::ok);
  had(record, "b", StepState::failed);
  Restarted stand(mixed_plan(), record);
  stand.around.ready = true;
  stand.lose();
  EXPECT_EQ(stand.take(), (Lines{"claim, replacing", "record sync running", "start sync"}));
}

TEST(Resume, a_step_that_had_started_is_repeated_and_unreachable_means_down) {
  RunRecord record = recorded(mixed_plan());
  had(record, "a", StepState::running);
  had(record, "b", StepState::running);
  Restarted stand(mixed_plan(), record);
  stand.around.ready = true;
  stand.lose();
  EXPECT_EQ(stand.take(), (Lines{"claim, replacing", "record a running", "start a",
                                 "record b running", "start b"}));
  EXPECT_EQ(stand.said(NoticeKind::step_started, 0), "step 'a' started again after a restart");
  stand.end("a", StepResult::failed, "connection refused", true);
  EXPECT_EQ(stand.record("a").state, StepState::ok);
  EXPECT_TRUE(stand.record("a").down_confirmed);
  stand.end("b", StepResult::failed, "exit status 1", false);
  EXPECT_EQ(stand.record("b").state, StepState::failed) << "it answered: it is not down";
}

TEST(Resume, unreachable_at_the_first_attempt_is_a_failure) {
  Stand stand(mixed_plan());
  stand.lose();
  stand.end("a", StepResult::failed, "connection refused", true);
  EXPECT_EQ(stand.record("a").state, StepState::failed);
  EXPECT_FALSE(stand.record("a").down_confirmed);
}

TEST(Resume, a_local_command_that_had_started_is_repeated) {
  RunRecord record = recorded(mixed_plan());
  for (const char* id : {"a", "b"}) had(record, id, StepState::ok);
  had(record, "sync", StepState::running);
  Restarted stand(mixed_plan(), record);
  stand.around.ready = true;
  stand.lose();
  EXPECT_EQ(stand.take(), (Lines{"claim, replacing", "record sync running", "start sync"}));
}

TEST(Resume, with_quorum_back_the_rest_is_abandoned_and_the_return_list_starts) {
  RunRecord record = recorded(mixed_plan());
  had(record, "a", StepState::ok);
  had(record, "b", StepState::running);
  Restarted stand(mixed_plan(), record);
  stand.around.ready = true;
  stand.restore();
  EXPECT_EQ(stand.take(), (Lines{"record b failed", "record sync skipped", "record nas skipped",
                                 "record local skipped", "close 41: abandoned: power was back",
                                 "watch a", "watch b"}));
  EXPECT_EQ(stand.state(), RunState::armed);
  EXPECT_EQ(stand.said(NoticeKind::plan_done),
            (Lines{"plan of 'rack' abandoned, power was back: 1 of 5 steps ok; failed: b "
                   "(interrupted by a restart of the daemon); skipped: sync, nas, local"}));
  EXPECT_EQ(stand.record("sync").error, "abandoned: power was back");
}

TEST(Resume, blind_goes_on_because_the_run_was_committed_on_evidence) {
  Restarted stand(mixed_plan(), recorded(mixed_plan()));
  stand.around.ready = true;
  stand.verdict(Verdict::blind);
  EXPECT_THAT(stand.take(), testing::Contains("claim, replacing"));
  EXPECT_EQ(stand.state(), RunState::running);
}

TEST(Resume, a_run_whose_steps_all_ended_stays_latched) {
  RunRecord record = recorded(mixed_plan());
  for (StepRecord& step : record.steps) had(record, step.id, StepState::ok);
  Restarted stand(mixed_plan(), record);
  stand.around.ready = true;
  stand.lose();
  EXPECT_EQ(stand.take(), (Lines{"claim, replacing"}));
  EXPECT_EQ(stand.state(), RunState::done);
  EXPECT_EQ(stand.group.view(stand.now).ended_at, at(3));
  stand.restore();
  EXPECT_EQ(stand.take(), (Lines{"close 41: done", "clear", "watch a", "watch b", "watch nas"}));
}

TEST(Resume, a_live_foreign_owner_suppresses_it_until_recovery_closes_it) {
  Restarted stand(mixed_plan(), recorded(mixed_plan()));
  stand.around.ready = true;
  stand.flag = FlagAnswer::present_live;
  stand.lose();
  EXPECT_EQ(stand.take(), (Lines{"claim, replacing"}));
  EXPECT_EQ(stand.state(), RunState::suppressed);
  stand.restore();
  EXPECT_THAT(stand.take(), testing::Contains("close 41: abandoned: power was back"));
  EXPECT_EQ(stand.state(), RunState::armed);
}

TEST(Resume, our_own_stray_flag_or_none_at_all_does_not_stop_it) {
  for (const auto answer : {std::optional(FlagAnswer::present_stray),
                            std::optional(FlagAnswer::write_failed), std::optional<FlagAnswer>()}) {
    Restarted stand(mixed_plan(), recorded(mixed_plan()));
    stand.around.ready = true;
    stand.flag = answer;
    stand.lose();
    stand.until(12);
    EXPECT_EQ(stand.state(), RunState::running);
    EXPECT_EQ(stand.record("a").state, StepState::running);
  }
}

TEST(Resume, steps_that_the_configuration_no_longer_has_are_closed_and_new_ones_run) {
  RunRecord record = recorded(plan_of({remote("a", 1), remote("gone", 1)}));
  had(record, "a", StepState::ok);
  Restarted stand(plan_of({remote("new", 2), remote("a", 1)}), record);
  EXPECT_EQ(stand.said(NoticeKind::step_ended),
            (Lines{"step 'gone' skipped: no longer in the configuration"}));
  stand.around.ready = true;
  stand.lose();
  EXPECT_EQ(stand.take(),
            (Lines{"record gone skipped", "claim, replacing", "record new running", "start new"}));
}

TEST(Resume, stopped_while_it_waits_it_stays_recorded) {
  Restarted stand(mixed_plan(), recorded(mixed_plan()));
  stand.stop();
  EXPECT_FALSE(stand.group.machines_left());
  stand.around.ready = true;
  stand.lose();
  EXPECT_EQ(stand.take(), Lines{});
}

TEST(Resume, stopped_while_the_flag_is_claimed_it_clears_the_flag_and_stays_recorded) {
  Restarted stand(mixed_plan(), recorded(mixed_plan()));
  stand.around.ready = true;
  stand.flag.reset();
  stand.lose();
  stand.stop();
  stand.until(60);
  EXPECT_EQ(stand.take(), (Lines{"claim, replacing", "clear"}));
}

TEST(Resume, a_run_of_an_earlier_boot_is_closed_and_its_machines_are_listed) {
  RunRecord record = recorded(mixed_plan());
  had(record, "a", StepState::ok);
  had(record, "b", StepState::running);
  Stand stand(mixed_plan());
  stand.group.after_reboot(record, stand.now, stand.effects);
  EXPECT_EQ(stand.take(), (Lines{"close 41: ended by a restart of the machine"}));
  EXPECT_EQ(stand.group.view(stand.now).last_run->id, RunId{41});
  stand.restore();
  EXPECT_EQ(stand.take(), (Lines{"watch a", "watch b"}));
  EXPECT_EQ(stand.state(), RunState::armed);
}

// --- every prefix -------------------------------------------------------------------------------

// Real machines: a remote one that was shut down cannot be reached any more.
struct World {
  std::map<std::string, int> done{};
  std::vector<StepEnded> pending{};  // of the process that lives
  void start(const StartStep& step, const std::string& id) {
    const bool is_remote = std::holds_alternative<RemoteAction>(step.action);
    const bool is_down = is_remote && done[id] > 0;
    if (!is_down) ++done[id];
    pending.push_back({step.run, step.step, is_down ? StepResult::failed : StepResult::ok,
                       is_down ? "no route to host" : "", is_down});
  }
};

// Plays one process until nothing is left to do or `budget` effects were carried out: the crash.
// Returns how many effects were carried out.
int live(GroupShutdown& group, const PlanRule& rule, World& world, Journal& journal, RunId next_run,
         int budget) {
  Effects out;
  const Surroundings around{.ready = true, .other_groups_running = false, .remaining_runtime = {}};
  Instant now = at(100);
  int carried_out = 0;
  if (journal.open) group.resume(*journal.open, now, out);
  group.on_verdict(Verdict::quorum_lost, "quorum lost", around, next_run, now, out);
  for (int turn = 0; turn < 1'000 && group.state() != RunState::done; ++turn) {
    const Effects batch = std::exchange(out, {});
    for (const Effect& effect : batch) {
      if (std::holds_alternative<Notice>(effect)) continue;
      if (carried_out == budget) return carried_out;
      ++carried_out;
      journal.take(effect);
      if (const auto* start = std::get_if<StartStep>(&effect)) {
        world.start(*start, rule.steps[start->step.value].id);
      }
      if (std::holds_alternative<ClaimFlag>(effect)) {
        group.flag_answered({GroupId{0}, FlagAnswer::created, "/flag", ""}, now, out);
      }
      if (const auto* commit = std::get_if<CommitRun>(&effect)) {
        group.commit_written({commit->record.id, true, ""}, now, out);
      }
    }
    if (batch.empty()) {
      for (const StepEnded& end : std::exchange(world.pending, {})) {
        group.step_ended(end, now, out);
        group.down_confirmed({end.run, end.step}, now, out);
      }
    }
    now += Duration{1'000};  // a machine whose end nobody saw is waited for until its deadline
    group.advance(around, next_run, now, out);
  }
  for (const Effect& effect : out) journal.take(effect);
  return carried_out;
}

TEST(Resume, after_a_crash_between_any_two_effects_all_is_done_and_nothing_twice) {
  const PlanRule rule = mixed_plan();
  int budget = 0;
  for (bool whole = false; !whole; ++budget) {
    ASSERT_LT(budget, 200);
    World world;
    Journal journal;
    GroupShutdown first(GroupId{0}, "rack", rule);
    whole = live(first, rule, world, journal, RunId{1}, budget) < budget;
    const std::map<std::string, int> before_crash = world.done;
    std::map<std::string, bool> interrupted;
    if (journal.open) {
      for (const StepRecord& step : journal.open->steps) {
        interrupted[step.id] = step.state == StepState::running;
      }
    }
    world.pending.clear();  // the answers die with the process
    GroupShutdown second(GroupId{0}, "rack", rule);
    live(second, rule, world, journal, RunId{2}, 1'000);
    ASSERT_EQ(second.state(), RunState::done) << "budget " << budget;
    for (const StepRule& step : rule.steps) {
      // A local command whose end was not recorded is the one thing that may happen twice.
      const bool is_remote = std::holds_alternative<RemoteAction>(step.action);
      const int most = !is_remote && interrupted[step.id] ? 2 : 1;
      const int done = world.done[step.id];
      EXPECT_TRUE(done >= 1 && done <= most)
          << step.id << " done " << done << " times, budget " << budget;
    }
    ASSERT_TRUE(journal.open.has_value());
    for (const StepRecord& step : journal.open->steps) {
      EXPECT_EQ(step.state, StepState::ok) << step.id << ", budget " << budget;
    }
  }
  EXPECT_GT(budget, 16) << "claim, commit, and two records and a start for each of five steps";
}

}  // namespace
}  // namespace nightwatt::core::test

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/core/shutdown/stand.h"

// Stories of a committed run: steps, deadlines, haste, the end, recovery.
namespace nightwatt::core::test {
namespace {

TEST(Running, steps_are_recorded_before_they_start_and_when_they_end) {
  Stand stand(plan_of({remote("a", 1), remote("b", 1), remote("c", 2), local()}));
  stand.lose();
  EXPECT_EQ(stand.take(), (Lines{"claim", "commit 1", "record a running", "start a",
                                 "record b running", "start b"}));
  stand.until(1.2);
  stand.ok("a");
  EXPECT_EQ(stand.take(), (Lines{"record a ok"}));
  stand.ok("b");
  EXPECT_EQ(stand.take(), (Lines{"record b ok", "record c running", "start c"}));
  stand.until(5);
  stand.ok("c");
  EXPECT_EQ(stand.take(), (Lines{"record c ok", "record local running", "start local"}));
  stand.ok("local");
  EXPECT_EQ(stand.take(), (Lines{"record local ok"}));
  EXPECT_EQ(stand.state(), RunState::done);
  EXPECT_EQ(stand.group.next_deadline(), std::nullopt);
  EXPECT_EQ(stand.said(NoticeKind::step_started, 0), "step 'a' started");
  EXPECT_EQ(stand.said(NoticeKind::step_ended, 0), "step 'a' ok after 1.2 s");
  EXPECT_EQ(stand.said(NoticeKind::plan_done), (Lines{"plan of 'rack' done: 4 of 4 steps ok"}));
}

TEST(Running, the_end_names_what_failed) {
  Stand stand(plan_of({remote("a", 1), remote("NAS", 1), remote("c", 1, 50)}));
  stand.lose();
  stand.until(3);
  stand.ok("a");
  stand.fail("NAS", "ssh: connection refused");
  EXPECT_EQ(stand.said(NoticeKind::step_ended, 1),
            "step 'NAS' failed after 3 s: ssh: connection refused");
  stand.take();
  stand.until(50);
  EXPECT_EQ(stand.take(), (Lines{"cancel c", "record c timed_out"}));
  EXPECT_EQ(stand.said(NoticeKind::step_ended, 2),
            "step 'c' timed out after 50 s: stopped at its deadline");
  EXPECT_EQ(stand.said(NoticeKind::plan_done),
            (Lines{"plan of 'rack' done: 1 of 3 steps ok; failed: NAS (ssh: connection refused), "
                   "c (timed out)"}));
  EXPECT_TRUE(stand.alarmed(NoticeKind::plan_done));
  stand.restore();
  EXPECT_THAT(stand.take(), testing::Contains("close 1: done with 2 failed steps"));
}

TEST(Running, a_hung_step_costs_its_deadline_and_no_more) {
  Stand stand(plan_of({remote("hung", 1, 30), remote("b", 2)}));
  stand.lose();
  stand.until(29.999);
  EXPECT_EQ(stand.record("b").state, StepState::pending);
  stand.until(30);
  EXPECT_EQ(stand.record("hung").state, StepState::timed_out);
  EXPECT_EQ(stand.record("b").state, StepState::running);
  stand.take();
  stand.ok("hung");  // late
  EXPECT_EQ(stand.take(), Lines{});
  EXPECT_EQ(stand.record("hung").state, StepState::timed_out);
}

TEST(Running, what_depends_on_a_failed_step_goes_on_and_says_so) {
  Stand stand(plan_of({remote("a", 1), after(remote("b", 1), {"a"})}));
  stand.lose();
  stand.fail("a", "exit status 1");
  EXPECT_EQ(stand.record("b").state, StepState::running);
  EXPECT_EQ(stand.said(NoticeKind::step_started, 1),
            "step 'b' started; it goes on although it depends on what did not end well: a");
}

TEST(Running, ends_of_other_runs_and_unknown_steps_are_ignored) {
  Stand stand(plan_of({remote("a", 1), remote("b", 2)}));
  stand.lose();
  stand.take();
  stand.end_of_run(RunId{99}, "a", StepResult::ok);
  stand.ok("nobody");
  stand.ok("b");
  EXPECT_EQ(stand.take(), Lines{});
  EXPECT_EQ(stand.record("a").state, StepState::running);
}

TEST(Running, one_loss_runs_one_plan_however_often_it_is_told) {
  for (const bool rehearsal : {false, true}) {
    StepRule step = remote("a", 1);
    step.dry_run = rehearsal;
    Stand stand(plan_of({step}));
    stand.lose();
    stand.ok("a");
    for (int second = 1; second < 100; ++second) {
      stand.until(second);
      stand.lose();
      if (second % 7 == 0) stand.verdict(Verdict::blind);
    }
    int starts = 0;
    for (const std::string& line : stand.take()) starts += line.starts_with("start") ? 1 : 0;
    EXPECT_EQ(starts, 1);
    EXPECT_EQ(stand.state(), RunState::done);
    EXPECT_EQ(stand.next_run, RunId{2});
  }
}

TEST(Running, a_dry_run_goes_through_the_same_plan_with_flag_and_journal) {
  Stand stand(plan_of({dry(remote("a", 1)), dry(remote("b", 2)), dry(local())}));
  stand.lose();
  EXPECT_EQ(stand.take(),
            (Lines{"claim", "commit 1", "record a running", "start a (dry run)", "record a ok",
                   "record b running", "start b (dry run)", "record b ok", "record local running",
                   "start local (dry run)", "record local ok"}));
  EXPECT_EQ(stand.state(), RunState::done);
  EXPECT_EQ(stand.said(NoticeKind::plan_done),
            (Lines{"plan of 'rack' done: 3 of 3 steps ok (dry run)"}));
  EXPECT_EQ(stand.said(NoticeKind::step_started, 0), "step 'a' started (dry run)");
  EXPECT_EQ(stand.said(NoticeKind::step_ended, 0), "step 'a' ok after 0 s (dry run)");
  stand.restore();
  EXPECT_EQ(stand.take(), (Lines{"close 1: done", "clear"}));
  EXPECT_TRUE(stand.group.view(stand.now).return_list.empty()) << "nothing was shut down";
}

TEST(Running, wait_down_waits_for_the_machine_and_records_it) {
  Stand stand(plan_of({wait_down(remote("a", 1, 60)), remote("b", 2)}));
  stand.lose();
  stand.until(2);
  stand.ok("a");
  stand.until(20);
  EXPECT_EQ(stand.record("b").state, StepState::pending);
  stand.take();
  stand.down("a");
  EXPECT_EQ(stand.take(), (Lines{"record a ok down", "record b running", "start b"}));
  EXPECT_EQ(stand.said(NoticeKind::down_confirmed), (Lines{"'a' is down"}));
  stand.down("a");
  EXPECT_EQ(stand.take(), Lines{});
}

TEST(Running, wait_down_ends_with_the_steps_deadline) {
  Stand stand(plan_of({wait_down(remote("a", 1, 60)), remote("b", 2)}));
  stand.lose();
  stand.ok("a");
  stand.until(59.999);
  EXPECT_EQ(stand.record("b").state, StepState::pending);
  stand.until(60);
  EXPECT_EQ(stand.record("b").state, StepState::running);
}

TEST(Running, less_power_than_needed_cuts_the_wait_and_never_the_order) {
  Stand stand(plan_of({wait_down(remote("a", 1, 60)), remote("b", 2, 50), remote("c", 3, 20)}));
  stand.lose();
  stand.until(10);
  stand.around.remaining_runtime = s(121);  // 50 + 50 + 20 needed
  stand.ok("a");
  EXPECT_EQ(stand.record("b").state, StepState::pending);
  stand.around.remaining_runtime = s(119);
  stand.advance();
  EXPECT_EQ(stand.record("b").state, StepState::running);
  EXPECT_EQ(stand.record("c").state, StepState::pending) << "order is never crossed";
  EXPECT_EQ(stand.said(NoticeKind::step_ended, 1),
            "not waiting any longer for 'a' to be down: 119 s of power left, 120 s needed");
}

TEST(Running, hurry_false_keeps_the_wait) {
  PlanRule rule = plan_of({wait_down(remote("a", 1, 60)), remote("b", 2, 50)});
  rule.hurry = false;
  Stand stand(rule);
  stand.lose();
  stand.around.remaining_runtime = s(1);
  stand.ok("a");
  stand.until(59);
  EXPECT_EQ(stand.record("b").state, StepState::pending);
}

TEST(Running, local_power_off_waits_for_the_plans_of_other_groups) {
  Stand stand(plan_of({remote("a", 1), local()}));
  stand.around.other_groups_running = true;
  stand.lose();
  EXPECT_TRUE(stand.group.machines_left());
  stand.ok("a");
  EXPECT_FALSE(stand.group.machines_left()) << "two that only wait for this must not wait together";
  EXPECT_TRUE(stand.group.busy());
  stand.until(500);
  EXPECT_EQ(stand.record("local").state, StepState::pending);
  EXPECT_EQ(stand.said(NoticeKind::deferred),
            (Lines{"step 'local' waits for the plans of other groups"}));
  stand.around.other_groups_running = false;
  stand.advance();
  EXPECT_EQ(stand.record("local").state, StepState::running);
}

TEST(Running, that_wait_is_bounded_by_ten_minutes) {
  Stand stand(plan_of({local()}));
  stand.around.other_groups_running = true;
  stand.lose();
  stand.until(599.999);
  EXPECT_EQ(stand.record("local").state, StepState::pending);
  stand.until(600);
  EXPECT_EQ(stand.record("local").state, StepState::running);
}

TEST(Running, that_wait_is_bounded_by_the_power_left) {
  Stand stand(plan_of({local(10)}));
  stand.around.other_groups_running = true;
  stand.around.remaining_runtime = s(70);
  stand.lose();
  stand.around.remaining_runtime.reset();
  stand.until(59.999);
  EXPECT_EQ(stand.record("local").state, StepState::pending);
  stand.until(60);
  EXPECT_EQ(stand.record("local").state, StepState::running);
}

TEST(Running, recovery_lets_the_run_finish_and_then_re_arms) {
  Stand stand(plan_of({remote("a", 1), remote("b", 2)}));
  stand.lose();
  stand.restore();
  EXPECT_EQ(stand.state(), RunState::running) << "past the point of no return";
  stand.ok("a");
  EXPECT_EQ(stand.record("b").state, StepState::running);
  stand.take();
  stand.ok("b");
  EXPECT_EQ(stand.state(), RunState::armed);
  EXPECT_EQ(stand.take(), (Lines{"record b ok", "close 1: done", "clear", "watch a", "watch b"}));
  EXPECT_EQ(stand.said(NoticeKind::re_armed),
            (Lines{"'rack': quorum restored -- re-armed for next event"}));
  const RunView view = stand.group.view(stand.now);
  ASSERT_TRUE(view.last_run.has_value());
  EXPECT_EQ(view.last_run->state, RunState::done);
  EXPECT_EQ(view.last_run->steps[0].state, StepState::ok);
  EXPECT_EQ(view.steps[0].state, StepState::pending);
}

TEST(Running, power_that_came_and_went_during_the_run_is_the_next_event) {
  Stand stand(plan_of({remote("a", 1)}));
  stand.lose();
  stand.restore();
  stand.lose();
  EXPECT_EQ(stand.next_run, RunId{2}) << "one run at a time";
  stand.take();
  stand.ok("a");
  EXPECT_EQ(stand.take(), (Lines{"record a ok", "close 1: done", "clear", "claim", "commit 2",
                                 "record a running", "start a"}));
}

TEST(Running, a_plan_without_steps_is_done_at_once) {
  Stand stand(plan_of({}));
  stand.lose();
  EXPECT_EQ(stand.state(), RunState::done);
  EXPECT_EQ(stand.said(NoticeKind::plan_done), (Lines{"plan of 'rack' done: 0 of 0 steps ok"}));
}

TEST(Running, a_reload_leaves_the_running_plan_alone) {
  Stand stand(plan_of({remote("a", 1), remote("b", 2)}));
  stand.lose();
  stand.group.new_rule(plan_of({remote("a", 1)}));
  EXPECT_EQ(stand.group.needed_time(), s(100));
  stand.ok("a");
  EXPECT_EQ(stand.record("b").state, StepState::running);
  stand.ok("b");
  stand.restore();
  EXPECT_EQ(stand.group.view(stand.now).steps.size(), 1u) << "the new plan is the next one";
  EXPECT_EQ(stand.group.view(stand.now).last_run->steps.size(), 2u);
}

}  // namespace
}  // namespace nightwatt::core::test

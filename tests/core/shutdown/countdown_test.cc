#include <gtest/gtest.h>

#include "tests/core/shutdown/stand.h"

// Stories up to the point of no return: countdown, re-entry flag, journal.
namespace nightwatt::core::test {
namespace {

const char* const suppressed_line =
    "⚠️  Redundancy shutdown for 'rack' suppressed: flag /run/nw/ups-shutdown-redundancy-rack "
    "already present at first call (startup cleanup bypassed). Will re-arm when quorum recovers.";
const char* const cancelled_line =
    "'rack': quorum restored -- re-armed for next event; the shutdown was cancelled before any "
    "step";

PlanRule two_steps(double confirm_s = 0) {
  return plan_of({remote("a", 1, 60), remote("b", 2, 40)}, confirm_s);
}

TEST(Countdown, nothing_happens_while_quorum_holds_or_nothing_is_seen) {
  Stand stand(two_steps());
  for (const Verdict verdict : {Verdict::protected_, Verdict::redundancy_lost, Verdict::blind}) {
    stand.verdict(verdict);
    EXPECT_EQ(stand.state(), RunState::armed);
    EXPECT_EQ(stand.group.next_deadline(), std::nullopt);
  }
  EXPECT_TRUE(stand.effects.empty());
}

TEST(Countdown, without_confirm_for_the_plan_starts_at_once_flag_first_then_journal) {
  Stand stand(two_steps());
  stand.lose();
  EXPECT_EQ(stand.take(), (Lines{"claim", "commit 1", "record a running", "start a"}));
  EXPECT_EQ(stand.state(), RunState::running);
  EXPECT_EQ(stand.said(NoticeKind::countdown),
            (Lines{"quorum lost: 0 healthy, 1 needed; shutting down now"}));
  EXPECT_EQ(stand.said(NoticeKind::plan_committed),
            (Lines{"plan of 'rack' committed: 2 steps, at most 100 s; quorum lost: 0 healthy, 1 "
                   "needed"}));
  EXPECT_EQ(stand.next_run, RunId{2});
}

TEST(Countdown, the_committed_record_is_whole) {
  Stand stand(two_steps());
  stand.until(5);
  stand.lose();
  const CommitRun* commit = nullptr;
  for (const Effect& effect : stand.effects) {
    if (commit == nullptr) commit = std::get_if<CommitRun>(&effect);
  }
  ASSERT_NE(commit, nullptr);
  EXPECT_EQ(commit->record.id, RunId{1});
  EXPECT_EQ(commit->record.group, "rack");
  EXPECT_EQ(commit->record.reason, "quorum lost: 0 healthy, 1 needed");
  EXPECT_EQ(commit->record.state, RunState::committed);
  EXPECT_EQ(commit->record.committed_at, at(5));
  ASSERT_EQ(commit->record.steps.size(), 2u);
  EXPECT_EQ(commit->record.steps[1].id, "b");
  EXPECT_EQ(commit->record.steps[1].state, StepState::pending);
}

TEST(Countdown, confirm_for_counts_down_and_then_commits) {
  Stand stand(two_steps(30));
  stand.until(100);
  stand.lose();
  EXPECT_EQ(stand.said(NoticeKind::countdown),
            (Lines{"quorum lost: 0 healthy, 1 needed; shutting down in 30 s unless power returns; "
                   "stop it with: nightwatt abort rack"}));
  EXPECT_TRUE(stand.alarmed(NoticeKind::countdown));
  EXPECT_EQ(stand.group.view(stand.now).countdown_ends, at(130));
  stand.until(129.999);
  EXPECT_EQ(stand.state(), RunState::countdown);
  EXPECT_EQ(stand.take(), Lines{});
  stand.until(130);
  EXPECT_EQ(stand.take(), (Lines{"claim", "commit 1", "record a running", "start a"}));
}

TEST(Countdown, recovery_during_it_cancels_and_the_next_loss_counts_anew) {
  Stand stand(two_steps(30));
  stand.lose();
  stand.until(29);
  stand.verdict(Verdict::redundancy_lost);
  EXPECT_EQ(stand.state(), RunState::armed);
  EXPECT_EQ(stand.said(NoticeKind::re_armed), (Lines{cancelled_line}));
  stand.until(31);
  stand.lose();
  stand.until(60);
  EXPECT_EQ(stand.state(), RunState::countdown);
  EXPECT_EQ(stand.take(), Lines{}) << "nothing was claimed, so nothing is cleared";
  stand.until(61);
  EXPECT_EQ(stand.state(), RunState::running);
}

TEST(Countdown, blindness_neither_ends_nor_cancels_it) {
  Stand stand(two_steps(30));
  stand.lose();
  stand.until(10);
  stand.verdict(Verdict::blind);
  stand.until(50);
  EXPECT_EQ(stand.state(), RunState::countdown);
  stand.lose();
  EXPECT_EQ(stand.state(), RunState::running);
}

// The plan needs 100 s, and flag and journal may take 2 s each.
TEST(Countdown, it_ends_early_when_the_power_left_is_no_more_than_needed) {
  Stand stand(two_steps(300));
  stand.around.remaining_runtime = s(124);
  stand.lose();
  stand.around.remaining_runtime.reset();  // out of sight, it drains all the same
  EXPECT_EQ(stand.group.next_deadline(), at(20));
  stand.until(19.999);
  EXPECT_EQ(stand.state(), RunState::countdown);
  stand.until(20);
  EXPECT_EQ(stand.state(), RunState::running);
  EXPECT_EQ(stand.said(NoticeKind::countdown, 1),
            "countdown of 'rack' cut short: 104 s of power left, the plan needs 100 s");
}

TEST(Countdown, a_feed_on_line_takes_the_limit_away) {
  Stand stand(two_steps(300));
  stand.around.remaining_runtime = s(124);
  stand.lose();
  stand.around.remaining_runtime = no_power_limit;
  stand.advance();
  stand.until(299);
  EXPECT_EQ(stand.state(), RunState::countdown);
}

TEST(Countdown, an_estimate_of_an_earlier_event_is_forgotten) {
  Stand stand(two_steps(300));
  stand.around.remaining_runtime = s(200);
  stand.lose();
  stand.restore();
  stand.around.remaining_runtime.reset();
  stand.until(1'000);
  stand.lose();
  EXPECT_EQ(stand.group.next_deadline(), at(1'300));
}

TEST(Flag, recovery_while_it_is_claimed_cancels_and_clears) {
  Stand stand(two_steps());
  stand.flag.reset();
  stand.lose();
  EXPECT_EQ(stand.state(), RunState::countdown);
  stand.restore();
  EXPECT_EQ(stand.take(), (Lines{"claim", "clear"}));
  stand.answer_flag(FlagAnswer::created);  // late
  EXPECT_EQ(stand.take(), Lines{});
  EXPECT_EQ(stand.state(), RunState::armed);
}

TEST(Flag, a_live_foreign_owner_suppresses_under_both_policies) {
  for (const StrayFlag policy : {StrayFlag::suppress, StrayFlag::replace}) {
    PlanRule rule = two_steps();
    rule.stray_flag = policy;
    Stand stand(rule);
    stand.flag = FlagAnswer::present_live;
    stand.flag_detail = "owned by running PID 812";
    stand.lose();
    const std::string claim = policy == StrayFlag::replace ? "claim, replacing" : "claim";
    EXPECT_EQ(stand.take(), (Lines{claim}));
    EXPECT_EQ(stand.state(), RunState::suppressed);
    EXPECT_EQ(stand.said(NoticeKind::suppressed), (Lines{suppressed_line}));
    EXPECT_TRUE(stand.alarmed(NoticeKind::suppressed));
    EXPECT_EQ(stand.group.view(stand.now).suppressed_by, "/run/nw/ups-shutdown-redundancy-rack");
    stand.until(5'000);
    stand.lose();
    EXPECT_EQ(stand.take(), Lines{}) << "latched, and said once";
    stand.verdict(Verdict::blind);
    EXPECT_EQ(stand.state(), RunState::suppressed);
    stand.restore();
    EXPECT_EQ(stand.take(), (Lines{"clear"}));
    EXPECT_EQ(stand.said(NoticeKind::re_armed),
              (Lines{"'rack': quorum restored -- re-armed for next event"}));
    stand.flag = FlagAnswer::created;
    stand.lose();
    EXPECT_EQ(stand.state(), RunState::running);
  }
}

TEST(Flag, a_stray_one_suppresses_only_under_the_policy_suppress) {
  Stand stand(two_steps());
  stand.flag = FlagAnswer::present_stray;
  stand.lose();
  EXPECT_EQ(stand.state(), RunState::suppressed);
  EXPECT_EQ(stand.said(NoticeKind::suppressed), (Lines{suppressed_line}));

  PlanRule rule = two_steps();
  rule.stray_flag = StrayFlag::replace;
  Stand replacing(rule);
  replacing.flag = FlagAnswer::present_stray;  // it could not even be removed
  replacing.lose();
  EXPECT_EQ(replacing.state(), RunState::running);
  EXPECT_TRUE(replacing.alarmed(NoticeKind::journal));
}

TEST(Flag, failure_to_write_one_does_not_suppress) {
  Stand stand(two_steps());
  stand.flag = FlagAnswer::write_failed;
  stand.flag_detail = "permission denied";
  stand.lose();
  EXPECT_EQ(stand.take(), (Lines{"claim", "commit 1", "record a running", "start a"}));
  EXPECT_EQ(stand.said(NoticeKind::journal),
            (Lines{"re-entry flag /run/nw/ups-shutdown-redundancy-rack could not be written "
                   "(permission denied): the shutdown goes on without it"}));
  EXPECT_TRUE(stand.alarmed(NoticeKind::journal));
}

TEST(Flag, no_answer_within_2_s_does_not_stop_the_shutdown) {
  Stand stand(two_steps());
  stand.flag.reset();
  stand.lose();
  stand.until(1.999);
  EXPECT_EQ(stand.take(), (Lines{"claim"}));
  stand.until(2);
  EXPECT_EQ(stand.take(), (Lines{"commit 1", "record a running", "start a"}));
  EXPECT_EQ(stand.said(NoticeKind::journal),
            (Lines{"no answer about the re-entry flag of 'rack' within 2 s: the shutdown goes on "
                   "without it"}));
}

TEST(Flag, a_late_answer_still_suppresses_before_the_first_step_and_not_after_it) {
  Stand stand(two_steps());
  stand.flag.reset();
  stand.journal.reset();
  stand.lose();
  stand.until(3);
  EXPECT_EQ(stand.state(), RunState::committed);
  stand.answer_flag(FlagAnswer::present_live);
  EXPECT_EQ(stand.take(), (Lines{"claim", "commit 1", "close 1: suppressed by a re-entry flag"}));
  EXPECT_EQ(stand.state(), RunState::suppressed);

  Stand later(two_steps());
  later.flag.reset();
  later.lose();
  later.until(3);
  EXPECT_EQ(later.state(), RunState::running);
  later.answer_flag(FlagAnswer::present_live);
  EXPECT_EQ(later.state(), RunState::running);
}

TEST(Flag, a_group_without_one_never_asks) {
  PlanRule rule = two_steps();
  rule.uses_flag = false;
  Stand stand(rule);
  stand.lose();
  stand.ok("a");
  stand.ok("b");
  stand.restore();
  for (const std::string& line : stand.take()) {
    EXPECT_NE(line, "claim");
    EXPECT_NE(line, "clear");
  }
}

TEST(Journal, recovery_before_its_answer_cancels_and_closes_the_run) {
  Stand stand(two_steps());
  stand.journal.reset();
  stand.lose();
  EXPECT_EQ(stand.state(), RunState::committed);
  stand.restore();
  EXPECT_EQ(stand.take(), (Lines{"claim", "commit 1", "close 1: cancelled", "clear"}));
  EXPECT_EQ(stand.said(NoticeKind::re_armed), (Lines{cancelled_line}));
  stand.answer_journal(RunId{1}, true);  // late
  EXPECT_EQ(stand.take(), Lines{});
  EXPECT_EQ(stand.group.view(stand.now).last_run, std::nullopt) << "nothing was done";
}

TEST(Journal, nothing_starts_before_its_answer) {
  Stand stand(two_steps());
  stand.journal.reset();
  stand.lose();
  stand.until(1.9);
  EXPECT_EQ(stand.take(), (Lines{"claim", "commit 1"}));
  stand.answer_journal(RunId{7}, true);
  EXPECT_EQ(stand.take(), Lines{}) << "the answer of another run";
  stand.answer_journal(RunId{1}, true);
  EXPECT_EQ(stand.take(), (Lines{"record a running", "start a"}));
}

TEST(Journal, a_full_disk_does_not_stop_the_shutdown) {
  Stand stand(two_steps());
  stand.journal = false;
  stand.lose();
  EXPECT_EQ(stand.take(), (Lines{"claim", "commit 1", "record a running", "start a"}));
  EXPECT_EQ(stand.said(NoticeKind::journal),
            (Lines{"the journal did not take the run of 'rack' (disk full): the shutdown goes on "
                   "without it"}));
  EXPECT_TRUE(stand.alarmed(NoticeKind::journal));
}

TEST(Journal, no_answer_within_2_s_does_not_stop_the_shutdown) {
  Stand stand(two_steps());
  stand.journal.reset();
  stand.lose();
  stand.until(1.999);
  EXPECT_EQ(stand.state(), RunState::committed);
  stand.until(2);
  EXPECT_EQ(stand.state(), RunState::running);
  EXPECT_EQ(stand.said(NoticeKind::journal),
            (Lines{"the journal did not take the run of 'rack' within 2 s: the shutdown goes on "
                   "without it"}));
  stand.answer_journal(RunId{1}, false);  // late, and told already
  EXPECT_EQ(stand.said(NoticeKind::journal).size(), 1u);
}

}  // namespace
}  // namespace nightwatt::core::test

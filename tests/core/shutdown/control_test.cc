#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/core/shutdown/stand.h"

// Stories of people (abort, hold, release), of SIGTERM, and of the way back.
namespace nightwatt::core::test {
namespace {

PlanRule two_steps(double confirm_s = 0) {
  return plan_of({remote("a", 1, 60), remote("b", 2, 40)}, confirm_s);
}

TEST(Abort, in_the_countdown_holds_the_group_until_the_verdict_decides_again) {
  Stand stand(two_steps(30));
  stand.lose();
  stand.until(10);
  EXPECT_EQ(stand.abort(600),
            "shutdown of 'rack' aborted, held for 10 min; then its verdict decides again");
  EXPECT_EQ(stand.state(), RunState::held);
  EXPECT_EQ(stand.take(), (Lines{"record hold until 610"}));
  EXPECT_EQ(
      stand.said(NoticeKind::held),
      (Lines{"shutdown of 'rack' aborted, held for 10 min: nothing is shut down until then"}));
  EXPECT_TRUE(stand.alarmed(NoticeKind::held));
  EXPECT_EQ(stand.group.view(stand.now).held_until, at(610));
  stand.lose();
  stand.until(609);
  EXPECT_EQ(stand.take(), Lines{});
  stand.until(610);
  EXPECT_EQ(stand.take(), (Lines{"forget hold"}));
  EXPECT_EQ(stand.state(), RunState::countdown) << "still lost: a level, not an edge";
  stand.until(640);
  EXPECT_EQ(stand.state(), RunState::running);
}

TEST(Abort, while_the_flag_or_the_journal_is_awaited_undoes_both) {
  Stand claiming(two_steps());
  claiming.flag.reset();
  claiming.lose();
  claiming.abort();
  EXPECT_EQ(claiming.take(), (Lines{"claim", "clear", "record hold until 600"}));
  Stand committing(two_steps());
  committing.journal.reset();
  committing.lose();
  committing.abort();
  EXPECT_EQ(committing.take(), (Lines{"claim", "commit 1", "close 1: cancelled by an operator",
                                      "clear", "record hold until 600"}));
  committing.answer_journal(RunId{1}, true);
  EXPECT_EQ(committing.state(), RunState::held);
}

TEST(Abort, after_the_point_of_no_return_skips_what_has_not_started_and_says_which) {
  Stand stand(plan_of({remote("a", 1), remote("b", 2), local()}));
  stand.lose();
  stand.take();
  EXPECT_EQ(
      stand.abort(),
      "'rack' is past the point of no return; skipped, because not started: b, local; started "
      "and not stopped: a; nothing more is started until quorum has been restored");
  EXPECT_EQ(stand.take(), (Lines{"record b skipped", "record local skipped"}));
  EXPECT_EQ(stand.record("b").error, "aborted by an operator");
  EXPECT_EQ(stand.state(), RunState::running);
  EXPECT_EQ(stand.abort(), "refused: nothing left to abort: every step of 'rack' has started");
  stand.ok("a");
  EXPECT_EQ(stand.state(), RunState::done);
  EXPECT_EQ(stand.said(NoticeKind::plan_done),
            (Lines{"plan of 'rack' done: 1 of 3 steps ok; skipped: b, local"}));
  stand.until(10'000);
  stand.lose();
  EXPECT_EQ(stand.state(), RunState::done) << "latched until recovery";
  stand.take();
  stand.restore();
  EXPECT_EQ(stand.take(), (Lines{"close 1: done with 2 skipped steps", "clear", "watch a"}));
}

TEST(Abort, has_nothing_to_do_in_armed_done_and_suppressed) {
  Stand stand(two_steps());
  EXPECT_EQ(stand.abort(), "refused: nothing to abort: 'rack' is armed");
  stand.lose();
  stand.ok("a");
  stand.ok("b");
  EXPECT_EQ(stand.abort(), "refused: nothing to abort: the plan of 'rack' has ended");
  EXPECT_TRUE(stand.hold(600).starts_with("refused: the plan of 'rack' has run"));
  Stand foreign(two_steps());
  foreign.flag = FlagAnswer::present_live;
  foreign.lose();
  EXPECT_EQ(foreign.abort(), "refused: nothing to abort: the shutdown of 'rack' is suppressed");
  EXPECT_TRUE(foreign.hold(600).starts_with("refused: the shutdown of 'rack' is suppressed"));
}

TEST(Hold, from_armed_keeps_a_loss_from_starting_anything_until_it_is_released) {
  Stand stand(two_steps());
  EXPECT_EQ(stand.hold(3600), "'rack' is held for 60 min; then its verdict decides again");
  stand.until(100);
  stand.lose();
  EXPECT_EQ(stand.state(), RunState::held);
  EXPECT_EQ(stand.take(), (Lines{"record hold until 3600"}));
  EXPECT_EQ(stand.release(), "'rack' is released: its verdict decides from now on");
  EXPECT_EQ(stand.take(),
            (Lines{"forget hold", "claim", "commit 1", "record a running", "start a"}))
      << "still lost";
  EXPECT_EQ(stand.release(), "refused: 'rack' is not held");
}

TEST(Hold, at_expiry_with_quorum_back_the_group_is_armed) {
  Stand stand(two_steps());
  stand.lose();
  stand.hold(60);
  Stand held(two_steps(30));
  held.lose();
  held.hold(60);
  held.until(20);
  held.restore();
  EXPECT_EQ(held.state(), RunState::held);
  held.until(60);
  EXPECT_EQ(held.state(), RunState::armed);
  EXPECT_EQ(held.said(NoticeKind::released),
            (Lines{"hold of 'rack' has ended: its verdict decides again"}));
}

TEST(Hold, needs_an_end_and_can_be_renewed) {
  Stand stand(two_steps());
  EXPECT_EQ(stand.hold(0), "refused: a hold must end: say for how long, for example --for 10m");
  EXPECT_TRUE(stand.hold(-5).starts_with("refused"));
  EXPECT_EQ(stand.hold(31 * 86'400), "refused: a hold lasts at most 30 days");
  EXPECT_EQ(stand.state(), RunState::armed);
  stand.hold(60);
  stand.until(50);
  stand.hold(60);
  stand.until(61);
  EXPECT_EQ(stand.state(), RunState::held);
  stand.until(110);
  EXPECT_EQ(stand.state(), RunState::armed);
}

TEST(Hold, is_refused_after_the_point_of_no_return) {
  Stand stand(two_steps());
  stand.lose();
  EXPECT_EQ(stand.hold(60),
            "refused: 'rack' is past the point of no return; to skip the steps that have not "
            "started: nightwatt abort rack");
  EXPECT_EQ(stand.state(), RunState::running);
}

TEST(Hold, survives_a_restart_and_ends_when_it_would_have) {
  Stand stand(two_steps());
  stand.group.restore_hold(at(100), stand.now, stand.effects);
  stand.lose();
  EXPECT_EQ(stand.state(), RunState::held);
  stand.until(100);
  EXPECT_EQ(stand.take(),
            (Lines{"forget hold", "claim", "commit 1", "record a running", "start a"}));
}

TEST(Stop, drops_a_countdown_and_starts_nothing_new) {
  Stand stand(two_steps(30));
  stand.lose();
  stand.stop();
  EXPECT_EQ(stand.state(), RunState::armed);
  stand.until(100);
  stand.lose();
  EXPECT_EQ(stand.take(), Lines{});
  EXPECT_FALSE(stand.group.busy());
}

TEST(Stop, clears_the_flag_of_a_run_that_is_not_committed) {
  Stand stand(two_steps());
  stand.flag.reset();
  stand.lose();
  stand.stop();
  EXPECT_EQ(stand.take(), (Lines{"claim", "clear"}));
}

TEST(Stop, a_committed_run_goes_on_and_the_flag_is_cleared_when_it_ends) {
  Stand stand(two_steps());
  stand.journal.reset();
  stand.lose();
  stand.stop();
  EXPECT_TRUE(stand.group.busy());
  stand.answer_journal(RunId{1}, true);
  stand.ok("a");
  EXPECT_EQ(stand.take(), (Lines{"claim", "commit 1", "record a running", "start a", "record a ok",
                                 "record b running", "start b"}));
  stand.ok("b");
  EXPECT_EQ(stand.take(), (Lines{"record b ok", "clear"})) << "the journal keeps the run";
  EXPECT_FALSE(stand.group.busy());
}

TEST(Stop, of_a_done_run_clears_the_flag_and_not_the_journal) {
  Stand stand(two_steps());
  stand.lose();
  stand.ok("a");
  stand.ok("b");
  stand.take();
  stand.stop();
  EXPECT_EQ(stand.take(), (Lines{"clear"}));
}

TEST(Stop, leaves_a_foreign_flag_alone) {
  Stand stand(two_steps());
  stand.flag = FlagAnswer::present_live;
  stand.lose();
  stand.stop();
  EXPECT_EQ(stand.take(), (Lines{"claim"}));
}

// --- the way back -------------------------------------------------------------------------------

PlanRule with_return(double after_s) {
  PlanRule rule = plan_of({remote("a", 1), remote("b", 1), command("sync", 2)});
  rule.return_after = s(after_s);
  return rule;
}

TEST(Return, machines_are_watched_after_return_after_and_listed_until_seen) {
  Stand stand(with_return(60));
  stand.lose();
  stand.ok("a");
  stand.fail("b", "exit status 1");
  stand.ok("sync");
  stand.until(1'000);
  stand.restore();
  stand.take();
  EXPECT_EQ(stand.group.view(stand.now).return_list, (Lines{"a"}))
      << "b did not go down, and this machine's own command is no machine";
  EXPECT_EQ(stand.state(), RunState::armed) << "a machine that stays down blocks nothing";
  stand.until(1'059);
  EXPECT_EQ(stand.take(), Lines{});
  stand.until(1'060);
  EXPECT_EQ(stand.take(), (Lines{"watch a"}));
  stand.until(9'000);
  EXPECT_EQ(stand.group.view(stand.now).return_list, (Lines{"a"}));
  stand.up("b");
  EXPECT_EQ(stand.said(NoticeKind::returned), Lines{});
  stand.up("a");
  EXPECT_EQ(stand.said(NoticeKind::returned), (Lines{"'a' is up again"}));
  EXPECT_TRUE(stand.group.view(stand.now).return_list.empty());
}

TEST(Return, what_timed_out_or_was_seen_to_go_is_listed_too) {
  Stand stand(plan_of({remote("slow", 1, 20), remote("gone", 1, 90)}));
  stand.lose();
  stand.until(20);
  stand.fail("gone", "connection lost");
  stand.down("gone");
  stand.restore();
  EXPECT_EQ(stand.group.view(stand.now).return_list, (Lines{"slow", "gone"}));
}

TEST(Return, a_new_loss_stops_watching_and_the_machine_stays_listed) {
  Stand stand(with_return(0));
  stand.lose();
  stand.ok("a");
  stand.ok("b");
  stand.ok("sync");
  stand.restore();
  stand.up("b");
  stand.take();
  stand.lose();
  EXPECT_EQ(stand.take(), (Lines{"claim", "unwatch a", "commit 2", "record a running", "start a",
                                 "record b running", "start b"}));
  stand.up("a");  // late
  stand.fail("a", "no route to host");
  stand.ok("b");
  stand.ok("sync");
  stand.restore();
  EXPECT_EQ(stand.group.view(stand.now).return_list, (Lines{"a", "b"}));
  EXPECT_THAT(stand.take(), testing::Contains("watch b"));
}

TEST(Return, healthy_means_healthy_without_a_break) {
  Stand stand(with_return(60));
  stand.lose();
  stand.ok("a");
  stand.ok("b");
  stand.ok("sync");
  stand.restore();
  stand.take();
  stand.until(59);
  stand.verdict(Verdict::blind);
  stand.until(70);
  stand.restore();
  stand.until(129);
  EXPECT_EQ(stand.take(), Lines{});
  stand.until(130);
  EXPECT_EQ(stand.take(), (Lines{"watch a", "watch b"}));
}

}  // namespace
}  // namespace nightwatt::core::test

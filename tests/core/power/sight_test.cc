// Loss of sight: grace, staleness, UNKNOWN, failsafe, clock gaps (power-quorum, sections 1 and 2).
#include "tests/core/power/story.h"

namespace nightwatt::core::testing {
namespace {

TEST(Sight, TheGraceStartsAtTheFirstPollWithoutAReading) {
  Story ups;
  ups.read(10, "OL").miss(11);
  EXPECT_EQ(ups.state(), MemberState::degraded);
  EXPECT_EQ(ups.kinds(), "sight_lost_grace");
  EXPECT_TRUE(view(ups.memory).only_sight_in_doubt);
  for (int s = 12; s < 71; ++s) ups.miss(s);
  EXPECT_EQ(ups.state(), MemberState::degraded);
  ups.at(71);
  EXPECT_EQ(ups.state(), MemberState::unknown);
  EXPECT_EQ(ups.kinds(), "sight_lost");
}

TEST(Sight, IsNotAloneInDoubtBesideAnotherReason) {
  Story ups;
  ups.read(10, "OL RB").miss(11);
  EXPECT_EQ(ups.kinds(), "sight_lost_grace replace_battery");
  EXPECT_FALSE(view(ups.memory).only_sight_in_doubt);
}

TEST(Sight, OrWhenTheReadingGrowsStale) {
  Story ups;
  ups.read(10, "OL");
  ups.at(14.999);
  EXPECT_EQ(ups.state(), MemberState::healthy);
  ups.at(15);
  EXPECT_EQ(ups.state(), MemberState::degraded);
  ups.at(74.999);
  EXPECT_EQ(ups.state(), MemberState::degraded);
  ups.at(75);
  EXPECT_EQ(ups.state(), MemberState::unknown);
}

TEST(Sight, NoGraceIsUnknownAtOnce) {
  Story ups;
  ups.rule.connection_loss_grace = Duration(0);
  ups.read(10, "OL").miss(11);
  EXPECT_EQ(ups.state(), MemberState::unknown);
}

TEST(Sight, AReadingEndsIt) {
  Story ups;
  ups.read(10, "OL").miss(11).read(12, "OL");
  EXPECT_EQ(ups.state(), MemberState::healthy);
  ups.miss(13);
  ups.at(72);
  EXPECT_EQ(ups.state(), MemberState::degraded) << "the grace began anew";
}

TEST(Sight, GuardedIsNotUnknownBeforeEveryPathWasTried) {
  Story ups;
  ups.every_path_tried = false;
  ups.read(10, "OL").miss(11);
  EXPECT_FALSE(ups.wants_sweep);
  ups.at(71);
  EXPECT_EQ(ups.state(), MemberState::degraded);
  EXPECT_TRUE(ups.wants_sweep);
  EXPECT_EQ(next_deadline(ups.memory, ups.watched()), std::nullopt) << "the sweep's end wakes us";
  ups.every_path_tried = true;
  ups.at(72);
  EXPECT_EQ(ups.state(), MemberState::unknown);
  ups.every_path_tried = false;  // a new path appears: that alone is no reading
  ups.miss(73);
  EXPECT_EQ(ups.state(), MemberState::unknown);
}

TEST(Sight, ManualDecidesByTheActivePathAlone) {
  Story ups;
  ups.rule.needs_every_path = false;
  ups.every_path_tried = false;
  ups.read(10, "OL").miss(11);
  ups.at(71);
  EXPECT_EQ(ups.state(), MemberState::unknown);
  EXPECT_FALSE(ups.wants_sweep);
}

TEST(Sight, OverloadHoldsInsideTheGraceAndYieldsToUnknown) {
  Story ups;
  ups.read(10, "OL OVER", {{load, "120"}}).miss(11);
  EXPECT_EQ(ups.state(), MemberState::critical);
  ups.at(71);
  EXPECT_EQ(ups.state(), MemberState::unknown);
}

TEST(Sight, NeverReadIsAlarmedOnceAndStaysWithoutEvidence) {
  Story ups;
  for (int s = 1; s < 200; ++s) ups.miss(s);
  EXPECT_EQ(ups.state(), MemberState::unknown);
  EXPECT_EQ(ups.kinds(), "never_read");
  EXPECT_FALSE(view(ups.memory).evidence);
  EXPECT_EQ(ups.told(NoticeKind::member_state),
            std::vector<std::string>{
                "UPS-A: never read since the configuration named it; it can shut nothing down, and "
                "it protects nothing (check its address and its name)"});
}

TEST(Sight, NeverReadIsAlarmedAlsoWhenNoPollEverEnds) {
  Story ups;
  ups.at(64.9);
  EXPECT_TRUE(ups.effects.empty());
  ups.at(65);
  EXPECT_EQ(ups.told(NoticeKind::member_state).size(), 1u);
  EXPECT_EQ(next_deadline(ups.memory, ups.watched()), std::nullopt);
}

// --- failsafe -----------------------------------------------------------------------------------

TEST(Failsafe, ThreePollsAndTenSecondsSinceTheLastReading) {
  Story ups;
  ups.read(10, "OB").miss(11).miss(12).miss(13);
  EXPECT_EQ(ups.state(), MemberState::degraded) << "only 3 s since the last reading";
  ups.at(19.999);
  EXPECT_EQ(ups.state(), MemberState::degraded);
  ups.at(20);
  EXPECT_EQ(ups.state(), MemberState::critical);
  EXPECT_EQ(ups.kinds(), "failsafe on_battery sight_lost_grace");
  EXPECT_TRUE(view(ups.memory).evidence);
}

TEST(Failsafe, TwoPollsAreNotEnough) {
  Story ups;
  ups.read(10, "OB").miss(11).miss(12);
  ups.at(30);
  EXPECT_EQ(ups.state(), MemberState::degraded);
  ups.miss(31);
  EXPECT_EQ(ups.state(), MemberState::critical);
}

// On battery a device may be polled faster than usual.
TEST(Failsafe, AFasterPaceDoesNotShortenTheTolerance) {
  Story ups;
  ups.rule.poll_interval = Duration(20'000);
  ups.rule.connection_loss_grace = Duration(300'000);
  ups.rule.stale_after = Duration(100'000);
  ups.read(10, "OB");
  for (double s = 11; s < 50; s += 1) ups.miss(s);
  EXPECT_EQ(ups.state(), MemberState::degraded) << "three polls of 20 s are tolerated";
  ups.miss(50);
  EXPECT_EQ(ups.state(), MemberState::critical);
}

TEST(Failsafe, APollWithAReadingStartsTheCountAgain) {
  Story ups;
  ups.read(10, "OB").miss(21).miss(22).read(23, "OB").miss(34).miss(35);
  EXPECT_EQ(ups.state(), MemberState::degraded);
}

TEST(Failsafe, NotOnLine) {
  Story ups;
  ups.read(9, "OB").read(10, "OL");
  for (int s = 11; s < 60; ++s) ups.miss(s);
  EXPECT_EQ(ups.state(), MemberState::degraded);
  EXPECT_FALSE(view(ups.memory).evidence);
}

TEST(Failsafe, GuardedFirstSweeps) {
  Story ups;
  ups.every_path_tried = false;
  ups.read(10, "OB").miss(11).miss(12);
  EXPECT_FALSE(ups.wants_sweep);
  ups.miss(13);
  EXPECT_TRUE(ups.wants_sweep) << "at once, not only when ten seconds are over";
  ups.at(25);
  EXPECT_EQ(ups.state(), MemberState::degraded);
  ups.every_path_tried = true;
  ups.at(25.1);
  EXPECT_EQ(ups.state(), MemberState::critical);
}

TEST(Failsafe, EarlierWhenTheRuntimeDoesNotLeaveTenSeconds) {
  Story ups;
  ups.rule.needed_time = Duration(295'000);
  ups.read(10, "OB", {{runtime, "300"}}).miss(11).miss(12).miss(13);
  ups.at(14.999);
  EXPECT_EQ(ups.state(), MemberState::degraded);
  ups.at(15);
  EXPECT_EQ(ups.state(), MemberState::critical);
}

TEST(Failsafe, AtOnceWhenTheRuntimeIsTooShortAlready) {
  Story ups;
  ups.rule.needed_time = Duration(600'000);
  ups.read(10, "OB", {{runtime, "300"}}).miss(11).miss(12).miss(13);
  EXPECT_EQ(ups.state(), MemberState::critical);
}

// A stuck queue ends no poll at all: nobody counts three, the end of the grace must do.
TEST(Failsafe, NeverUnknownWhileOnBatteryWhenPollsDoNotEnd) {
  Story ups;
  ups.read(10, "OB");
  ups.at(74.999);
  EXPECT_EQ(ups.state(), MemberState::degraded);
  ups.at(75);
  EXPECT_EQ(ups.state(), MemberState::critical);
  EXPECT_TRUE(view(ups.memory).evidence);
}

TEST(Failsafe, SlowPollingWithoutAGraceStillHasItsTolerance) {
  Story ups;
  ups.rule.poll_interval = Duration(60'000);
  ups.rule.stale_after = Duration(300'000);
  ups.rule.connection_loss_grace = Duration(0);
  ups.read(10, "OB").miss(70);
  EXPECT_EQ(ups.state(), MemberState::unknown);
  EXPECT_FALSE(view(ups.memory).evidence);
  ups.miss(130).miss(190);
  EXPECT_EQ(ups.state(), MemberState::critical);
}

TEST(Failsafe, HoldsUntilReadOnLine) {
  Story ups;
  ups.read(10, "OB").miss(11).miss(12).miss(21).read(22, "OB");
  EXPECT_EQ(ups.kinds(), "failsafe latched on_battery");
  ups.read(23, "OL");
  EXPECT_EQ(ups.state(), MemberState::healthy);
}

TEST(Failsafe, IsNotSuspendedByATest) {
  Story ups;
  ups.read(10, "OB CAL").miss(11).miss(12).miss(20);
  EXPECT_EQ(ups.state(), MemberState::critical);
}

// --- clock gaps ---------------------------------------------------------------------------------

void sleep_until(Story& ups, double second) {
  const Instant target = at_s(second);
  clock_gap(ups.memory, target);
  PowerOut out{ups.effects};
  advance(ups.memory, ups.watched(), ups.every_path_tried, target, out);
}

TEST(ClockGap, AnHourOfSleepIsNoLossOfSight) {
  Story ups;
  ups.read(10, "OL");
  sleep_until(ups, 3610);
  EXPECT_EQ(ups.state(), MemberState::healthy);
  ups.at(3674.9);
  EXPECT_EQ(ups.state(), MemberState::degraded);
  ups.at(3675);
  EXPECT_EQ(ups.state(), MemberState::unknown);
}

TEST(ClockGap, ARunningGraceStartsAgain) {
  Story ups;
  ups.read(10, "OL").miss(11);
  sleep_until(ups, 100);
  EXPECT_EQ(ups.state(), MemberState::degraded);
  ups.at(159.9);
  EXPECT_EQ(ups.state(), MemberState::degraded);
  ups.at(160);
  EXPECT_EQ(ups.state(), MemberState::unknown);
}

TEST(ClockGap, WhoWasUnknownStaysUnknown) {
  Story ups;
  ups.read(10, "OL").miss(11);
  ups.at(80);
  sleep_until(ups, 100);
  EXPECT_EQ(ups.state(), MemberState::unknown);
}

TEST(ClockGap, NoTriggerFromAReadingBeforeIt) {
  Story ups;
  ups.read(10, "OB", {{charge, "5"}}).miss(11).miss(12);
  sleep_until(ups, 3610);
  EXPECT_EQ(ups.state(), MemberState::degraded);
  EXPECT_FALSE(view(ups.memory).evidence);
  ups.read(3611, "OB", {{charge, "5"}});
  EXPECT_EQ(ups.state(), MemberState::critical) << "evidence in a fresh reading acts at once";
}

TEST(ClockGap, TheFailsafeCountsAnew) {
  Story ups;
  ups.read(10, "OB").miss(11).miss(12);
  sleep_until(ups, 100);
  ups.miss(101).miss(102).miss(103);
  EXPECT_EQ(ups.state(), MemberState::degraded);
  ups.at(110);
  EXPECT_EQ(ups.state(), MemberState::critical);
}

TEST(ClockGap, WhatWasLatchedStays) {
  Story ups;
  ups.read(10, "OB LB");
  sleep_until(ups, 3610);
  EXPECT_EQ(ups.state(), MemberState::critical);
}

}  // namespace
}  // namespace nightwatt::core::testing

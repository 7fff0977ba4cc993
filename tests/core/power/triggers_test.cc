// The triggers of power-quorum section 2: exact comparisons, order, latching, garbage.
#include "tests/core/power/story.h"

namespace nightwatt::core::testing {
namespace {

TEST(Trigger, ForcedShutdownActsAtOnceAlsoOnLine) {
  Story ups;
  ups.read(1, "OL FSD");
  EXPECT_EQ(ups.kinds(), "fsd");
  ups.read(2, "OB");
  EXPECT_EQ(ups.kinds(), "fsd latched on_battery");
  ups.read(3, "OL");
  EXPECT_EQ(ups.state(), MemberState::healthy);
}

TEST(Trigger, TheUpsOwnLowBatteryActsAtOnce) {
  Story ups;
  ups.read(1, "OB LB", {{charge, "50"}, {runtime, "3600"}});
  EXPECT_EQ(ups.state(), MemberState::critical);
}

TEST(Trigger, TheUpsOwnLowBatteryNeedsNoOtherNumber) {
  Story ups;
  ups.read(1, "OL").read(2, "OB LB");
  EXPECT_EQ(ups.state(), MemberState::critical);
}

TEST(Trigger, LowBatteryFlagCanBeTurnedOff) {
  Story ups;
  ups.rule.triggers.low_battery_flag = false;
  ups.read(1, "OB LB");
  EXPECT_EQ(ups.state(), MemberState::degraded);
}

// Charge 20 and runtime 600 exactly are not below.
TEST(Trigger, ComparisonsAreStrict) {
  Story ups;
  ups.read_each_second(1, 120, "OB", {{charge, "20"}, {runtime, "600"}});
  EXPECT_EQ(ups.kinds(), "on_battery");
  Story low;
  low.read_each_second(1, 31, "OB", {{charge, "19.9"}, {runtime, "600"}});
  EXPECT_EQ(low.kinds(), "low_battery on_battery");
  Story brief;
  brief.read_each_second(1, 31, "OB", {{charge, "20"}, {runtime, "599"}});
  EXPECT_EQ(brief.kinds(), "critical_runtime on_battery");
}

TEST(Trigger, FractionsCompareAsTheyAreWritten) {
  Story ups;
  ups.rule.triggers.low_battery_threshold = 20.3;
  ups.read_each_second(1, 40, "OB", {{charge, "20.3"}});
  EXPECT_EQ(ups.state(), MemberState::degraded);
}

TEST(Trigger, StabilizationDelaysTheMeasuredOnes) {
  Story ups;
  ups.read_each_second(10, 39, "OB", {{charge, "5"}, {runtime, "10"}});
  EXPECT_EQ(ups.state(), MemberState::degraded);
  ups.read(40, "OB", {{charge, "5"}, {runtime, "10"}});
  EXPECT_EQ(ups.kinds(), "low_battery critical_runtime on_battery");
}

TEST(Trigger, StabilizationEndsByTheClockAndNotByTheNextReading) {
  Story ups;
  ups.rule.stale_after = Duration(120'000);
  ups.read(10, "OB", {{charge, "5"}});
  EXPECT_EQ(next_deadline(ups.memory, ups.watched()), at_s(40));
  ups.at(39.999);
  EXPECT_EQ(ups.state(), MemberState::degraded);
  ups.at(40);
  EXPECT_EQ(ups.kinds(), "low_battery on_battery");
}

TEST(Trigger, ARuntimeGlitchAfterTheTransferDoesNothing) {
  Story ups;
  ups.read_each_second(0, 4, "OL", {{charge, "100"}, {runtime, "1800"}})
      .read_each_second(5, 7, "OB DISCHRG", {{charge, "100"}, {runtime, "40"}})
      .read_each_second(8, 68, "OB DISCHRG", {{charge, "100"}, {runtime, "1500"}});
  EXPECT_EQ(ups.kinds(), "on_battery");
  ups.read(69, "OB DISCHRG", {{charge, "100"}, {runtime, "590"}});
  EXPECT_EQ(ups.kinds(), "critical_runtime on_battery");
}

TEST(Trigger, ExtendedTimeIsMoreThanItsThreshold) {
  Story ups;
  ups.rule.stale_after = Duration(3'600'000);
  ups.read(100, "OB", {{charge, "90"}});
  ups.at(1000);
  EXPECT_EQ(ups.state(), MemberState::degraded);
  EXPECT_EQ(next_deadline(ups.memory, ups.watched()), at_s(1000.001));
  ups.at(1000.001);
  EXPECT_EQ(ups.kinds(), "extended_time on_battery");
  EXPECT_EQ(sentence(view(ups.memory).reasons[0]), "on battery for 900 s, more than 900 s");
}

TEST(Trigger, ExtendedTimeCanBeTurnedOff) {
  Story ups;
  ups.rule.triggers.extended_time_enabled = false;
  ups.read_each_second(0, 2000, "OB", {{charge, "90"}});
  EXPECT_EQ(ups.state(), MemberState::degraded);
}

TEST(Trigger, TimeOnBatteryCountsFromThisOutage) {
  Story ups;
  ups.read_each_second(0, 600, "OB").read(601, "OL").read_each_second(602, 1500, "OB");
  EXPECT_EQ(ups.state(), MemberState::degraded);
  EXPECT_EQ(view(ups.memory).on_battery_since, at_s(602));
}

// --- depletion ----------------------------------------------------------------------------------

Story drained(double per_minute, double until, Duration interval = Duration(1000)) {
  Story ups;
  ups.rule.poll_interval = interval;
  ups.rule.triggers.low_battery_threshold = 1;
  const double step = seconds(interval);
  for (double s = 0; s <= until; s += step) {
    ups.read(10 + s, "OB", {{charge, std::to_string(100 - per_minute * s / 60)}});
  }
  return ups;
}

TEST(Depletion, FiresAboveTheRateAfterItsGrace) {
  EXPECT_EQ(drained(30, 89).kinds(), "on_battery");
  EXPECT_EQ(drained(30, 90).kinds(), "depletion on_battery");
}

TEST(Depletion, TheGraceEndsByTheClock) {
  Story ups = drained(30, 89);
  ups.at(99.999);
  EXPECT_EQ(ups.state(), MemberState::degraded);
  ups.at(100);
  EXPECT_EQ(ups.state(), MemberState::critical);
}

TEST(Depletion, TheRateItselfIsNotAboveItself) {
  Story ups;
  ups.rule.triggers.depletion_critical_rate = 30;
  for (int s = 0; s <= 120; s += 2) ups.read(s, "OB", {{charge, std::to_string(100 - s / 2)}});
  EXPECT_DOUBLE_EQ(view(ups.memory).depletion_rate.value(), 30);
  EXPECT_EQ(ups.state(), MemberState::degraded);
}

TEST(Depletion, NeedsThirtyReadingsOfAFullWindow) {
  EXPECT_FALSE(view(drained(30, 28).memory).depletion_rate.has_value());
  EXPECT_TRUE(view(drained(30, 29).memory).depletion_rate.has_value());
}

TEST(Depletion, SlowPollingNeedsFewer) {  // 300 s / 60 s = 5 readings
  EXPECT_FALSE(view(drained(10, 180, Duration(60'000)).memory).depletion_rate.has_value());
  EXPECT_TRUE(view(drained(10, 240, Duration(60'000)).memory).depletion_rate.has_value());
}

TEST(Depletion, VerySlowPollingNeedsTwo) {  // 300 s / 290 s = 1, at least 2
  EXPECT_TRUE(view(drained(10, 290, Duration(290'000)).memory).depletion_rate.has_value());
}

TEST(Depletion, LooksAtTheWindowOnly) {
  Story ups;
  for (int s = 0; s <= 60; ++s) ups.read(s, "OB", {{charge, std::to_string(100 - s / 2.0)}});
  for (int s = 61; s <= 400; ++s) ups.read(s, "OB", {{charge, "70"}});
  EXPECT_DOUBLE_EQ(view(ups.memory).depletion_rate.value(), 0);
}

TEST(Depletion, AnOnLineReadingForgetsTheHistory) {
  Story ups = drained(30, 80);
  ups.read(91, "OL", {{charge, "60"}}).read(92, "OB", {{charge, "60"}});
  EXPECT_FALSE(view(ups.memory).depletion_rate.has_value());
  EXPECT_EQ(ups.memory.charges.size(), 1u);
}

TEST(Depletion, TheMemoryIsBoundedAtAnyPollRate) {
  Story ups;
  ups.rule.poll_interval = Duration(100);
  for (int tick = 0; tick <= 8000; ++tick) {
    ups.read(tick * 0.1, "OB", {{charge, std::to_string(100 - tick * 0.01)}});
    ASSERT_LE(ups.memory.charges.size(), charge_samples_max);
  }
  EXPECT_NEAR(view(ups.memory).depletion_rate.value(), 6, 0.01);
}

TEST(Depletion, RisingChargeIsANegativeRate) {
  Story ups;
  for (int s = 0; s <= 100; ++s) ups.read(s, "OB", {{charge, std::to_string(50 + s / 10.0)}});
  EXPECT_LT(view(ups.memory).depletion_rate.value(), 0);
  EXPECT_EQ(ups.state(), MemberState::degraded);
}

// --- latching -----------------------------------------------------------------------------------

TEST(Latch, NoChatterAroundTheThreshold) {
  Story ups;
  ups.read_each_second(1, 40, "OB", {{charge, "21"}});
  ups.told(NoticeKind::member_state);
  for (int s = 41; s < 100; ++s) ups.read(s, "OB", {{charge, s % 2 == 0 ? "20" : "19"}});
  EXPECT_EQ(ups.told(NoticeKind::member_state).size(), 1u);
  EXPECT_EQ(ups.state(), MemberState::critical);
  ups.read(100, "OB", {{charge, "35"}});
  EXPECT_EQ(ups.kinds(), "low_battery latched on_battery");
  ups.read(101, "OL", {{charge, "5"}});
  EXPECT_EQ(ups.state(), MemberState::healthy);
}

TEST(Latch, OnLineWithItsOutputOffEndsNothing) {
  Story ups;
  ups.read(1, "OB LB").read(2, "OL OFF");
  EXPECT_EQ(ups.state(), MemberState::critical);
  EXPECT_TRUE(view(ups.memory).evidence);
}

TEST(Latch, ClearedFlagsOnBatteryEndNothing) {
  Story ups;
  ups.read(1, "OB LB").read(2, "OB");
  EXPECT_EQ(ups.kinds(), "ups_low_battery latched on_battery");
  EXPECT_TRUE(view(ups.memory).evidence);
}

TEST(Latch, SurvivesLossOfSight) {
  Story ups;
  ups.read(1, "OB LB");
  for (int s = 2; s < 300; ++s) ups.miss(s);
  EXPECT_EQ(ups.state(), MemberState::critical);
  ups.read(300, "OL");
  EXPECT_EQ(ups.state(), MemberState::healthy);
}

// --- advisory -----------------------------------------------------------------------------------

TEST(Advisory, TheLineOfTheRequirement) {
  Story ups;
  ups.rule.advisory = true;
  ups.read(0, "OL").read_each_second(1, 45, "OB", {{charge, "14"}}).read(46, "OL");
  EXPECT_EQ(ups.told(NoticeKind::advisory),
            (std::vector<std::string>{
                "Trigger condition met (advisory, redundancy group): battery.charge 14 % is below "
                "20 %",
                "Advisory trigger cleared (redundancy group): conditions normal"}));
}

TEST(Advisory, NotForAUpsThatOwnsItsResources) {
  Story ups;
  ups.read(1, "OB LB").read(2, "OL");
  EXPECT_TRUE(ups.told(NoticeKind::advisory).empty());
}

TEST(Advisory, AGroupsSecondLookTellsOnlyItsMeasuredTriggers) {
  Story ups;
  ups.rule.advisory = true;
  ups.voice = Voice::group;
  ups.read(0, "OL", {{input, "100"}, {nominal, "230"}}).read(1, "OB FSD", {{charge, "nan"}});
  EXPECT_TRUE(ups.effects.empty());
  ups.read(31, "OB", {{charge, "14"}});
  EXPECT_EQ(ups.told(NoticeKind::advisory).size(), 1u);
  EXPECT_TRUE(ups.effects.empty());
}

// --- garbage ------------------------------------------------------------------------------------

TEST(Garbage, NeverFiresNeverClearsIsToldOncePerChange) {
  Story ups;
  const Numbers garbage{{charge, "nan"}, {runtime, "-1"}, {load, "1e9"}, {input, "abc"}};
  ups.read_each_second(0, 60, "OB OVER", garbage);
  EXPECT_EQ(ups.kinds(), "on_battery overload_warning");
  EXPECT_EQ(ups.told(NoticeKind::reading_rejected),
            std::vector<std::string>{"UPS-A: battery.charge, battery.runtime, ups.load, "
                                     "input.voltage: not a usable number, ignored"});
  ups.read(61, "OB", {{charge, "15"}});
  EXPECT_EQ(ups.state(), MemberState::critical);
  EXPECT_EQ(ups.told(NoticeKind::reading_rejected),
            std::vector<std::string>{"UPS-A: battery.charge: usable again"});
  ups.read(62, "OB", {{charge, "nan"}}).read(63, "OB").read(64, "OB", {{charge, "inf"}});
  EXPECT_EQ(ups.state(), MemberState::critical);
  EXPECT_EQ(ups.told(NoticeKind::reading_rejected),
            std::vector<std::string>{"UPS-A: battery.charge: not a usable number, ignored"});
}

}  // namespace
}  // namespace nightwatt::core::testing

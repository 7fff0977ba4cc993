// The user's own conditions: when they fire and clear, what a missing number does, what is
// evidence.
#include "tests/core/power/conditions.h"

namespace nightwatt::core::testing {
namespace {

TEST(Condition, IsStrictAndInSinglePrecision) {
  Story ups;
  with(ups, {above("ups.temperature", 45.1)});
  ups.read(1, "OL", {{temperature, "45.1"}});
  EXPECT_EQ(ups.state(), MemberState::healthy);
  ups.read(2, "OL", {{temperature, "45.2"}});
  EXPECT_EQ(ups.kinds(), "condition_degraded");
  EXPECT_EQ(sentences(ups), "ups.temperature 45.2 °C is above 45.1 °C");
  Story low;
  with(low, {below("battery.charge", 30)});
  low.read(1, "OL", {{charge, "30"}});
  EXPECT_EQ(low.state(), MemberState::healthy);
  low.read(2, "OL", {{charge, "29.9"}});
  EXPECT_EQ(sentences(low), "battery.charge 29.9 % is below 30 %");
}

TEST(Condition, WithoutForItFiresAndClearsAtOnce) {
  Story ups;
  with(ups, {above("ups.temperature", 45)});
  ups.read(1, "OL", {{temperature, "46"}});
  EXPECT_EQ(ups.state(), MemberState::degraded);
  ups.read(2, "OL", {{temperature, "45"}});
  EXPECT_EQ(ups.state(), MemberState::healthy);
}

TEST(Condition, ForEndsByTheClockAndNotByTheNextReading) {
  Story ups;
  ups.rule.stale_after = Duration(300'000);
  with(ups, {lasting(above("ups.temperature", 45), 60)});
  ups.read(10, "OL", {{temperature, "46"}});
  EXPECT_EQ(next_deadline(ups.memory, ups.watched()), at_s(70));
  ups.at(69.999);
  EXPECT_EQ(ups.state(), MemberState::healthy);
  ups.at(70);
  EXPECT_EQ(ups.state(), MemberState::degraded);
}

TEST(Condition, OneGoodReadingStartsForAnew) {
  Story ups;
  with(ups, {lasting(above("ups.temperature", 45), 60)});
  ups.read_each_second(1, 59, "OL", {{temperature, "46"}})
      .read(60, "OL", {{temperature, "44"}})
      .read_each_second(61, 120, "OL", {{temperature, "46"}});
  EXPECT_EQ(ups.state(), MemberState::healthy);
  ups.read(121, "OL", {{temperature, "46"}});
  EXPECT_EQ(ups.state(), MemberState::degraded);
}

// A number that trembles around its limit is one event.
TEST(Condition, ClearsAsItFiresAfterTheNumberWasBackForAsLong) {
  Story ups;
  with(ups, {lasting(above("ups.temperature", 45), 60)});
  ups.read_each_second(1, 61, "OL", {{temperature, "46"}});
  ups.told(NoticeKind::member_state);
  for (int s = 62; s <= 201; ++s) {
    ups.read(s, "OL", {{temperature, s % 2 == 0 ? "44" : "46"}});
  }
  EXPECT_EQ(ups.state(), MemberState::degraded);
  EXPECT_TRUE(ups.told(NoticeKind::member_state).empty());
  ups.read_each_second(202, 261, "OL", {{temperature, "44.5"}});
  EXPECT_EQ(sentences(ups), "ups.temperature was above 45 °C and is 44.5 °C");
  ups.read(262, "OL", {{temperature, "44.5"}});
  EXPECT_EQ(ups.state(), MemberState::healthy);
}

TEST(Condition, AMissingNumberNeitherFiresNorClears) {
  Story ups;
  with(ups, {lasting(above("ups.temperature", 45), 60)});
  ups.read(1, "OL", {{temperature, "46"}}).read_each_second(2, 90, "OL");
  EXPECT_EQ(ups.state(), MemberState::healthy) << "its time is over, but the number is not there";
  ups.read(91, "OL", {{temperature, "46"}});
  EXPECT_EQ(ups.state(), MemberState::degraded) << "no reading took back what the first one said";
  ups.read_each_second(92, 300, "OL", {{temperature, "rubbish"}});
  EXPECT_EQ(ups.state(), MemberState::degraded);
  ups.read_each_second(301, 361, "OL", {{temperature, "40"}});
  EXPECT_EQ(ups.state(), MemberState::healthy);
}

TEST(Condition, ANumberThatNeverCameFiresNothing) {
  Story ups;
  with(ups, {below("battery.charge", 50), below("battery.temperature", 10)});
  ups.read_each_second(1, 600, "OL", {{temperature, "46"}});
  EXPECT_EQ(ups.state(), MemberState::healthy);
}

TEST(Condition, OutOfSightItGoesOnInTheGraceAndThenSaysNothing) {
  Story ups;
  with(ups, {critical(lasting(above("ups.temperature", 45), 30)),
             critical(lasting(above("ups.load", 50), 90))});
  ups.read(1, "OL", {{temperature, "46"}, {load, "60"}}).miss(2);
  ups.at(31);
  EXPECT_EQ(ups.kinds(), "condition_critical sight_lost_grace") << "the last word stands";
  ups.at(100);
  EXPECT_EQ(ups.state(), MemberState::unknown) << "not seen is UNKNOWN, whatever was said before";
  EXPECT_EQ(ups.kinds(), "sight_lost condition_critical") << "and no load fires any more";
}

TEST(Condition, NothingClearsWhileOutOfSight) {
  Story ups;
  with(ups, {lasting(above("ups.temperature", 45), 20)});
  ups.read_each_second(1, 21, "OL", {{temperature, "46"}}).read(22, "OL", {{temperature, "44"}});
  ups.miss(23).at(60);
  EXPECT_EQ(ups.kinds(), "sight_lost_grace condition_degraded");
  ups.read(61, "OL", {{temperature, "44"}});
  EXPECT_EQ(ups.state(), MemberState::healthy);
}

TEST(Condition, AClockGapStartsForAnew) {
  Story ups;
  with(ups, {lasting(above("ups.temperature", 45), 60)});
  ups.read(1, "OL", {{temperature, "46"}});
  clock_gap(ups.memory, at_s(3'601));
  PowerOut out{ups.effects};
  advance(ups.memory, ups.watched(), true, at_s(3'601), out);
  EXPECT_EQ(ups.kinds(), "") << "an hour that nobody saw";
  ups.read_each_second(3'602, 3'660, "OL", {{temperature, "46"}});
  EXPECT_EQ(ups.state(), MemberState::healthy);
  ups.read(3'661, "OL", {{temperature, "46"}});
  EXPECT_EQ(ups.state(), MemberState::degraded);
}

TEST(Condition, CriticalOnLineIsNoEvidence) {
  Story ups;
  with(ups, {critical(named("hot", above("ups.temperature", 45)))});
  ups.read(1, "OL", {{temperature, "46"}});
  EXPECT_EQ(ups.state(), MemberState::critical);
  EXPECT_FALSE(view(ups.memory).evidence);
  EXPECT_EQ(sentences(ups), "hot: ups.temperature 46 °C is above 45 °C");
  ups.read(2, "OL", {{temperature, "45"}});
  EXPECT_EQ(ups.state(), MemberState::healthy) << "no latch on line";
}

TEST(Condition, CriticalOnBatteryIsEvidenceAndHoldsUntilOnLine) {
  Story ups;
  with(ups, {critical(above("ups.temperature", 45))});
  ups.read(1, "OB", {{temperature, "46"}});
  EXPECT_EQ(ups.kinds(), "condition_critical on_battery") << "at once: no stabilization delay";
  EXPECT_TRUE(view(ups.memory).evidence);
  ups.read(2, "OB", {{temperature, "40"}});
  EXPECT_EQ(ups.kinds(), "condition_critical latched on_battery");
  EXPECT_TRUE(view(ups.memory).evidence);
  ups.read(3, "OL", {{temperature, "40"}});
  EXPECT_EQ(ups.state(), MemberState::healthy);
}

TEST(Condition, BackOnLineItIsCriticalWithoutEvidenceWhileItIsMet) {
  Story ups;
  with(ups, {critical(above("ups.temperature", 45))});
  ups.read(1, "OB", {{temperature, "46"}}).read(2, "OL", {{temperature, "46"}});
  EXPECT_EQ(ups.kinds(), "condition_critical");
  EXPECT_FALSE(view(ups.memory).evidence);
}

TEST(Condition, ATestOfTheBatteryIsNoPowerEvent) {
  Story ups;
  with(ups, {critical(above("ups.temperature", 45))});
  ups.read(1, "OB TEST", {{temperature, "46"}, {input, "230"}});
  EXPECT_EQ(ups.state(), MemberState::critical);
  EXPECT_FALSE(view(ups.memory).evidence);
}

TEST(Condition, DegradedOnBatteryIsNeitherLatchedNorEvidence) {
  Story ups;
  with(ups, {above("ups.temperature", 45)});
  ups.read(1, "OB", {{temperature, "46"}});
  EXPECT_EQ(ups.kinds(), "on_battery condition_degraded");
  ups.read(2, "OB", {{temperature, "45"}});
  EXPECT_EQ(ups.kinds(), "on_battery");
}

TEST(Condition, TwoOnOneNumberAreTwo) {
  Story ups;
  with(ups, {critical(above("ups.temperature", 45)), critical(above("ups.temperature", 55))});
  ups.read(1, "OB", {{temperature, "60"}});
  EXPECT_EQ(ups.kinds(), "condition_critical condition_critical on_battery");
}

TEST(Condition, EachOneIsToldOnceWithWhatEndsIt) {
  Story ups;
  with(ups, {named("warm", above("ups.temperature", 40)), above("ups.load", 80)});
  ups.read(1, "OL", {{temperature, "41"}, {load, "10"}});
  ups.told(NoticeKind::member_state);
  ups.read(2, "OL", {{temperature, "41"}, {load, "90"}});
  EXPECT_EQ(ups.told(NoticeKind::member_state),
            std::vector<std::string>{
                "UPS-A: still DEGRADED: warm: ups.temperature 41 °C is above 40 °C; ups.load 90 % "
                "is above 80 % (clears when the number has been back for its `for`)"});
  ups.read_each_second(3, 20, "OL", {{temperature, "42"}, {load, "91"}});
  EXPECT_TRUE(ups.told(NoticeKind::member_state).empty());
}

TEST(Condition, AGroupsSecondLookSaysItAsAnAdvisoryLine) {
  Story ups;
  ups.voice = Voice::group;
  with(ups, {above("ups.temperature", 40)});
  ups.read_each_second(1, 9, "OL", {{temperature, "41"}});
  EXPECT_EQ(ups.told(NoticeKind::advisory),
            std::vector<std::string>{
                "Condition met (a group's triggers): ups.temperature 41 °C is above 40 °C"});
}

// A status point is Nightwatt's own number: no sight of the UPS is needed.
TEST(Condition, AStatusPointFiresAndClearsOutOfSight) {
  Story ups;
  with(ups, {below("comm.success.hour", 80)});
  std::vector<std::optional<Number>> numbers{Number{100, at_s(1)}};
  ups.numbers = numbers;
  ups.read(1, "OL");
  EXPECT_EQ(ups.state(), MemberState::healthy);
  numbers[0] = Number{79.5, at_s(2)};
  ups.miss(2);
  EXPECT_EQ(ups.kinds(), "sight_lost_grace condition_degraded");
  EXPECT_TRUE(view(ups.memory).only_sight_in_doubt) << "a wire says nothing of the feed";
  numbers[0] = Number{85, at_s(3)};
  ups.miss(3);
  EXPECT_EQ(ups.kinds(), "sight_lost_grace");
}

TEST(Condition, OnlyOnStatusPointsTheFeedIsNotInDoubt) {
  Story ups;
  with(ups, {above("comm.primary.failed_over", 0), above("ups.load", 80)});
  const std::vector<std::optional<Number>> numbers{Number{1, at_s(1)}, std::nullopt};
  ups.numbers = numbers;
  ups.read(1, "OL", {{load, "20"}});
  EXPECT_EQ(sentences(ups), "comm.primary.failed_over 1 is above 0");
  EXPECT_TRUE(view(ups.memory).only_comm_in_doubt);
  ups.read(2, "OL", {{load, "90"}});
  EXPECT_FALSE(view(ups.memory).only_comm_in_doubt);
  EXPECT_EQ(ups.kinds(), "condition_degraded condition_degraded");
}

// A variable of the profile: with the newest reading, or from another schedule.
TEST(Condition, AnyOtherVariableIsReadWhereItIs) {
  Story ups;
  with(ups, {below("tank.1.level", 10)});
  std::vector<std::optional<Number>> numbers{Number{9, at_s(1)}};
  ups.numbers = numbers;
  ups.read(1, "OL");
  EXPECT_EQ(sentences(ups), "tank.1.level 9 is below 10");
  ups.others = {{VariableId{first_other_variable}, 11}};
  ups.read(2, "OL");
  EXPECT_EQ(ups.state(), MemberState::healthy) << "the newest reading comes first";
}

TEST(Condition, AReloadKeepsWhatIsTheSameAndForgetsTheRest) {
  Story ups;
  with(ups, {above("ups.temperature", 45), above("ups.load", 80)});
  ups.read(1, "OL", {{temperature, "46"}, {load, "90"}});
  const TriggerRule old = ups.rule.triggers;
  with(ups, {above("ups.load", 95), above("ups.temperature", 45)});
  adopt(ups.memory, old, ups.rule.triggers, true);
  ASSERT_EQ(ups.memory.conditions.size(), 2u);
  EXPECT_FALSE(ups.memory.conditions[0].firing);
  EXPECT_TRUE(ups.memory.conditions[1].firing);
  adopt(ups.memory, ups.rule.triggers, TriggerRule{}, true);
  EXPECT_TRUE(ups.memory.conditions.empty());
}

}  // namespace
}  // namespace nightwatt::core::testing

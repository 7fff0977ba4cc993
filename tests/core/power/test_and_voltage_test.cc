// Calibration and self-test, and the input voltage (power-quorum, sections 1 and 2).
#include "tests/core/power/story.h"

namespace nightwatt::core::testing {
namespace {

const Numbers low{{charge, "5"}, {runtime, "60"}, {input, "230"}, {nominal, "230"}};

TEST(BatteryTest, SuspendsLowBatteryAndTheMeasuredTriggers) {
  Story ups;
  ups.read_each_second(0, 3599, "OB CAL LB", low);
  EXPECT_EQ(ups.state(), MemberState::degraded);
  EXPECT_EQ(ups.kinds(), "on_battery calibrating testing");
}

TEST(BatteryTest, ForItsLongestTimeOnly) {
  Story ups;
  ups.read_each_second(0, 3599, "OB CAL LB", low);
  ups.at(3599.999);
  EXPECT_EQ(ups.state(), MemberState::degraded);
  ups.at(3600);
  EXPECT_EQ(ups.state(), MemberState::critical);
  EXPECT_EQ(ups.kinds(),
            "ups_low_battery low_battery critical_runtime extended_time on_battery calibrating "
            "testing");
}

TEST(BatteryTest, SelfTestLikewise) {
  Story ups;
  ups.read_each_second(0, 60, "OB TEST LB", low);
  EXPECT_EQ(ups.state(), MemberState::degraded);
  EXPECT_EQ(ups.kinds(), "on_battery testing");
}

TEST(BatteryTest, ForcedShutdownIsNotSuspended) {
  Story ups;
  ups.read(0, "OB CAL", low).read(1, "OB CAL FSD", low);
  EXPECT_EQ(ups.state(), MemberState::critical);
}

TEST(BatteryTest, InputNotReportedIsInside) {
  Story ups;
  ups.read_each_second(0, 60, "OB CAL LB", {{charge, "5"}});
  EXPECT_EQ(ups.state(), MemberState::degraded);
}

TEST(BatteryTest, InputOutOfItsBandIsARealOutage) {
  Story ups;
  ups.read_each_second(0, 60, "OB CAL LB", low);
  ups.read(61, "OB CAL LB", {{charge, "5"}, {input, "0"}, {nominal, "230"}});
  EXPECT_EQ(ups.state(), MemberState::critical);
  EXPECT_EQ(ups.kinds(),
            "ups_low_battery low_battery on_battery input_voltage calibrating testing");
}

TEST(BatteryTest, ADeadInputNeedsNoNominal) {
  Story ups;
  ups.read(0, "OB CAL LB", {{input, "0"}});
  EXPECT_EQ(ups.state(), MemberState::critical);
}

TEST(BatteryTest, AGarbageVoltageDoesNotBringTheInputBack) {
  Story ups;
  ups.read(0, "OL", {{input, "150"}, {nominal, "230"}});
  ups.read(1, "OB CAL LB", {{input, "nan"}, {nominal, "230"}});
  EXPECT_EQ(ups.state(), MemberState::critical);
}

// The driver drops CAL one poll before the UPS is back on line.
TEST(BatteryTest, ItsEndIsNotAnOutageAsOldAsTheTest) {
  Story ups;
  ups.read_each_second(0, 1800, "OB CAL", low).read(1801, "OB", low);
  EXPECT_EQ(ups.state(), MemberState::degraded);
  EXPECT_EQ(view(ups.memory).on_battery_since, at_s(1801));
  ups.read(1802, "OL", low);
  EXPECT_EQ(ups.state(), MemberState::healthy);
}

TEST(BatteryTest, OrdinaryRulesWhenItEndsAndTheOutageStays) {
  Story ups;
  ups.read_each_second(0, 600, "OB CAL", low).read(601, "OB LB", low);
  EXPECT_EQ(ups.state(), MemberState::critical);
}

TEST(BatteryTest, AStuckFlagDoesNotHideALaterOutage) {
  Story ups;
  ups.read_each_second(0, 3700, "OL CAL", low).read(3701, "OB CAL LB", low);
  EXPECT_EQ(ups.state(), MemberState::critical);
}

TEST(BatteryTest, WhatWasLatchedBeforeStays) {
  Story ups;
  ups.read(0, "OB LB", low).read(1, "OB CAL LB", low);
  EXPECT_EQ(ups.state(), MemberState::critical);
}

// --- voltage ------------------------------------------------------------------------------------

Numbers volts(const std::string& value, const std::string& of = "230") {
  return {{input, value}, {nominal, of}};
}

TEST(Voltage, HasHysteresisAndIsToldAtItsEdges) {
  Story ups;
  ups.read(0, "OL", volts("230")).read(1, "OL", volts("206"));
  EXPECT_EQ(ups.state(), MemberState::degraded);
  ups.read(2, "OL", volts("208")).read(3, "OL", volts("206")).read(4, "OL", volts("209.2"));
  EXPECT_EQ(ups.state(), MemberState::degraded) << "inside the band, not yet well inside";
  ups.read(5, "OL", volts("209.4"));
  EXPECT_EQ(ups.state(), MemberState::healthy);
  EXPECT_EQ(ups.told(NoticeKind::voltage),
            (std::vector<std::string>{
                "UPS-A: input.voltage 206 V is out of its band (207 to 253 V)",
                "UPS-A: input.voltage 209.4 V is back in its band (207 to 253 V)"}));
}

TEST(Voltage, IsAWarningAndNeverATrigger) {
  Story ups;
  ups.read_each_second(0, 3000, "OL", volts("1"));
  EXPECT_EQ(ups.state(), MemberState::degraded);
  EXPECT_FALSE(view(ups.memory).evidence);
}

TEST(Voltage, SensitivityIsTheBand) {
  const auto state = [](VoltageSensitivity sensitivity, const std::string& value) {
    Story ups;
    ups.rule.triggers.voltage_sensitivity = sensitivity;
    return ups.read(0, "OL", volts(value, "200")).state();
  };
  EXPECT_EQ(state(VoltageSensitivity::tight, "190"), MemberState::healthy);
  EXPECT_EQ(state(VoltageSensitivity::tight, "189"), MemberState::degraded);
  EXPECT_EQ(state(VoltageSensitivity::normal, "180"), MemberState::healthy);
  EXPECT_EQ(state(VoltageSensitivity::normal, "221"), MemberState::degraded);
  EXPECT_EQ(state(VoltageSensitivity::loose, "230"), MemberState::healthy);
  EXPECT_EQ(state(VoltageSensitivity::loose, "169"), MemberState::degraded);
}

TEST(Voltage, TheConfiguredNominalWins) {
  Story ups;
  ups.rule.nominal_voltage = 120;
  ups.read(0, "OL", volts("120.5", "230"));
  EXPECT_EQ(ups.state(), MemberState::healthy);
}

// 120 V grid, 122.4 V is fine, 107 V is not.
TEST(Voltage, AmericanGrid) {
  Story ups;
  ups.read(0, "OL", volts("122.4", "120"));
  EXPECT_EQ(ups.state(), MemberState::healthy);
  ups.read(1, "OL BOOST", volts("107", "120"));
  EXPECT_EQ(ups.kinds(), "input_voltage boost");
}

// A long brownout must not become the new normal.
TEST(Voltage, TheNominalIsNeverLearntFromTheInput) {
  Story ups;
  ups.read_each_second(0, 600, "OL", volts("195"));
  EXPECT_EQ(ups.state(), MemberState::degraded);
  ups.read(601, "OL", volts("230.5"));
  EXPECT_EQ(ups.state(), MemberState::healthy);
}

TEST(Voltage, WithoutANominalThereIsNoBand) {
  Story ups;
  ups.read(0, "OL", {{input, "140"}});
  EXPECT_EQ(ups.state(), MemberState::healthy);
}

TEST(Voltage, TheNominalIsRemembered) {
  Story ups;
  ups.read(0, "OL", volts("230")).read(1, "OL", {{input, "150"}});
  EXPECT_EQ(ups.state(), MemberState::degraded);
}

}  // namespace
}  // namespace nightwatt::core::testing

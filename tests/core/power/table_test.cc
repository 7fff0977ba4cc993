// The table of member states (power-quorum, section 1), row by row.
#include "base/archive.h"
#include "tests/core/power/story.h"

namespace nightwatt::core::testing {
namespace {

TEST(MemberTable, NeverReadIsUnknown) {
  Story ups;
  EXPECT_EQ(ups.state(), MemberState::unknown);
  EXPECT_EQ(ups.kinds(), "never_read");
  EXPECT_FALSE(view(ups.memory).ever_read);
}

TEST(MemberTable, OnLineIsHealthy) {
  Story ups;
  ups.read(1, "OL CHRG", {{charge, "97"}, {runtime, "1800"}, {load, "20"}});
  EXPECT_EQ(ups.state(), MemberState::healthy);
  EXPECT_EQ(ups.kinds(), "");
  EXPECT_EQ(ups.told(NoticeKind::member_state),
            std::vector<std::string>{"UPS-A: UNKNOWN -> HEALTHY"});
}

struct Row {
  const char* status;
  Numbers numbers;
  MemberState state;
  const char* kinds;
};

// Each as the first reading after a healthy one.
class FirstReading : public ::testing::TestWithParam<Row> {};

TEST_P(FirstReading, Gives) {
  Story ups;
  ups.read(1, "OL", {{input, "230"}, {nominal, "230"}});
  ups.read(2, GetParam().status, GetParam().numbers);
  EXPECT_EQ(ups.state(), GetParam().state) << GetParam().status;
  EXPECT_EQ(ups.kinds(), GetParam().kinds) << GetParam().status;
  EXPECT_EQ(view(ups.memory).evidence,
            GetParam().state == MemberState::critical && ups.kinds() != "overload")
      << GetParam().status;
}

INSTANTIATE_TEST_SUITE_P(
    Rows, FirstReading,
    ::testing::Values(
        Row{"OL", {}, MemberState::healthy, ""}, Row{"OL ECO", {}, MemberState::healthy, ""},
        Row{"OL CHRG HB", {}, MemberState::healthy, ""},
        Row{"OL GHOST", {}, MemberState::healthy, ""},
        Row{"OL", {{charge, "1"}, {runtime, "1"}}, MemberState::healthy, ""},
        Row{"OB", {}, MemberState::degraded, "on_battery"},
        Row{"OB DISCHRG", {{charge, "19"}, {runtime, "599"}}, MemberState::degraded, "on_battery"},
        Row{"OL LB", {}, MemberState::degraded, "low_battery_on_line"},
        Row{"OL TRIM", {}, MemberState::degraded, "trim"},
        Row{"OL BOOST", {}, MemberState::degraded, "boost"},
        Row{"OL BYPASS", {}, MemberState::degraded, "bypass"},
        Row{"BYPASS", {}, MemberState::degraded, "bypass"},
        Row{"OL CAL", {}, MemberState::degraded, "calibrating"},
        Row{"OL TEST", {}, MemberState::degraded, "testing"},
        Row{"OL ALARM", {}, MemberState::degraded, "alarm"},
        Row{"OL RB", {}, MemberState::degraded, "replace_battery"},
        Row{"ALARM OL RB", {}, MemberState::degraded, "alarm replace_battery"},
        Row{"OL OVER", {}, MemberState::degraded, "overload_warning"},
        Row{"OL OVER", {{load, "104.9"}}, MemberState::degraded, "overload_warning"},
        Row{"OL OVER", {{load, "105"}}, MemberState::critical, "overload"},
        Row{"OL OVER", {{load, "nan"}}, MemberState::degraded, "overload_warning"},
        Row{"OL", {{load, "130"}}, MemberState::healthy, ""},
        Row{"OL OFF", {}, MemberState::degraded, "output_off"},
        Row{"OFF", {}, MemberState::degraded, "output_off"},
        Row{"OL", {{input, "206.9"}}, MemberState::degraded, "input_voltage"},
        Row{"OL", {{input, "207"}}, MemberState::healthy, ""},
        Row{"OL", {{input, "253"}}, MemberState::healthy, ""},
        Row{"OL", {{input, "253.1"}}, MemberState::degraded, "input_voltage"},
        Row{"OL FSD", {}, MemberState::critical, "fsd"},
        Row{"FSD", {}, MemberState::critical, "fsd"},
        Row{"OB FSD", {}, MemberState::critical, "fsd on_battery"},
        Row{"OB LB", {}, MemberState::critical, "ups_low_battery on_battery"}));

TEST(MemberTable, OutputOffIsCriticalAtItsSecondReading) {
  Story ups;
  ups.read(1, "OL").read(2, "OL OFF");
  EXPECT_EQ(ups.state(), MemberState::degraded);
  ups.read(3, "OL OFF");
  EXPECT_EQ(ups.state(), MemberState::critical);
  EXPECT_EQ(ups.kinds(), "output_off");
  EXPECT_TRUE(view(ups.memory).evidence);
  ups.read(4, "OL");
  EXPECT_EQ(ups.state(), MemberState::healthy);
}

TEST(MemberTable, OffInterruptedByAnOnReadingStartsAgain) {
  Story ups;
  ups.read(1, "OL OFF").read(2, "OL").read(3, "OL OFF");
  EXPECT_EQ(ups.state(), MemberState::degraded);
}

// A discharged UPS that sleeps answers OFF, and must not count as power again.
TEST(MemberTable, OffAfterBatteryKeepsTheOutageOpen) {
  Story ups;
  ups.read(1, "OL").read(2, "OB").read(3, "OFF");
  EXPECT_TRUE(view(ups.memory).on_battery_since.has_value());
  ups.read(4, "OFF");
  EXPECT_EQ(ups.state(), MemberState::critical);
}

TEST(MemberTable, OverloadIsNoEvidenceAndEndsWithTheReading) {
  Story ups;
  ups.read(1, "OL OVER", {{load, "120"}});
  EXPECT_EQ(ups.state(), MemberState::critical);
  EXPECT_FALSE(view(ups.memory).evidence);
  ups.read(2, "OL", {{load, "90"}});
  EXPECT_EQ(ups.state(), MemberState::healthy);
}

TEST(MemberTable, AFailedOverPathDoesNotDegrade) {
  Story ups;
  ups.read(1, "OL");
  Reading second = reading_of("OL");
  second.path = PathRank{2};
  PowerOut out{ups.effects};
  on_reading(ups.memory, ups.watched(), second, at_s(2), out);
  EXPECT_EQ(ups.state(), MemberState::healthy);
}

TEST(MemberTable, MaintenanceStandsAboveAllAndEndsByItself) {
  Story ups;
  ups.read(1, "OL").maintain(2, 62);
  EXPECT_EQ(ups.state(), MemberState::maintenance);
  ups.read(3, "OB LB FSD");
  EXPECT_EQ(ups.state(), MemberState::maintenance);
  EXPECT_FALSE(view(ups.memory).evidence);
  EXPECT_EQ(ups.kinds(), "maintenance fsd ups_low_battery on_battery");
  ups.read(60, "OB LB FSD");
  ups.at(62);
  EXPECT_EQ(ups.state(), MemberState::critical);
  EXPECT_TRUE(view(ups.memory).evidence);
}

TEST(MemberTable, MaintenanceEndedByHand) {
  Story ups;
  ups.read(1, "OL").maintain(2, 3600).read(3, "OL").maintain(4, std::nullopt);
  EXPECT_EQ(ups.state(), MemberState::healthy);
}

TEST(MemberTable, EachChangeIsToldOnceWithItsReasonAndItsEnd) {
  Story ups;
  ups.read(1, "OL");
  ups.told(NoticeKind::member_state);
  ups.read(2, "OB").read(3, "OB").read(4, "OB LB").read(5, "OB LB").read(6, "OL");
  EXPECT_EQ(ups.told(NoticeKind::member_state),
            (std::vector<std::string>{
                "UPS-A: HEALTHY -> DEGRADED: on battery for 0 s (clears when the UPS is read on "
                "line)",
                "UPS-A: DEGRADED -> CRITICAL: on battery, and the UPS says low battery (OB LB); on "
                "battery for 2 s (clears when the UPS is read on line)",
                "UPS-A: CRITICAL -> HEALTHY"}));
}

// A battery that wants replacement for a year must not hide the outage.
TEST(MemberTable, ANewReasonInsideOneStateIsTold) {
  Story ups;
  ups.read(1, "OL RB");
  ups.told(NoticeKind::member_state);
  ups.read(2, "OB RB").read(3, "OB RB").read(4, "OL RB");
  EXPECT_EQ(ups.told(NoticeKind::member_state),
            std::vector<std::string>{
                "UPS-A: still DEGRADED: on battery for 0 s; the battery needs replacement (RB) "
                "(clears when the UPS is read on line)"});
}

TEST(MemberTable, SinceIsWhenTheStateBegan) {
  Story ups;
  ups.read(1, "OL").read(5, "OB").read(9, "OB");
  EXPECT_EQ(view(ups.memory).since, at_s(5));
  EXPECT_EQ(view(ups.memory).last_reading, at_s(9));
}

TEST(MemberTable, TheMemoryIsAValue) {
  Story ups;
  ups.read(1, "OL", {{input, "230"}, {nominal, "230"}})
      .read_each_second(2, 60, "OB", {{charge, "50"}, {runtime, "2000"}})
      .read(61, "OB LB", {{charge, "-3"}})
      .miss(62);
  Reader reader(to_bytes(ups.memory));
  MemberMemory copy;
  reader(copy);
  EXPECT_TRUE(reader.ok());
  EXPECT_TRUE(reader.at_end());
  EXPECT_EQ(copy, ups.memory);
}

}  // namespace
}  // namespace nightwatt::core::testing

#include <gtest/gtest.h>

#include "tests/config/support.h"

// What a UPS has beyond a device: the settings of its judgement.
namespace nightwatt::config::test {
namespace {

using namespace std::chrono_literals;

TEST(Ups, MemberSettings) {
  const Config config = good(
      "triggers: {low_battery_threshold: 30, calibration_max: 10m}\n"
      "ups:\n"
      "  - name: A@h1\n"
      "  - name: B@h2\n"
      "    check_interval: 2\n"
      "    max_stale_data_tolerance: 7\n"
      "    connection_loss_grace_period: {enabled: false, duration: 60, flap_threshold: 5}\n"
      "    nominal_voltage: 230\n"
      "    nominal_power: 3000\n"
      "    triggers: {low_battery_flag: false, overload_critical: 110, failsafe_after: 20, "
      "extended_time: {enabled: false}, voltage_sensitivity: tight}\n"
      "  - {name: C@h3, stale_after: 30s, connection_loss_grace_period: {duration: 90}}\n");
  const auto& a = config.site.members[0];
  const auto& b = config.site.members[1];
  EXPECT_EQ(a.stale_after, 5s);
  EXPECT_EQ(a.connection_loss_grace, 60s);
  EXPECT_EQ(a.max_stale_data_tolerance, 3);
  EXPECT_EQ(a.triggers.low_battery_threshold, 30);
  EXPECT_EQ(a.calibration_max, 10min);
  EXPECT_FALSE(a.nominal_voltage.has_value());
  EXPECT_EQ(b.poll_interval, 2s);
  EXPECT_EQ(b.stale_after, 10s);
  EXPECT_EQ(b.connection_loss_grace, 0s);
  EXPECT_EQ(b.max_stale_data_tolerance, 7);
  EXPECT_EQ(b.nominal_voltage, 230);
  EXPECT_EQ(b.nominal_power, 3000);
  EXPECT_FALSE(b.triggers.low_battery_flag);
  EXPECT_EQ(b.triggers.low_battery_threshold, 30) << "inherited from the global triggers";
  EXPECT_EQ(b.triggers.overload_critical, 110);
  EXPECT_FALSE(b.triggers.extended_time_enabled);
  EXPECT_EQ(b.triggers.voltage_sensitivity, core::VoltageSensitivity::tight);
  EXPECT_EQ(b.failsafe_after, 20s);
  EXPECT_EQ(config.site.members[2].stale_after, 30s);
  EXPECT_EQ(config.site.members[2].connection_loss_grace, 90s);
}

TEST(Ups, WrongTypesAndRanges) {
  const auto with = [](const std::string& body) {
    return errors("ups: {name: A@h, " + body + "}\n");
  };
  EXPECT_EQ(with("check_interval: 0"),
            "ups['A@h'].check_interval must be from 50 ms to 1 h, got '0'\n");
  EXPECT_EQ(with("check_interval: '1'"),
            "ups['A@h'].check_interval must be a duration such as 500ms, 30s, 5m or 2h, got the "
            "text \"1\"\n");
  EXPECT_EQ(
      with("check_interval: [1]"),
      "ups['A@h'].check_interval must be a duration such as 500ms, 30s, 5m or 2h, got a list\n");
  EXPECT_EQ(with("is_local: 'true'"),
            "ups['A@h'].is_local must be true or false, got the text \"true\"\n");
  EXPECT_EQ(
      with("max_stale_data_tolerance: 1.5"),
      "ups['A@h'].max_stale_data_tolerance must be a whole number from 1 to 1000, got '1.5'\n");
  EXPECT_EQ(
      with("triggers: {low_battery_threshold: 101}"),
      "ups['A@h'].triggers.low_battery_threshold must be a number from 0 to 100, got '101'\n");
  EXPECT_EQ(with("triggers: {depletion: {critical_rate: 0}}"),
            "ups['A@h'].triggers.depletion.critical_rate must be a number above 0 and up to 10000, "
            "got '0'\n");
  EXPECT_EQ(
      with("triggers: {low_battery_threshold: .nan}"),
      "ups['A@h'].triggers.low_battery_threshold must be a number from 0 to 100, got '.nan'\n");
  EXPECT_EQ(with("stale_after: 500ms"), "ups['A@h'].stale_after is shorter than check_interval\n");
  EXPECT_EQ(with("triggers: []"), "ups['A@h'].triggers must be a mapping, got a list\n");
  EXPECT_EQ(errors("ups: 3\n"), "'ups' must be a mapping or a list, got '3'\n");
}

}  // namespace
}  // namespace nightwatt::config::test

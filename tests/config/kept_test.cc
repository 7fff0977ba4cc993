#include <gtest/gtest.h>

#include "tests/config/support.h"

// What a device keeps of a NUT server's list: `variables:`, schedules, orders that are read back.
namespace nightwatt::config::test {
namespace {

constexpr DeviceId ups_a{0};

std::string ups(std::string_view keys, bool nut = true) {
  return "comm_devices:\n"
         "  - {id: m, driver: modbus, host: h, profile: simulated-ups-modbus}\n"
         "  - {id: n, driver: nut, host: h, username: u, password_env: P}\n"
         "ups:\n  - name: UPS-A\n    paths: [" +
         std::string(nut ? "{comm: n, unit: u}" : "{comm: m, unit: 1}") + "]\n" + std::string(keys);
}

World world() {
  World out;
  out.variables["P"] = "secret";
  return out;
}

bool keeps(const Config& config, std::uint16_t schedule, std::string_view name) {
  const profile::KeptNames* names = config.plans.kept(ups_a, schedule);
  return names != nullptr && names->find(name).has_value();
}

TEST(Kept, NothingBesidesWhatDecisionsUse) {
  const Config config = good(ups(""), world());
  EXPECT_EQ(config.plans.kept(ups_a, 0), nullptr);
  EXPECT_FALSE(config.plans.shows_all(ups_a));
}

TEST(Kept, WhatTheDeviceNames) {
  const Config config =
      good(ups("    variables: [battery.charge, ambient.temperature]\n"), world());
  EXPECT_TRUE(keeps(config, 0, "ambient.temperature"));
  EXPECT_FALSE(keeps(config, 0, "battery.charge")) << "it is in every reading";
  EXPECT_EQ(config.site.other_variables.back(), "ambient.temperature");
}

TEST(Kept, AllIsShownAndNotKept) {
  const Config config = good(ups("    variables: all\n"), world());
  EXPECT_TRUE(config.plans.shows_all(ups_a));
  EXPECT_EQ(config.plans.kept(ups_a, 0), nullptr);
}

TEST(Kept, WhatTheScheduleNamesAndNoOtherSchedule) {
  const Config config = good(ups("    schedules:\n"
                                 "      - {name: state, interval: 1s, variables: [ups.status]}\n"
                                 "      - {name: slow, interval: 60s, variables: "
                                 "[ambient.temperature]}\n"),
                             world());
  EXPECT_FALSE(keeps(config, 0, "ambient.temperature"));
  EXPECT_TRUE(keeps(config, 1, "ambient.temperature"));
}

constexpr std::string_view verified =
    "    control: {allow: [{name: ups.delay.shutdown, policy: verify_then_retry}]}\n";

TEST(Kept, WhatAnOrderReadsBackInTheSlowestSchedule) {
  const Config plain = good(ups(verified), world());
  EXPECT_TRUE(keeps(plain, 0, "ups.delay.shutdown"));
  const Config config = good(
      ups(std::string(verified) + "    schedules:\n"
                                  "      - {name: state, interval: 1s, variables: [ups.status]}\n"
                                  "      - {name: slow, interval: 60s}\n"
                                  "      - {name: middle, interval: 20s}\n"),
      world());
  EXPECT_FALSE(keeps(config, 0, "ups.delay.shutdown"));
  EXPECT_TRUE(keeps(config, 1, "ups.delay.shutdown"));
  EXPECT_EQ(device(config, "UPS-A").controls[0].paths.at(0).verify_schedule, 1u);
}

TEST(Kept, WhatAnOrderReadsBackWhereItIsReadAnyway) {
  const Config config = good(
      ups(std::string(verified) + "    schedules:\n"
                                  "      - {name: state, interval: 1s, variables: [ups.status]}\n"
                                  "      - {name: delays, interval: 20s, variables: "
                                  "[ups.delay.shutdown]}\n"
                                  "      - {name: slow, interval: 60s}\n"),
      world());
  EXPECT_EQ(device(config, "UPS-A").controls[0].paths.at(0).verify_schedule, 1u);
  EXPECT_FALSE(keeps(config, 2, "ups.delay.shutdown"));
}

TEST(Kept, WhatIsWrongIsSaid) {
  EXPECT_NE(errors(ups("    variables: everything\n"), world()).find("'all' or a list of names"),
            std::string::npos);
  EXPECT_NE(errors(ups("    variables: [ambient.temprature]\n"), world()).find("near to one"),
            std::string::npos);
  EXPECT_NE(errors(ups("    variables: {a: b}\n"), world()).find("must be a list"),
            std::string::npos);
  EXPECT_NE(errors(ups("    variables: all\n", false), world()).find("no path here is NUT"),
            std::string::npos);
}

}  // namespace
}  // namespace nightwatt::config::test

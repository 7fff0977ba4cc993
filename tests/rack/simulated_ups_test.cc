#include "rack/simulated_ups.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace nightwatt::rack {
namespace {

using namespace std::chrono_literals;

std::string value(const SimulatedUps& ups, const std::string& name) {
  for (const auto& [at, text] : ups.variables()) {
    if (at == name) return text;
  }
  return "none";
}

TEST(SimulatedUps, OnMainsItIsFullAndOnLine) {
  const SimulatedUps ups;
  EXPECT_EQ(ups.status(), "OL");
  EXPECT_EQ(value(ups, "battery.charge"), "100");
  EXPECT_EQ(value(ups, "input.voltage"), "230.0");
  EXPECT_EQ(value(ups, "ups.load"), "30");
}

TEST(SimulatedUps, RunsDownOnBatteryAsLongAsItsRuntimeSays) {
  SimulatedUps ups;
  ups.set_load_watts(1'000);
  EXPECT_NEAR(ups.runtime_s(), 600, 1);
  ups.set_feed(false);
  EXPECT_EQ(ups.status(), "OB DISCHRG");
  EXPECT_EQ(value(ups, "input.voltage"), "0.0");
  ups.step(300s);
  EXPECT_NEAR(ups.charge(), 50, 0.1);
  EXPECT_NEAR(ups.runtime_s(), 300, 1);
  ups.step(181s);
  EXPECT_EQ(ups.status(), "OB DISCHRG LB");
  ups.step(118s);
  EXPECT_TRUE(ups.output_on());
  ups.step(2s);
  EXPECT_FALSE(ups.output_on());
  EXPECT_EQ(ups.status(), "OB LB OFF");
  EXPECT_EQ(value(ups, "output.voltage"), "0.0");
}

TEST(SimulatedUps, HalfTheLoadRunsMoreThanTwiceAsLong) {
  SimulatedUps ups;
  ups.set_load_watts(500);
  EXPECT_GT(ups.runtime_s(), 1'200);
  EXPECT_LT(ups.runtime_s(), 1'500);
  ups.set_load_watts(0);
  EXPECT_LT(ups.runtime_s(), 24 * 3'600);
}

TEST(SimulatedUps, ManySmallStepsComeToTheSameAsOne) {
  SimulatedUps small;
  SimulatedUps large;
  for (SimulatedUps* ups : {&small, &large}) ups->set_feed(false);
  for (int i = 0; i < 1'000; ++i) small.step(100ms);
  large.step(100s);
  EXPECT_NEAR(small.charge(), large.charge(), 0.001);
}

TEST(SimulatedUps, ComesBackWithTheMainsOnceThereIsSomeCharge) {
  SimulatedUps ups;
  ups.set_feed(false);
  ups.step(24h);
  ASSERT_FALSE(ups.output_on());
  ups.set_feed(true);
  EXPECT_EQ(ups.status(), "OL CHRG OFF");
  ups.step(350s);
  EXPECT_FALSE(ups.output_on());
  ups.step(20s);
  EXPECT_TRUE(ups.output_on());
  EXPECT_EQ(ups.status(), "OL CHRG");
  ups.step(1h);
  EXPECT_EQ(ups.status(), "OL");
}

TEST(SimulatedUps, ADeadBatteryDropsTheLoadWithTheMains) {
  SimulatedUps ups;
  ups.set_battery_failed(true);
  EXPECT_EQ(ups.status(), "OL RB");
  EXPECT_TRUE(ups.output_on());
  ups.set_feed(false);
  EXPECT_FALSE(ups.output_on());
  ups.set_feed(true);
  EXPECT_TRUE(ups.output_on());
}

TEST(SimulatedUps, SaysWhenItIsOverloaded) {
  SimulatedUps ups;
  ups.set_load_watts(1'100);
  EXPECT_EQ(ups.status(), "OL OVER");
  EXPECT_EQ(value(ups, "ups.load"), "110");
}

TEST(SimulatedUps, OverridesChangeAndAddVariables) {
  SimulatedUps ups;
  ups.override_variable("ups.status", "OL CAL");
  ups.override_variable("ups.alarm", "fan");
  EXPECT_EQ(value(ups, "ups.status"), "OL CAL");
  EXPECT_EQ(value(ups, "ups.alarm"), "fan");
  ups.override_variable("ups.status", "");
  EXPECT_EQ(value(ups, "ups.status"), "OL");
  ups.clear_overrides();
  EXPECT_EQ(value(ups, "ups.alarm"), "none");
}

TEST(SimulatedUps, ItsVersionTellsOfEveryChange) {
  SimulatedUps ups;
  auto changed = [&, before = ups.version()]() mutable {
    return std::exchange(before, ups.version()) != ups.version();
  };
  ups.step(10s);
  EXPECT_FALSE(changed());  // full, on mains
  ups.set_feed(false);
  EXPECT_TRUE(changed());
  ups.step(10s);
  EXPECT_TRUE(changed());
  ups.set_load_watts(400);
  EXPECT_TRUE(changed());
  ups.override_variable("ups.status", "OL");
  EXPECT_TRUE(changed());
  ups.clear_overrides();
  EXPECT_TRUE(changed());
}

TEST(SimulatedUps, ListsItsVariablesInOrder) {
  const auto variables = SimulatedUps().variables();
  EXPECT_TRUE(std::ranges::is_sorted(variables));
}

}  // namespace
}  // namespace nightwatt::rack

// What a UPS says and what follows from it, with real upsds: the rows in which other daemons were
// seen to go wrong (low battery flag ignored, OFF taken for power, absurd numbers, brown-outs).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/process/protected_rack.h"

namespace nightwatt::process {
namespace {

using testing::HasSubstr;

class Power : public ProtectedRack {
 protected:
  // With Eneru's defaults, so that only what the test says can fire.
  void begin_with_defaults() { begin({.triggers = "{}"}); }
  bool becomes(const std::string& ups, const std::string& state) {
    return wait_until([&] { return state_of(ups) == state; });
  }
  std::string reasons(const std::string& ups) { return daemon.device(ups)["reasons"].dump(); }
};

TEST_F(Power, TheUpssOwnLowBatteryCountsAtOnceWhateverTheNumbersSay) {
  begin_with_defaults();
  a->set("ups1", "battery.charge", "50");
  a->set("ups1", "ups.status", "OB DISCHRG LB");
  ASSERT_TRUE(becomes("UPS-A", "CRITICAL")) << told();
  EXPECT_THAT(reasons("UPS-A"), HasSubstr("(OB LB)"));
  EXPECT_EQ(verdict(), "redundancy_lost");
}

TEST_F(Power, LowBatteryWithoutAnyNumbersCountsToo) {
  begin_with_defaults();
  a->remove("ups1", "battery.charge");
  a->remove("ups1", "battery.runtime");
  a->set("ups1", "ups.status", "OB LB");
  ASSERT_TRUE(becomes("UPS-A", "CRITICAL")) << told();
}

TEST_F(Power, AForcedShutdownCountsInAnyStatus) {
  begin_with_defaults();
  a->set("ups1", "ups.status", "OB FSD");
  ASSERT_TRUE(becomes("UPS-A", "CRITICAL")) << told();
  EXPECT_THAT(reasons("UPS-A"), HasSubstr("FSD"));
  b->set("ups1", "ups.status", "OL FSD");
  ASSERT_TRUE(run_becomes("done")) << told();
  EXPECT_EQ(sshd->commands().size(), 1u);
}

TEST_F(Power, OffIsNoPowerAlsoOnLine) {
  begin_with_defaults();
  a->set("ups1", "ups.status", "OL OFF");
  ASSERT_TRUE(becomes("UPS-A", "CRITICAL")) << told();
  EXPECT_THAT(reasons("UPS-A"), HasSubstr("OFF"));
  on_line(*a);
  ASSERT_TRUE(becomes("UPS-A", "HEALTHY")) << told();
  a->set("ups1", "ups.status", "OFF");
  ASSERT_TRUE(wait_until([&] { return state_of("UPS-A") != "HEALTHY"; })) << told();
  EXPECT_EQ(state_of("UPS-B"), "HEALTHY");
  EXPECT_TRUE(sshd->commands().empty());
}

TEST_F(Power, BothOffAreAnEvidenceOfPowerLost) {
  begin({.group = "    unknown_counts_as: evidence\n    blind_shutdown_after: 1h\n"});
  a->set("ups1", "ups.status", "OL OFF");
  b->set("ups1", "ups.status", "OL OFF");
  ASSERT_TRUE(run_becomes("done")) << told();
  EXPECT_EQ(sshd->commands().size(), 1u);
}

TEST_F(Power, DoubtfulStatesAreDegradedAndStillCountAsHealthy) {
  begin_with_defaults();
  for (const char* status :
       {"OL BYPASS", "OL OVER", "OL RB", "OL TRIM", "OL BOOST", "OL LB", "ALARM OL"}) {
    a->set("ups1", "ups.status", status);
    b->set("ups1", "ups.status", status);
    ASSERT_TRUE(becomes("UPS-A", "DEGRADED")) << status << told();
    ASSERT_TRUE(becomes("UPS-B", "DEGRADED")) << status << told();
    EXPECT_EQ(verdict(), "protected") << status;
    on_line(*a);
    on_line(*b);
    ASSERT_TRUE(becomes("UPS-A", "HEALTHY")) << status << told();
    ASSERT_TRUE(becomes("UPS-B", "HEALTHY")) << status << told();
  }
  EXPECT_TRUE(sshd->commands().empty());
}

TEST_F(Power, WaitIsNoReading) {
  begin({.grace_s = 1});
  a->set("ups1", "ups.status", "WAIT");
  ASSERT_TRUE(becomes("UPS-A", "UNKNOWN")) << told();
  EXPECT_EQ(verdict(), "redundancy_lost");
  on_line(*a);
  ASSERT_TRUE(becomes("UPS-A", "HEALTHY")) << told();
}

TEST_F(Power, ThresholdsAreStrict) {
  begin({.triggers = "{on_battery_stabilization_delay: 0}"});
  a->set("ups1", "battery.charge", "20");
  a->set("ups1", "battery.runtime", "600");
  a->set("ups1", "ups.status", "OB");
  ASSERT_TRUE(becomes("UPS-A", "DEGRADED")) << told();
  EXPECT_TRUE(stays([&] { return state_of("UPS-A") == "DEGRADED"; }, 600ms)) << told();
  a->set("ups1", "battery.runtime", "599");
  ASSERT_TRUE(becomes("UPS-A", "CRITICAL")) << told();
  EXPECT_THAT(reasons("UPS-A"), HasSubstr("battery.runtime 599 s is below 600 s"));
}

TEST_F(Power, AGlitchRightAfterTheTransferFiresNothing) {
  begin({.triggers = "{on_battery_stabilization_delay: 3}"});
  a->set("ups1", "battery.runtime", "40");
  a->set("ups1", "ups.status", "OB");
  ASSERT_TRUE(becomes("UPS-A", "DEGRADED")) << told();
  EXPECT_TRUE(stays([&] { return state_of("UPS-A") == "DEGRADED"; }, 1s)) << told();
  a->set("ups1", "battery.runtime", "3000");
  EXPECT_TRUE(stays([&] { return state_of("UPS-A") == "DEGRADED"; }, 3s)) << told();
  a->set("ups1", "battery.runtime", "40");
  ASSERT_TRUE(becomes("UPS-A", "CRITICAL")) << told();
}

TEST_F(Power, ATriggerHoldsUntilTheUpsIsReadOnLine) {
  begin();
  low(*a);
  ASSERT_TRUE(becomes("UPS-A", "CRITICAL")) << told();
  a->set("ups1", "battery.charge", "60");
  EXPECT_TRUE(stays([&] { return state_of("UPS-A") == "CRITICAL"; }, 600ms)) << told();
  a->kill();
  EXPECT_TRUE(stays([&] { return state_of("UPS-A") == "CRITICAL"; }, 3s)) << "latched, not UNKNOWN";
  a->start();
  on_line(*a);
  ASSERT_TRUE(becomes("UPS-A", "HEALTHY")) << told();
}

TEST_F(Power, ABrownOutIsAWarningAndNeverATrigger) {
  a->set("ups1", "input.voltage.nominal", "230");
  begin_with_defaults();
  a->set("ups1", "input.voltage", "165");
  ASSERT_TRUE(becomes("UPS-A", "DEGRADED")) << told();
  EXPECT_THAT(reasons("UPS-A"), HasSubstr("input.voltage 165 V is below 207 V"));
  EXPECT_EQ(verdict(), "protected");
  a->set("ups1", "input.voltage", "229");
  ASSERT_TRUE(becomes("UPS-A", "HEALTHY")) << told();
  EXPECT_TRUE(sshd->commands().empty());
}

TEST_F(Power, OneUpsOnBatteryForAMomentChangesNothing) {
  begin();
  on_battery(*a);
  ASSERT_TRUE(becomes("UPS-A", "DEGRADED")) << told();
  on_line(*a);
  ASSERT_TRUE(becomes("UPS-A", "HEALTHY")) << told();
  EXPECT_TRUE(daemon.events("plan_committed").empty());
  EXPECT_EQ(verdict(), "protected");
}

TEST_F(Power, ARestartOfUpsdWithinTheGraceIsNoEvent) {
  begin({.grace_s = 30});
  a->kill();
  ASSERT_TRUE(becomes("UPS-A", "DEGRADED")) << told();
  EXPECT_EQ(verdict(), "protected");
  a->start();
  ASSERT_TRUE(becomes("UPS-A", "HEALTHY")) << told();
  EXPECT_TRUE(sshd->commands().empty());
}

TEST_F(Power, ADriverThatDiedOrIsStaleIsSeenAndComesBack) {
  begin({.grace_s = 1});
  a->stop_driver("ups1");
  b->set_stale("ups1", true);
  ASSERT_TRUE(becomes("UPS-A", "UNKNOWN")) << told();
  ASSERT_TRUE(becomes("UPS-B", "UNKNOWN")) << told();
  a->start_driver("ups1");
  b->set_stale("ups1", false);
  ASSERT_TRUE(becomes("UPS-A", "HEALTHY")) << told();
  ASSERT_TRUE(becomes("UPS-B", "HEALTHY")) << told();
}

}  // namespace
}  // namespace nightwatt::process

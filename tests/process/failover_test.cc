// Communication failover through the real daemon, with two real upsd behind each UPS.
#include <gtest/gtest.h>

#include "tests/peers/real_upsd.h"
#include "tests/process/daemon_process.h"

namespace nightwatt::process {
namespace {

using peers::RealUpsd;

std::string two_by_two(const RealUpsd& a1, const RealUpsd& a2, const RealUpsd& b1,
                       const RealUpsd& b2, const std::string& group) {
  const auto comm = [](const char* id, const RealUpsd& upsd) {
    return "  - {id: " + std::string(id) +
           ", driver: nut, host: 127.0.0.1, port: " + std::to_string(upsd.port()) + "}\n";
  };
  const auto ups = [](const std::string& name, const std::string& first,
                      const std::string& second) {
    return "  - name: " + name +
           "\n    check_interval: 0.2\n    connection_loss_grace_period: {duration: 2}\n    "
           "paths:\n"
           "      - {comm: " +
           first +
           ", unit: ups1, message_timeout_ms: 500, initial_fail: 0s, retry_primary: 1s}\n"
           "      - {comm: " +
           second + ", unit: ups1, message_timeout_ms: 500, initial_fail: 0s, retry_primary: 1s}\n";
  };
  return "comm_devices:\n" + comm("nut-a1", a1) + comm("nut-a2", a2) + comm("nut-b1", b1) +
         comm("nut-b2", b2) + "ups:\n" + ups("UPS-A", "nut-a1", "nut-a2") +
         ups("UPS-B", "nut-b1", "nut-b2") +
         "redundancy_groups:\n  - name: rack\n    ups_sources: [UPS-A, UPS-B]\n" + group +
         "    remote_servers:\n      - {name: n1, enabled: true, host: 127.0.0.1, user: nobody}\n"
         "behavior: {dry_run: true}\n";
}

class FailoverProcess : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto why = RealUpsd::missing(); !why.empty()) GTEST_SKIP() << why;
  }
  bool both_healthy() {
    return daemon.device("UPS-A")["state"] == "HEALTHY" &&
           daemon.device("UPS-B")["state"] == "HEALTHY" &&
           daemon.group("rack")["verdict"] == "protected";
  }
  DaemonProcess daemon;
};

TEST_F(FailoverProcess, KillingThePrimaryUpsdMovesTheDeviceAndNothingElse) {
  RealUpsd a1, a2, b1, b2;
  daemon.write_config(two_by_two(a1, a2, b1, b2, ""));
  ASSERT_TRUE(daemon.start()) << daemon.log();
  ASSERT_TRUE(daemon.wait([&] { return both_healthy(); })) << daemon.status().dump(1);
  EXPECT_EQ(daemon.device("UPS-A")["active"]["path"], 1);

  a1.kill();
  ASSERT_TRUE(daemon.wait([&] { return daemon.device("UPS-A")["active"]["path"] == 2; }))
      << daemon.log();
  EXPECT_EQ(daemon.device("UPS-A")["active"]["comm"], "nut-a2");
  EXPECT_TRUE(stays([&] { return daemon.group("rack")["verdict"] == "protected"; }, 1s));
  EXPECT_EQ(daemon.device("UPS-B")["active"]["path"], 1);
  EXPECT_TRUE(daemon.events("plan_committed").empty());
  ASSERT_EQ(daemon.events("path_changed").size(), 1u);
  EXPECT_EQ(daemon.events("path_changed")[0]["subject"], "UPS-A");

  a1.start();
  EXPECT_TRUE(daemon.wait([&] { return daemon.device("UPS-A")["active"]["path"] == 1; }, 30s))
      << "guarded: back after two good probes\n"
      << daemon.log();
  EXPECT_EQ(daemon.terminate(), 0) << daemon.log();
}

// Make before break: the alternate is connected while the primary is only in doubt.
TEST_F(FailoverProcess, TheAlternateIsConnectedBeforeTheDeviceMoves) {
  RealUpsd a1, a2;
  std::string config =
      "comm_devices:\n  - {id: nut-a1, driver: nut, host: 127.0.0.1, port: " +
      std::to_string(a1.port()) +
      "}\n  - {id: nut-a2, driver: nut, host: 127.0.0.1, port: " + std::to_string(a2.port()) +
      "}\nups:\n  - name: UPS-A\n    check_interval: 0.2\n    probe_interval: 24h\n    paths:\n"
      "      - {comm: nut-a1, unit: ups1, initial_fail: 10m}\n"
      "      - {comm: nut-a2, unit: ups1}\nlocal_shutdown: {enabled: false}\n";
  daemon.write_config(config);
  ASSERT_TRUE(daemon.start()) << daemon.log();
  ASSERT_TRUE(daemon.wait([&] { return daemon.device("UPS-A")["state"] == "HEALTHY"; }));
  const auto alternate = [&] {
    const Json comms = Json::parse(daemon.cli({"comms", "--json"}).out);
    for (const Json& comm : comms["comms"]) {
      if (comm["name"] == "nut-a2") return comm["link"];
    }
    return Json();
  };
  ASSERT_EQ(alternate()["connects"], 0) << alternate();
  a1.kill();
  EXPECT_TRUE(daemon.wait([&] { return alternate()["connects"] == 1; })) << daemon.log();
  EXPECT_EQ(alternate()["requests"], 0);
  EXPECT_EQ(daemon.device("UPS-A")["active"]["path"], 1);
}

TEST_F(FailoverProcess, APrimaryUpsdThatHangsIsLeftToo) {
  RealUpsd a1, a2, b1, b2;
  daemon.write_config(two_by_two(a1, a2, b1, b2, ""));
  ASSERT_TRUE(daemon.start()) << daemon.log();
  ASSERT_TRUE(daemon.wait([&] { return both_healthy(); })) << daemon.status().dump(1);
  a1.hang();
  ASSERT_TRUE(daemon.wait([&] { return daemon.device("UPS-A")["active"]["path"] == 2; }))
      << daemon.log();
  EXPECT_TRUE(stays([&] { return daemon.group("rack")["verdict"] == "protected"; }, 1s));
  EXPECT_TRUE(daemon.events("plan_committed").empty());
  EXPECT_EQ(daemon.device("UPS-B")["paths"][0]["failures"], 0) << "costs the others nothing";
}

TEST_F(FailoverProcess, OnBatteryAFailoverIsNotTheFailsafe) {
  RealUpsd a1, a2, b1, b2;
  daemon.write_config(two_by_two(a1, a2, b1, b2, ""));
  ASSERT_TRUE(daemon.start()) << daemon.log();
  ASSERT_TRUE(daemon.wait([&] { return both_healthy(); })) << daemon.status().dump(1);
  a1.set("ups1", "ups.status", "OB DISCHRG");
  a2.set("ups1", "ups.status", "OB DISCHRG");
  ASSERT_TRUE(daemon.wait([&] { return daemon.device("UPS-A")["on_battery_since"].is_string(); }));
  a1.kill();
  ASSERT_TRUE(daemon.wait([&] { return daemon.device("UPS-A")["active"]["path"] == 2; }))
      << daemon.log();
  EXPECT_TRUE(stays([&] { return daemon.device("UPS-A")["state"] == "DEGRADED"; }, 1s))
      << daemon.log();
}

TEST_F(FailoverProcess, ThePowerEventIsSeenOverTheAlternatePathsToo) {
  RealUpsd a1, a2, b1, b2;
  daemon.write_config(two_by_two(a1, a2, b1, b2, ""));
  ASSERT_TRUE(daemon.start()) << daemon.log();
  ASSERT_TRUE(daemon.wait([&] { return both_healthy(); })) << daemon.status().dump(1);
  a1.kill();
  b1.kill();
  ASSERT_TRUE(daemon.wait([&] {
    return daemon.device("UPS-A")["active"]["path"] == 2 &&
           daemon.device("UPS-B")["active"]["path"] == 2 && both_healthy();
  })) << daemon.log();
  a2.set("ups1", "ups.status", "OB DISCHRG LB");
  ASSERT_TRUE(daemon.wait([&] { return daemon.group("rack")["verdict"] == "redundancy_lost"; }))
      << daemon.log();
  EXPECT_TRUE(daemon.events("plan_committed").empty());
  b2.set("ups1", "ups.status", "OB DISCHRG LB");
  ASSERT_TRUE(daemon.wait([&] { return daemon.group("rack")["run"]["state"] == "done"; }))
      << daemon.log();
  EXPECT_EQ(daemon.events("plan_committed").size(), 1u);
}

// Both servers of UPS-A die while everything is on line; the group needs both UPSes.
TEST_F(FailoverProcess, BothUpsdsOfOneUpsGoneMeansQuorumLostUnderCritical) {
  RealUpsd a1, a2, b1, b2;
  daemon.write_config(
      two_by_two(a1, a2, b1, b2, "    min_healthy: 2\n    unknown_counts_as: critical\n"));
  ASSERT_TRUE(daemon.start()) << daemon.log();
  ASSERT_TRUE(daemon.wait([&] { return daemon.group("rack")["verdict"] == "redundancy_lost"; }));
  a1.kill();
  a2.kill();
  ASSERT_TRUE(daemon.wait([&] { return daemon.device("UPS-A")["state"] == "UNKNOWN"; }))
      << daemon.log();
  ASSERT_TRUE(daemon.wait([&] { return daemon.group("rack")["run"]["state"] == "done"; }))
      << daemon.log();
  EXPECT_EQ(daemon.group("rack")["verdict"], "quorum_lost");
  EXPECT_EQ(daemon.events("plan_committed").size(), 1u);
}

TEST_F(FailoverProcess, BothUpsdsOfOneUpsGoneMeansBlindUnderEvidence) {
  RealUpsd a1, a2, b1, b2;
  daemon.write_config(two_by_two(a1, a2, b1, b2,
                                 "    min_healthy: 2\n    unknown_counts_as: evidence\n"
                                 "    blind_shutdown_after: 1h\n"));
  ASSERT_TRUE(daemon.start()) << daemon.log();
  ASSERT_TRUE(daemon.wait([&] { return daemon.group("rack")["verdict"] == "redundancy_lost"; }));
  a1.kill();
  a2.kill();
  ASSERT_TRUE(daemon.wait([&] { return daemon.device("UPS-A")["state"] == "UNKNOWN"; }))
      << daemon.log();
  ASSERT_TRUE(daemon.wait([&] { return daemon.group("rack")["verdict"] == "blind"; }))
      << daemon.log();
  EXPECT_TRUE(stays([&] { return daemon.group("rack")["run"]["state"] == "armed"; }, 2s))
      << daemon.log();
  EXPECT_TRUE(daemon.events("plan_committed").empty());
  a2.start();
  ASSERT_TRUE(daemon.wait([&] { return daemon.group("rack")["verdict"] == "redundancy_lost"; }))
      << "seen again over the other path\n"
      << daemon.log();
}

// A user's own trigger on a status point: shown with its reason, and no trouble of the feed.
TEST_F(FailoverProcess, AConditionOnAStatusPointDegradesTheUpsWhosePrimaryIsDead) {
  RealUpsd a1, a2, b1, b2;
  daemon.write_config(two_by_two(a1, a2, b1, b2, "    degraded_counts_as: critical\n") +
                      "triggers:\n  conditions:\n"
                      "    - {name: wire, variable: comm.primary.failed_over, above: 0}\n");
  ASSERT_TRUE(daemon.start()) << daemon.log();
  ASSERT_TRUE(daemon.wait([&] { return both_healthy(); })) << daemon.status().dump(1);
  a1.kill();
  const std::string reason = "condition_degraded: wire: comm.primary.failed_over 1 is above 0";
  ASSERT_TRUE(daemon.wait([&] {
    return daemon.device("UPS-A")["reasons"] == Json::array({reason});
  })) << daemon.status().dump(1)
      << daemon.log();
  const Json ups = daemon.device("UPS-A");
  EXPECT_EQ(ups["state"], "DEGRADED");
  EXPECT_EQ(ups["active"]["path"], 2);
  EXPECT_EQ(ups["reason_details"][0],
            (Json{{"kind", "condition_degraded"},
                  {"value", 1.0},
                  {"limit", 0.0},
                  {"clears", "clears when the number has been back for its `for`"},
                  {"condition", "wire: comm.primary.failed_over"}}));
  EXPECT_EQ(daemon.device("UPS-B")["state"], "HEALTHY");
  EXPECT_EQ(daemon.group("rack")["verdict"], "protected");
}

}  // namespace
}  // namespace nightwatt::process

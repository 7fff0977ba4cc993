// What cannot be seen: both ways to a UPS gone, on line and on battery, and servers that misbehave.
#include <gtest/gtest.h>

#include "rack/rack.h"
#include "tests/process/protected_rack.h"

namespace nightwatt::process {
namespace {

TEST_F(ProtectedRack, UnseenOnLineCountsAsCriticalByEnerusDefault) {
  begin({.group = "    min_healthy: 2\n    unknown_counts_as: critical\n"});
  b->kill();
  ASSERT_TRUE(wait_until([&] { return state_of("UPS-B") == "UNKNOWN"; })) << told();
  ASSERT_TRUE(run_becomes("done")) << told();
  EXPECT_EQ(sshd->commands().size(), 1u) << "the user's policy says that blindness is enough";
}

TEST_F(ProtectedRack, UnseenOnLineShutsNothingDownUnderEvidence) {
  begin({.group = "    min_healthy: 2\n    unknown_counts_as: evidence\n"
                  "    blind_shutdown_after: 1h\n"});
  b->kill();
  ASSERT_TRUE(wait_until([&] { return state_of("UPS-B") == "UNKNOWN"; })) << told();
  ASSERT_TRUE(verdict_becomes("blind")) << told();
  EXPECT_TRUE(stays([&] { return sshd->commands().empty(); }, 1500ms)) << told();
  low(*a);  // evidence of a power event: now the unseen one counts as failed
  ASSERT_TRUE(run_becomes("done")) << told();
  EXPECT_EQ(sshd->commands().size(), 1u);
}

TEST_F(ProtectedRack, AllUnseenOnLineIsAnAlarmAndNothingElseUnderEvidence) {
  begin({.group = "    unknown_counts_as: evidence\n    blind_shutdown_after: 1h\n"});
  a->kill();
  b->hang();
  ASSERT_TRUE(verdict_becomes("blind")) << told();
  EXPECT_TRUE(stays([&] { return sshd->commands().empty() && run_state() == "armed"; }, 2s))
      << told();
  b->go_on();
  a->start();
  ASSERT_TRUE(verdict_becomes("protected")) << told();
  EXPECT_TRUE(sshd->commands().empty());
}

TEST_F(ProtectedRack, UnseenOnBatteryIsTheFailsafe) {
  begin({.group = "    unknown_counts_as: evidence\n    blind_shutdown_after: 1h\n",
         .triggers = "{failsafe_after: 1s}",
         .grace_s = 60});
  on_battery(*a);
  on_battery(*b);
  const auto seen_on_battery = [&](const char* ups) {
    return daemon.device(ups)["on_battery_since"].is_string();
  };
  ASSERT_TRUE(wait_until([&] { return seen_on_battery("UPS-A") && seen_on_battery("UPS-B"); }))
      << told();
  a->kill();
  b->kill();
  ASSERT_TRUE(wait_until([&] { return state_of("UPS-A") == "CRITICAL"; }, 30s)) << told();
  ASSERT_TRUE(run_becomes("done")) << told();
  EXPECT_EQ(sshd->commands().size(), 1u) << told();
}

TEST_F(ProtectedRack, ANewDaemonThatNeverReadAnybodyShutsNothingDown) {
  a->kill();
  b->kill();
  daemon.write_config(config({.group = "    unknown_counts_as: critical\n"}));
  ASSERT_TRUE(daemon.start()) << daemon.log();
  ASSERT_TRUE(wait_until([&] { return state_of("UPS-A") == "UNKNOWN"; })) << told();
  EXPECT_TRUE(stays([&] { return sshd->commands().empty() && verdict() == "blind"; }, 4s))
      << told();
}

TEST_F(ProtectedRack, AFeedThatIsOutOfSightAfterARestartIsNoTypingError) {
  begin({.group = "    unknown_counts_as: evidence\n    blind_shutdown_after: 1h\n", .grace_s = 1});
  // The journal learns within seconds which members were read; a clean stop writes what is queued.
  ASSERT_TRUE(stays([&] { return verdict() == "protected"; }, 2500ms)) << told();
  ASSERT_EQ(daemon.terminate(), 0) << daemon.log();
  a->kill();
  ASSERT_TRUE(daemon.start()) << daemon.log();
  low(*b);
  ASSERT_TRUE(wait_until([&] { return run_state() == "done"; }, 40s)) << told();
  EXPECT_EQ(sshd->commands().size(), 1u);
}

TEST_F(ProtectedRack, LiesFireNothing) {
  begin();
  for (const char* lie : {"nan", "-5", "1000000000", "", "12abc"}) {
    a->set("ups1", "battery.charge", lie);
    b->set("ups1", "battery.runtime", lie);
    a->set("ups1", "ups.status", "OB DISCHRG");
    b->set("ups1", "ups.status", "OB DISCHRG");
    EXPECT_TRUE(stays([&] { return verdict() == "protected"; }, 600ms)) << lie << told();
    on_line(*a);
    on_line(*b);
  }
  EXPECT_FALSE(daemon.events("reading_rejected").empty()) << told();
  EXPECT_TRUE(sshd->commands().empty());
}

// One UPS behind a rack server that misbehaves, the other behind a real upsd.
class Misbehaving : public ProtectedRack, public testing::WithParamInterface<rack::Fault> {};

TEST_P(Misbehaving, AFaultOfOneServerNeverHidesAndNeverShutsDown) {
  rack::RackThread bad;
  daemon.write_config(
      "comm_devices:\n  - {id: bad, driver: nut, host: 127.0.0.1, port: " +
      std::to_string(bad.port(rack::Feed::a, rack::Line::first)) +
      "}\n  - {id: good, driver: nut, host: 127.0.0.1, port: " + std::to_string(b->port()) +
      "}\nups:\n  - {name: UPS-A, check_interval: 0.2, connection_loss_grace_period: {duration: 1},"
      " paths: [{comm: bad, unit: ups1, message_timeout_ms: 300}]}\n"
      "  - {name: UPS-B, check_interval: 0.2, paths: [{comm: good, unit: ups1}]}\n"
      "redundancy_groups:\n  - name: rack\n    ups_sources: [UPS-A, UPS-B]\n"
      "    remote_servers:\n" +
      server("compute", "down"));
  ASSERT_TRUE(daemon.start()) << daemon.log();
  ASSERT_TRUE(verdict_becomes("protected")) << told();
  bad.with([](rack::Rack& rack) { rack.set_fault(rack::Feed::a, rack::Line::first, GetParam()); });
  ASSERT_TRUE(wait_until([&] { return state_of("UPS-A") == "UNKNOWN"; })) << told();
  EXPECT_EQ(state_of("UPS-B"), "HEALTHY") << "a bad server costs the others nothing";
  EXPECT_EQ(verdict(), "redundancy_lost");
  EXPECT_FALSE(daemon.device("UPS-A")["paths"][0]["last_error"].is_null());
  bad.with([](rack::Rack& rack) {
    rack.set_fault(rack::Feed::a, rack::Line::first, rack::Fault::none);
  });
  ASSERT_TRUE(verdict_becomes("protected")) << told();
  EXPECT_TRUE(sshd->commands().empty());
}

INSTANTIATE_TEST_SUITE_P(Servers, Misbehaving,
                         testing::Values(rack::Fault::flood, rack::Fault::half_line,
                                         rack::Fault::long_line, rack::Fault::garbage,
                                         rack::Fault::mute, rack::Fault::stale,
                                         rack::Fault::driver_gone, rack::Fault::cut_reply,
                                         rack::Fault::wrong_ups, rack::Fault::down),
                         [](const auto& tested) {
                           return std::string(rack::to_string(tested.param));
                         });

}  // namespace
}  // namespace nightwatt::process

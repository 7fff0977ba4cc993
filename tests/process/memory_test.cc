// What devices know of their paths survives the end of the daemon, a clean one and a sudden one.
#include <gtest/gtest.h>

#include <csignal>

#include "tests/peers/real_upsd.h"
#include "tests/process/daemon_process.h"

namespace nightwatt::process {
namespace {

using peers::RealUpsd;

class MemoryProcess : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto why = RealUpsd::missing(); !why.empty()) GTEST_SKIP() << why;
  }
  void write_config() {
    const auto comm = [](const char* id, const RealUpsd& upsd) {
      return "  - {id: " + std::string(id) +
             ", host: 127.0.0.1, port: " + std::to_string(upsd.port()) + "}\n";
    };
    daemon.write_config(
        "comm_devices:\n" + comm("nut-1", one) + comm("nut-2", two) +
        "ups:\n  - name: UPS-A\n    check_interval: 0.2\n    paths:\n"
        "      - {comm: nut-1, unit: ups1, message_timeout_ms: 500, initial_fail: 0s}\n"
        "      - {comm: nut-2, unit: ups1, message_timeout_ms: 500, retry_primary: 1h}\n");
  }
  bool on_path(int path) {
    const Json device = daemon.device("UPS-A");
    return device["state"] == "HEALTHY" && device["active"]["path"] == path;
  }
  // On its second path, with a first one that answers again and that it must not try for an hour.
  void fail_over() {
    write_config();
    ASSERT_TRUE(daemon.start()) << daemon.log();
    ASSERT_TRUE(daemon.wait([&] { return on_path(1); })) << daemon.log();
    one.kill();
    ASSERT_TRUE(daemon.wait([&] { return on_path(2); })) << daemon.log();
    one.start();
  }
  void expect_still_there() {
    ASSERT_TRUE(daemon.start()) << daemon.log();
    ASSERT_TRUE(daemon.wait([&] { return daemon.device("UPS-A")["state"] == "HEALTHY"; }));
    EXPECT_TRUE(stays([&] { return on_path(2); }, 2s)) << daemon.log();
    EXPECT_EQ(daemon.events("path_changed").size(), 1u) << "the one before the restart";
  }

  RealUpsd one, two;
  DaemonProcess daemon;
};

TEST_F(MemoryProcess, ARestartedDaemonPollsOverThePathThatItWasOn) {
  fail_over();
  EXPECT_EQ(daemon.terminate(), 0) << daemon.log();
  expect_still_there();
  EXPECT_EQ(daemon.terminate(), 0) << daemon.log();
}

TEST_F(MemoryProcess, WhyItIsThereIsKnownAndSaid) {
  fail_over();
  const Json before = daemon.device("UPS-A");
  EXPECT_EQ(daemon.terminate(), 0) << daemon.log();
  ASSERT_TRUE(daemon.start()) << daemon.log();
  ASSERT_TRUE(daemon.wait([&] { return daemon.device("UPS-A")["state"] == "HEALTHY"; }));
  const Json after = daemon.device("UPS-A");
  EXPECT_EQ(after["why"], before["why"]);
  EXPECT_EQ(after["move_cause"], "fail");
  EXPECT_EQ(after["paths"][0]["failovers"], 1);
  const Finished why = daemon.cli({"devices", "--why", "UPS-A"});
  EXPECT_NE(why.out.find("moved from path 1 to path 2 (fail)"), std::string::npos) << why.out;
  EXPECT_TRUE(daemon.logged("UPS-A goes on where it was, on its first failover path (nut-2)"))
      << daemon.log();
}

TEST_F(MemoryProcess, WhenEachPathAnsweredLastIsKnownAfterACrash) {
  write_config();
  ASSERT_TRUE(daemon.start()) << daemon.log();
  ASSERT_TRUE(daemon.wait([&] { return on_path(1); })) << daemon.log();
  // Written within some seconds of the first answer. There is no other sign of it.
  EXPECT_TRUE(stays([&] { return on_path(1); }, 8s));
  daemon.kill(SIGKILL);
  EXPECT_EQ(daemon.wait_exit(), 128 + SIGKILL);
  one.kill();
  two.kill();
  ASSERT_TRUE(daemon.start()) << daemon.log();
  EXPECT_TRUE(daemon.device("UPS-A")["paths"][0]["last_ok_at"].is_string())
      << daemon.device("UPS-A");
}

TEST_F(MemoryProcess, ACommDeviceTakenOutByHandStaysOut) {
  write_config();
  ASSERT_TRUE(daemon.start()) << daemon.log();
  ASSERT_TRUE(daemon.wait([&] { return on_path(1); })) << daemon.log();
  EXPECT_EQ(daemon.cli({"comm", "nut-1", "out-of-service"}).code, 0);
  ASSERT_TRUE(daemon.wait([&] { return on_path(2); })) << daemon.log();
  const auto taken = daemon.events("comm_state");
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_NE(taken[0]["details"]["who"].get<std::string>().find("over the socket"),
            std::string::npos);
  EXPECT_TRUE(stays([&] { return on_path(2); }, 3s));  // the move is written within two seconds
  daemon.kill(SIGKILL);
  EXPECT_EQ(daemon.wait_exit(), 128 + SIGKILL);
  ASSERT_TRUE(daemon.start()) << daemon.log();
  ASSERT_TRUE(daemon.wait([&] { return on_path(2); })) << daemon.log();
  EXPECT_TRUE(daemon.logged("Comm device nut-1 stays out of service: ")) << daemon.log();
  const Finished comms = daemon.cli({"comms"});
  EXPECT_NE(comms.out.find("taken out of use by "), std::string::npos) << comms.out;
  EXPECT_EQ(daemon.cli({"comm", "nut-1", "enable"}).code, 0);
  EXPECT_EQ(daemon.terminate(), 0) << daemon.log();
  ASSERT_TRUE(daemon.start()) << daemon.log();
  EXPECT_EQ(daemon.cli({"comms"}).out.find("taken out"), std::string::npos);
}

TEST_F(MemoryProcess, SoDoesOneThatWasKilled) {
  fail_over();
  // The move is written within two seconds. There is no other sign of it than the next start.
  EXPECT_TRUE(stays([&] { return on_path(2); }, 3s));
  daemon.kill(SIGKILL);
  EXPECT_EQ(daemon.wait_exit(), 128 + SIGKILL);
  expect_still_there();
}

}  // namespace
}  // namespace nightwatt::process

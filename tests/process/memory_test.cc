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

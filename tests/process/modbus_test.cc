// One UPS over Modbus TCP and, as failover path, over a serial line: the daemon against libmodbus.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <optional>

#include "tests/peers/free_port.h"
#include "tests/peers/real_modbus.h"
#include "tests/peers/socat.h"
#include "tests/process/daemon_process.h"

namespace nightwatt::process {
namespace {

using peers::RealModbus;
using peers::Socat;

class ModbusProcess : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto why = Socat::missing(); !why.empty()) GTEST_SKIP() << why;
    line.emplace(Socat::line(ours, theirs), std::vector<std::string>{ours, theirs});
    tcp.emplace(port);
    tcp->set_ups(80);
    serial.emplace(theirs, 7);
    serial->set_ups(60);
    daemon.write_config(fmt::format(
        R"yaml(behavior: {{dry_run: true}}
comm_devices:
  - {{id: card, driver: modbus, host: 127.0.0.1, port: {}, profile: simulated-ups-modbus}}
  - {{id: line, driver: modbus, serial: {}, profile: simulated-ups-modbus}}
ups:
  - name: UPS-A
    check_interval: 0.2
    paths:
      - {{comm: card, unit: 1, message_timeout_ms: 500, initial_fail: 0s}}
      - {{comm: line, unit: 7, message_timeout_ms: 500, initial_fail: 0s, retry_primary: 1s}}
)yaml",
        port, ours));
    ASSERT_TRUE(daemon.start()) << daemon.log();
    ASSERT_TRUE(reads(1, 80)) << daemon.log();
  }
  bool reads(int path, double charge) {
    return daemon.wait([&] {
      const Json device = daemon.device("UPS-A");
      return device.is_object() && device["active"]["path"] == path &&
             device["reading"].is_object() &&
             device["reading"].value("battery.charge", -1.0) == charge;
    });
  }

  std::uint16_t port = peers::free_port();
  DaemonProcess daemon;
  std::string ours = daemon.file("ours");
  std::string theirs = daemon.file("theirs");
  std::optional<Socat> line{};
  std::optional<RealModbus> tcp{};
  std::optional<RealModbus> serial{};
};

TEST_F(ModbusProcess, MovesToTheSerialLineAndBack) {
  EXPECT_EQ(daemon.device("UPS-A")["state"], "HEALTHY");
  tcp.reset();
  ASSERT_TRUE(reads(2, 60)) << daemon.log();
  EXPECT_EQ(daemon.device("UPS-A")["active"]["comm"], "line");
  tcp.emplace(port);
  tcp->set_ups(81);
  EXPECT_TRUE(reads(1, 81)) << daemon.log();
  EXPECT_EQ(daemon.terminate(), 0) << daemon.log();
}

TEST_F(ModbusProcess, SurvivesALineThatGoesAndReturns) {
  tcp.reset();
  ASSERT_TRUE(reads(2, 60)) << daemon.log();
  serial.reset();
  line->kill();
  ASSERT_TRUE(daemon.wait([&] {
    return daemon.logged("the port has gone") || daemon.logged("no such port");
  })) << daemon.log();
  line->start();
  serial.emplace(theirs, 7);
  serial->set_ups(61);
  EXPECT_TRUE(reads(2, 61)) << daemon.log();
  EXPECT_EQ(daemon.terminate(), 0) << daemon.log();
}

}  // namespace
}  // namespace nightwatt::process

// Answers that come after their time-out, on connections that several UPSes share. Whatever is
// dropped, doubted or asked again: no UPS ever shows another one's values.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/peers/free_port.h"
#include "tests/peers/real_modbus.h"
#include "tests/peers/real_upsd.h"
#include "tests/peers/tcp_fault_proxy.h"
#include "tests/process/network_story.h"

namespace nightwatt::process {
namespace {

using peers::RealModbus;
using peers::RealUpsd;
using peers::TcpFaultProxy;

class LateReplies : public NetworkStory {
 protected:
  LateReplies() {
    charges = {{"UPS-A", 41}, {"UPS-B", 62}, {"UPS-C", 83}};
    more_of_ups =
        "    check_interval: 0.2\n    connection_loss_grace_period: {duration: 60}\n"
        "    probe_interval: 1s\n";
  }
  // UPS-A, -B and -C with these units on the comm device `line`.
  void configure_three(const std::string& comm, const std::vector<std::string>& units) {
    std::map<std::string, std::string> paths;
    for (std::size_t i = 0; i < units.size(); ++i) {
      paths[std::string("UPS-") + static_cast<char>('A' + i)] =
          "      - {comm: line, unit: " + units[i] +
          ", message_timeout_ms: 200, initial_fail: 1h}\n";
    }
    configure(comm, paths);
  }
  std::uint64_t all_failures() const {
    return failures("UPS-A", 1) + failures("UPS-B", 1) + failures("UPS-C", 1);
  }
  // Latency a bit below, a bit above and far above the time-out, with good moments between them, so
  // that late answers meet questions of every device.
  void disturb(TcpFaultProxy& proxy) {
    for (const auto latency : {150ms, 230ms, 330ms, 270ms}) {
      const auto before = all_failures();
      proxy.set({.to_client = latency});
      ASSERT_TRUE(latency < 200ms ? watch_for(400ms) : watch([&] {
        return all_failures() >= before + 3;
      })) << told();
      proxy.heal();
      ASSERT_TRUE(watch_for(300ms)) << told();
    }
    proxy.set({.stall_to_client = true});
    const auto before = all_failures();
    ASSERT_TRUE(watch([&] { return all_failures() >= before + 3; })) << told();
    proxy.heal();  // all of them at once
  }
  void expect_all_read_again() {
    for (const char* ups : {"UPS-A", "UPS-B", "UPS-C"}) {
      EXPECT_TRUE(answers_in_a_row(ups, 3)) << told();
    }
    expect_no_harm();
  }
};

TEST_F(LateReplies, OfANutServer) {
  if (const auto why = RealUpsd::missing(); !why.empty()) GTEST_SKIP() << why;
  RealUpsd upsd({.upses = {"ups1", "ups2", "ups3"}});
  TcpFaultProxy proxy(upsd.port());
  for (const auto& [ups, charge] : {std::pair{"ups1", "41"}, {"ups2", "62"}, {"ups3", "83"}}) {
    upsd.set(ups, "battery.charge", charge);
    upsd.set(ups, "ups.status", "OL");
  }
  configure_three(fmt::format("  - {{id: line, host: 127.0.0.1, port: {}}}\n", proxy.port()),
                  {"ups1", "ups2", "ups3"});
  begin();
  disturb(proxy);
  expect_all_read_again();
}

TEST_F(LateReplies, OfAModbusGateway) {
  const std::uint16_t port = peers::free_port();
  RealModbus gateway(port);
  TcpFaultProxy proxy(port);
  const std::uint16_t all[] = {41, 62, 83};
  for (std::uint8_t unit = 1; unit <= 3; ++unit) {
    gateway.add_unit(unit);
    gateway.set_ups(all[unit - 1], unit);
  }
  configure_three(fmt::format("  - {{id: line, driver: modbus, host: 127.0.0.1, port: {},"
                              " profile: simulated-ups-modbus}}\n",
                              proxy.port()),
                  {"1", "2", "3"});
  begin();
  disturb(proxy);
  expect_all_read_again();
}

}  // namespace
}  // namespace nightwatt::process

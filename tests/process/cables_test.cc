// Cables that are pulled, and a firewall that drops everything without a word, in network
// namespaces of the test's own: the daemon in one, real servers in the other. UPS-A is read by NUT
// over cable 1 and cable 2, UPS-B by SNMP over cable 1 and by Modbus over cable 2.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/peers/cables.h"
#include "tests/peers/free_port.h"
#include "tests/peers/real_modbus.h"
#include "tests/peers/real_snmpd.h"
#include "tests/peers/real_upsd.h"
#include "tests/process/network_story.h"

namespace nightwatt::process {
namespace {

using peers::Cables;
using peers::RealModbus;
using peers::RealSnmpd;
using peers::RealUpsd;

class PulledCables : public NetworkStory {
 protected:
  void SetUp() override {
    for (const std::string& why : {Cables::missing(), RealUpsd::missing(), RealSnmpd::missing()}) {
      if (!why.empty()) GTEST_SKIP() << why;
    }
    cables.emplace();
    cables->stand_at(Cables::End::servers);
    start_servers();
    configure(fmt::format("  - {{id: nut-1, host: {}, port: {}}}\n"
                          "  - {{id: nut-2, host: {}, port: {}}}\n"
                          "  - {{id: card, driver: snmp, host: {}, port: {}, community: public,"
                          " profile: rfc1628}}\n"
                          "  - {{id: plc, driver: modbus, host: {}, port: {},"
                          " profile: simulated-ups-modbus}}\n",
                          Cables::server(1), upsd->port(), Cables::server(2), upsd->port(),
                          Cables::server(1), snmpd->port(), Cables::server(2), modbus_port),
              {{"UPS-A", two_paths("nut-1, unit: ups1", "nut-2, unit: ups1")},
               {"UPS-B", two_paths("card", "plc, unit: 1")}});
    // What the daemon starts from is where this thread stands.
    cables->stand_at(Cables::End::daemon);
    begin();
  }
  void start_servers() {
    upsd.emplace(RealUpsd::Settings{.listen_also = {Cables::server(1), Cables::server(2)}});
    upsd->set("ups1", "battery.charge", "41");
    upsd->set("ups1", "ups.status", "OL");
    RealSnmpd::Settings card{.listen_also = Cables::server(1)};
    for (auto& object : card.objects) {
      if (object.oid == "1.3.6.1.2.1.33.1.2.4.0") object.value = "62";
    }
    snmpd.emplace(card);
    modbus_port = peers::free_port();
    modbus.emplace(modbus_port, Cables::server(2));
    modbus->set_ups(62);
    charges = {{"UPS-A", 41}, {"UPS-B", 62}};
  }
  static std::string two_paths(const std::string& first, const std::string& second) {
    const std::string timers = ", message_timeout_ms: 300, initial_fail: 500ms";
    return "      - {comm: " + first + timers + "}\n      - {comm: " + second + timers +
           ", retry_primary: 1s}\n";
  }
  bool both_on(int rank) {
    return watch([&] { return active_path("UPS-A") == rank && active_path("UPS-B") == rank; }, 30s);
  }
  void expect_on_the_other_cable() {
    ASSERT_TRUE(both_on(2)) << told();
    EXPECT_TRUE(watch_for(1s)) << told();
    for (const char* ups : {"UPS-A", "UPS-B"}) {
      EXPECT_GE(failures(ups, 1), 1u) << ups;
      EXPECT_NE(last_error(ups, 1), "") << ups;
    }
  }

  std::optional<Cables> cables{};  // first: it is taken away last
  std::optional<RealUpsd> upsd{};
  std::optional<RealSnmpd> snmpd{};
  std::uint16_t modbus_port = 0;
  std::optional<RealModbus> modbus{};
};

TEST_F(PulledCables, APulledCableIsLeftForTheOtherAndUsedAgainWhenItIsBack) {
  cables->pull(1);
  expect_on_the_other_cable();
  cables->plug(1);
  ASSERT_TRUE(both_on(1)) << told();
  for (const char* ups : {"UPS-A", "UPS-B"}) EXPECT_EQ(moves(ups), 2u) << ups << told();
  expect_no_harm();
}

TEST_F(PulledCables, AFirewallThatDropsWithoutAWordIsLeftToo) {
  cables->drop(1);
  expect_on_the_other_cable();
  cables->pass(1);
  ASSERT_TRUE(both_on(1)) << told();
  for (const char* ups : {"UPS-A", "UPS-B"}) EXPECT_EQ(moves(ups), 2u) << ups << told();
  expect_no_harm();
}

// Shorter than the grace period, and nowhere to go: polls fail, and nobody is told to worry.
TEST_F(PulledCables, BothCablesGoneForAMomentIsNoHarm) {
  cables->pull(1);
  cables->drop(2);
  ASSERT_TRUE(watch([&] {
    return failures("UPS-A", 1) + failures("UPS-A", 2) >= 3 &&
           failures("UPS-B", 1) + failures("UPS-B", 2) >= 3;
  })) << told();
  cables->plug(1);
  cables->pass(2);
  const auto read_now = [&](const char* ups) {
    const Json age = device(ups)["reading_age_s"];
    return age.is_number() && age.get<double>() < 0.5;
  };
  EXPECT_TRUE(watch([&] { return read_now("UPS-A") && read_now("UPS-B"); }, 30s)) << told();
  expect_no_harm();
}

}  // namespace
}  // namespace nightwatt::process

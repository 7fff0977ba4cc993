// SNMP over a network that loses, doubles, delays and spoils datagrams: the real daemon and real
// snmpds, with a fault proxy before each primary.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/peers/real_snmpd.h"
#include "tests/peers/real_upsd.h"
#include "tests/peers/udp_fault_proxy.h"
#include "tests/process/network_story.h"

namespace nightwatt::process {
namespace {

using peers::RealSnmpd;
using peers::RealUpsd;
using peers::UdpFaultProxy;

RealSnmpd::Settings with_charge(const std::string& charge) {
  RealSnmpd::Settings out;
  for (RealSnmpd::Object& object : out.objects) {
    if (object.oid == "1.3.6.1.2.1.33.1.2.4.0") object.value = charge;
  }
  return out;
}

class DatagramStory : public NetworkStory {
 protected:
  void SetUp() override {
    for (const std::string& why : {RealSnmpd::missing(), RealUpsd::missing()}) {
      if (!why.empty()) GTEST_SKIP() << why;
    }
    for (std::size_t i = 0; i < 2; ++i) {
      agents[i].emplace(with_charge(i == 0 ? "41" : "62"));
      proxies[i].emplace(agents[i]->port(), 7 + i);
      servers[i].emplace();
      servers[i]->set("ups1", "battery.charge", i == 0 ? "41" : "62");
      servers[i]->set("ups1", "ups.status", "OL");
    }
    charges = {{"UPS-A", 41}, {"UPS-B", 62}};
  }
  // UPS-A over v2c and UPS-B over v3, with NUT behind each.
  void write_config(const std::string& timers) {
    configure(
        fmt::format("  - {{id: snmp-a, driver: snmp, host: 127.0.0.1, port: {},"
                    " community: public, profile: rfc1628}}\n"
                    "  - {{id: snmp-b, driver: snmp, host: 127.0.0.1, port: {}, version: v3,"
                    " user: both, auth: sha256, auth_password: authpass123,"
                    " privacy: aes128, privacy_password: privpass123, profile: rfc1628}}\n"
                    "  - {{id: nut-a, host: 127.0.0.1, port: {}}}\n"
                    "  - {{id: nut-b, host: 127.0.0.1, port: {}}}\n",
                    proxies[0]->port(), proxies[1]->port(), servers[0]->port(), servers[1]->port()),
        {{"UPS-A", "      - {comm: snmp-a, " + timers +
                       "}\n      - {comm: nut-a, unit: ups1, retry_primary: 1s}\n"},
         {"UPS-B", "      - {comm: snmp-b, " + timers +
                       "}\n      - {comm: nut-b, unit: ups1, retry_primary: 1s}\n"}});
  }
  bool polled(std::uint64_t times) {
    const auto a = attempts("UPS-A", 1);
    const auto b = attempts("UPS-B", 1);
    return watch([&, a, b] {
      return attempts("UPS-A", 1) >= a + times && attempts("UPS-B", 1) >= b + times;
    });
  }

  std::optional<RealSnmpd> agents[2];
  std::optional<UdpFaultProxy> proxies[2];
  std::optional<RealUpsd> servers[2];
};

TEST_F(DatagramStory, ThirtyPercentLossIsNoFlapAndNobodyIsUnseen) {
  write_config("message_timeout_ms: 100, poll_attempts: 4, initial_fail: 10s");
  begin();
  // Half of all exchanges fail.
  for (auto& proxy : proxies) proxy->set({.loss_to_server = 0.3, .loss_to_client = 0.3});
  ASSERT_TRUE(polled(40)) << told();
  for (const char* ups : {"UPS-A", "UPS-B"}) {
    EXPECT_GE(failures(ups, 1), 8u) << "the loss was there";
    EXPECT_GT(path(ups, 1)["loss_percent"].get<double>(), 10);
    EXPECT_EQ(active_path(ups), 1) << ups;
    EXPECT_EQ(moves(ups), 0u) << ups << told();
  }
  expect_no_harm();
}

// With timers that leave at the first lost poll a path that loses half is left; a probe that gets
// through brings the device back, and each return makes the next one later.
TEST_F(DatagramStory, HastyTimersMoveAndTheHoldDownBoundsIt) {
  write_config("message_timeout_ms: 100, poll_attempts: 1, initial_fail: 0s");
  begin();
  const auto began = std::chrono::steady_clock::now();
  for (auto& proxy : proxies) proxy->set({.loss_to_server = 0.3, .loss_to_client = 0.3});
  ASSERT_TRUE(watch([&] { return moves("UPS-A") > 0 && moves("UPS-B") > 0; })) << told();
  EXPECT_TRUE(watch_for(5s)) << told();
  // There and back takes a probe, and those are five seconds apart.
  const auto rounds = (std::chrono::steady_clock::now() - began) / 5s + 1;
  for (const char* ups : {"UPS-A", "UPS-B"}) {
    EXPECT_LE(moves(ups), 2 * static_cast<std::size_t>(rounds) + 2) << ups << told();
  }
  expect_no_harm();
}

TEST_F(DatagramStory, DoubledLateAndDisorderedRepliesAreNeverTakenForAnother) {
  write_config("message_timeout_ms: 200, poll_attempts: 2, initial_fail: 30s");
  begin();
  for (auto& proxy : proxies) proxy->set({.twice = 0.5, .late = 0.3, .late_by = 350ms});
  ASSERT_TRUE(polled(20)) << told();
  for (auto& proxy : proxies) {
    EXPECT_GT(proxy->counts().late, 2);
    EXPECT_GT(proxy->counts().twice, 2);
  }
  for (const char* ups : {"UPS-A", "UPS-B"}) {
    EXPECT_GT(failures(ups, 1), 0u) << ups;
    EXPECT_EQ(moves(ups), 0u) << ups << told();
  }
  // What is read at last is what the agent says now.
  for (auto& proxy : proxies) proxy->heal();
  EXPECT_TRUE(answers_in_a_row("UPS-A", 3) && answers_in_a_row("UPS-B", 3)) << told();
  expect_no_harm();
}

// v3 sees damage by its digest; for v2c nothing but UDP's check sum would, which the proxy renews,
// so there replies are cut, which no BER survives.
TEST_F(DatagramStory, SpoiltRepliesAreNoReadings) {
  write_config("message_timeout_ms: 200, poll_attempts: 3, initial_fail: 30s");
  begin();
  proxies[0]->set({.cut_at = 40});
  proxies[1]->set({.corrupt = 0.5});
  const auto cut = failures("UPS-A", 1);
  const auto spoilt = failures("UPS-B", 1);
  ASSERT_TRUE(watch([&] {
    return failures("UPS-A", 1) >= cut + 2 && failures("UPS-B", 1) >= spoilt + 2;
  })) << told();
  EXPECT_NE(last_error("UPS-A", 1).find("no SNMP message"), std::string::npos)
      << last_error("UPS-A", 1);
  EXPECT_NE(last_error("UPS-B", 1), "");
  for (auto& proxy : proxies) proxy->heal();
  ASSERT_TRUE(polled(3)) << told();
  for (const char* ups : {"UPS-A", "UPS-B"}) EXPECT_EQ(moves(ups), 0u) << ups << told();
  expect_no_harm();
}

TEST_F(DatagramStory, AMuteOrClosedPortIsLeftAndTakenBack) {
  write_config("message_timeout_ms: 200, poll_attempts: 1, initial_fail: 500ms");
  begin();
  proxies[0]->set({.mute = true});
  proxies[1]->refuse(true);
  ASSERT_TRUE(watch([&] { return active_path("UPS-A") == 2 && active_path("UPS-B") == 2; }))
      << told();
  EXPECT_NE(last_error("UPS-A", 1).find("no answer"), std::string::npos);
  EXPECT_TRUE(watch([&] { return last_error("UPS-B", 1).find("refused") != std::string::npos; }))
      << last_error("UPS-B", 1);
  proxies[0]->heal();
  proxies[1]->refuse(false);
  EXPECT_TRUE(watch([&] { return active_path("UPS-A") == 1 && active_path("UPS-B") == 1; }, 30s))
      << told();
  expect_no_harm();
}

}  // namespace
}  // namespace nightwatt::process

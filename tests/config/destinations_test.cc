#include <gtest/gtest.h>

#include "tests/config/support.h"

// `destinations:`: settings of an address and port, or of a serial port, and what beats what.
namespace nightwatt::config::test {
namespace {

using namespace std::chrono_literals;

TEST(Destinations, APathBeatsItsDestinationBeatsItsCommDeviceBeatsTheBuiltIn) {
  const Config config = good(
      "comm_devices:\n"
      "  - {id: a, host: Router, message_timeout_ms: 2000, poll_attempts: 2, initial_fail: 20s}\n"
      "destinations:\n"
      "  - {host: router, port: 3493, message_timeout_ms: 3000, poll_attempts: 3}\n"
      "ups:\n"
      "  - name: U\n"
      "    paths:\n"
      "      - {comm: a, unit: u, message_timeout_ms: 4000}\n"
      "      - {comm: a, unit: v}\n"
      "  - name: short@router\n");
  const core::PathRule& own = device(config, "U").paths[0];
  EXPECT_EQ(own.message_timeout, 4000ms) << "of the path";
  EXPECT_EQ(own.poll_attempts, 3) << "of the destination";
  EXPECT_EQ(own.initial_fail, 20s) << "of the comm device";
  EXPECT_EQ(own.subsequent_fail, 10s) << "built in";
  EXPECT_EQ(device(config, "U").paths[1].message_timeout, 3000ms);
  EXPECT_EQ(device(config, "short@router").paths[0].message_timeout, 3000ms);
}

TEST(Destinations, EverySettingOfAPathMayStandThere) {
  const Config config = good(
      "comm_devices: [{id: line, driver: modbus, serial: /dev/ttyUSB0, profile: apc-modbus}]\n"
      "destinations:\n"
      "  - {serial: /dev/ttyUSB0, message_timeout_ms: 300, message_delay_ms: 20,\n"
      "     poll_attempts: 3, initial_fail: 5s, subsequent_fail: 2s, retry_primary: 1m,\n"
      "     metered: true}\n"
      "devices: [{name: D, paths: [{comm: line, unit: 1}]}]\n");
  const core::PathRule& path = device(config, "D").paths[0];
  EXPECT_EQ(path.message_timeout, 300ms);
  EXPECT_EQ(path.message_delay, 20ms);
  EXPECT_EQ(path.poll_attempts, 3);
  EXPECT_EQ(path.initial_fail, 5s);
  EXPECT_EQ(path.subsequent_fail, 2s);
  EXPECT_EQ(path.retry_primary, 1min);
  EXPECT_TRUE(path.metered);
}

TEST(Destinations, AllCommDevicesOnAnAddressShareItsSettings) {
  const Config config = good(
      "comm_devices:\n"
      "  - {id: b1, host: broker}\n"
      "  - {id: b2, host: Broker}\n"
      "destinations: [{host: broker, port: 3493, message_timeout_ms: 70}]\n"
      "devices:\n"
      "  - {name: D, paths: [{comm: b1, unit: d}, {comm: b2, unit: d}]}\n");
  EXPECT_EQ(device(config, "D").paths[0].message_timeout, 70ms);
  EXPECT_EQ(device(config, "D").paths[1].message_timeout, 70ms);
}

TEST(Destinations, ItMayBeThatOfAnImplicitCommDevice) {
  const Config config = good(
      "ups: [{name: 'u@[FE80::1]'}]\n"
      "destinations: [{host: 'fe80::1', port: 3493, poll_attempts: 4}]\n");
  EXPECT_EQ(device(config, "u@[FE80::1]").paths[0].poll_attempts, 4);
}

TEST(Destinations, OneThatNoCommDeviceHas) {
  const auto told = [](std::string_view list) {
    return problems(
        "comm_devices:\n"
        "  - {id: a, host: 10.0.0.10}\n"
        "  - {id: l, driver: modbus, serial: /dev/ttyUSB0, profile: apc-modbus}\n"
        "ups: [{name: U, paths: [{comm: a, unit: u}]}]\n"
        "destinations:\n" +
        std::string(list));
  };
  EXPECT_EQ(told("  - {host: 10.0.0.10, port: 3494}\n"),
            "site.yaml:6:5: error: no comm device has the destination '10.0.0.10:3494'\n"
            "      - {host: 10.0.0.10, port: 3494}\n"
            "        ^\n"
            "    hint: did you mean '10.0.0.10:3493'?\n");
  EXPECT_EQ(told("  - {serial: /dev/ttyUSB1}\n"),
            "site.yaml:6:5: error: no comm device has the destination '/dev/ttyUSB1'\n"
            "      - {serial: /dev/ttyUSB1}\n"
            "        ^\n"
            "    hint: did you mean '/dev/ttyUSB0'?\n");
  EXPECT_EQ(told("  - {host: elsewhere, port: 502}\n"),
            "site.yaml:6:5: error: no comm device has the destination 'elsewhere:502'\n"
            "      - {host: elsewhere, port: 502}\n"
            "        ^\n"
            "    hint: known here: /dev/ttyUSB0, 10.0.0.10:3493\n");
}

TEST(Destinations, TheSameOneTwice) {
  EXPECT_EQ(problems("ups: [{name: u@host}]\n"
                     "destinations:\n"
                     "  - {host: host, port: 3493, poll_attempts: 2}\n"
                     "  - {host: HOST, port: 3493, poll_attempts: 3}\n"),
            "site.yaml:4:5: error: destination 'host:3493' is written twice\n"
            "      - {host: HOST, port: 3493, poll_attempts: 3}\n"
            "        ^\n"
            "    hint: the first one is in line 3\n");
}

TEST(Destinations, WhatIsNoAddress) {
  const auto told = [](std::string_view entry) {
    return errors("ups: [{name: u@host}]\ndestinations: [" + std::string(entry) + "]\n");
  };
  EXPECT_EQ(told("{port: 3493}"), "destinations[1] has no 'host'\n");
  EXPECT_EQ(told("{host: host}"), "destinations[1] has no 'port'\n");
  EXPECT_EQ(told("{host: a b, port: 3493}"), "destinations[1].host is no host name or address\n");
  EXPECT_EQ(told("{host: host, port: 0}"),
            "destinations[1].port must be a whole number from 1 to 65535, got '0'\n");
  EXPECT_EQ(told("{serial: /dev/ttyS0, port: 5}"),
            "no comm device has the destination '/dev/ttyS0'\n"
            "destinations[1].port beside 'serial': a destination is one of the two\n");
  EXPECT_EQ(told("just text"), "destinations[1] must be a mapping, got 'just text'\n");
  EXPECT_EQ(told("{host: host, port: 3493, rise: 2}"),
            "unknown key 'rise' in destinations['host:3493']\n");
  EXPECT_EQ(told("{host: host, port: 3493, poll_attempts: 0}"),
            "destinations['host:3493'].poll_attempts must be a whole number from 1 to 100, got "
            "'0'\n");
}

TEST(Destinations, ACommDeviceWithoutAnAddressIsToldOnce) {
  EXPECT_EQ(errors("comm_devices: [{id: a}]\n"
                   "destinations: [{host: host, port: 3493}]\n"
                   "ups: [{name: U, paths: [{comm: a, unit: u}]}]\n"),
            "comm_devices['a'] has no 'host'\n");
}

TEST(Destinations, TheSummarySaysWhereAValueCameFrom) {
  const Config config = good(
      "comm_devices:\n"
      "  - {id: a, host: h, message_timeout_ms: 2000, initial_fail: 20s}\n"
      "  - {id: b, host: i}\n"
      "destinations:\n"
      "  - {host: i, port: 3493, message_delay_ms: 20, metered: true, retry_primary: 60s}\n"
      "ups:\n"
      "  - name: first\n"
      "    paths: [{comm: b, unit: x, initial_fail: 30s}, {comm: a, unit: x}]\n"
      "  - name: second\n"
      "    paths: [{comm: a, unit: u, poll_attempts: 3}, {comm: b, unit: u}]\n");
  const std::string text = summary(config);
  const auto from = text.find("  1. first");
  const auto to = text.find("\nHow guarded");
  EXPECT_EQ(text.substr(from, to - from),
            "  1. first: UPS every 1 s\n"
            "     Failover: guarded, automatic, try in order, failback on failure yes, rise\n"
            "       2, probes every 60 s\n"
            "     primary: b unit x: timeout 1 s x 1, delay 20 ms (destination), initial fail\n"
            "       30 s (path), subsequent fail 10 s, metered (destination)\n"
            "     first failover: a unit x: timeout 2 s (comm device) x 1, initial fail 20 s\n"
            "       (comm device), retry primary 5 min\n"
            "  2. second: UPS every 1 s\n"
            "     Failover: guarded, automatic, try in order, failback on failure yes, rise\n"
            "       2, probes every 60 s\n"
            "     primary: a unit u: timeout 2 s (comm device) x 3 (path), initial fail 20 s\n"
            "       (comm device), subsequent fail 10 s\n"
            "     first failover: b unit u: timeout 1 s x 1, delay 20 ms (destination),\n"
            "       initial fail 30 s, retry primary 60 s (destination), metered\n"
            "       (destination)\n");
}

}  // namespace
}  // namespace nightwatt::config::test

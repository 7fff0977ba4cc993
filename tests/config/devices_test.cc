#include <gtest/gtest.h>

#include "tests/config/support.h"

// Comm devices, the devices behind them, and their paths.
namespace nightwatt::config::test {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view two_comms =
    "comm_devices:\n"
    "  - {id: nut-a1, driver: nut, host: 127.0.0.1, port: 3493}\n"
    "  - {id: nut-a2, driver: nut, host: 10.1.0.10}\n";

std::string with_ups(std::string_view body) {
  return std::string(two_comms) + "ups:\n" + std::string(body);
}

TEST(Paths, TheExampleOfTheInterface) {
  World world;
  world.files["/etc/nightwatt/nut-a1.pw"] = {"geheim\n", 0640};
  const Config config = good(
      "comm_devices:\n"
      "  - {id: nut-a1, driver: nut, host: 127.0.0.1, port: 3493, username: mon, password_file: "
      "/etc/nightwatt/nut-a1.pw}\n"
      "  - {id: nut-a2, driver: nut, host: 10.1.0.10}\n"
      "ups:\n"
      "  - name: \"UPS-A\"\n"
      "    check_interval: 1\n"
      "    auto_failover: true\n"
      "    failover_mode: guarded\n"
      "    paths:\n"
      "      - {comm: nut-a1, unit: ups1, message_timeout_ms: 1000, poll_attempts: 1, "
      "initial_fail: 0s, "
      "subsequent_fail: 10s}\n"
      "      - {comm: nut-a2, unit: ups1, retry_primary: 300s}\n",
      world);
  ASSERT_EQ(config.endpoints.size(), 2u);
  EXPECT_EQ(config.endpoints[0].username, "mon");
  EXPECT_EQ(config.endpoints[0].password, "geheim");
  EXPECT_EQ(config.endpoints[1].host, "10.1.0.10");
  EXPECT_EQ(config.endpoints[1].port, 3493);
  EXPECT_TRUE(config.site.comms[0].shared_fate);
  const core::DeviceRule& ups = device(config, "UPS-A");
  EXPECT_TRUE(ups.auto_failover);
  EXPECT_EQ(ups.mode, FailoverMode::guarded);
  EXPECT_TRUE(ups.failback_on_failure);
  ASSERT_EQ(ups.paths.size(), 2u);
  EXPECT_EQ(ups.paths[0].comm, CommId{0});
  EXPECT_EQ(ups.paths[0].unit, "ups1");
  EXPECT_EQ(ups.paths[0].initial_fail, 0ms);
  EXPECT_EQ(ups.paths[0].subsequent_fail, 10s);
  EXPECT_EQ(ups.paths[1].comm, CommId{1});
  EXPECT_EQ(ups.paths[1].initial_fail, 30s);
  EXPECT_EQ(ups.paths[1].retry_primary, 300s);
}

TEST(Paths, DefaultsAreThoseOfTheConformanceVectors) {
  const Config config = good(with_ups("  - name: U\n    paths: [{comm: nut-a1, unit: u}]\n"));
  const core::PathRule& path = device(config, "U").paths[0];
  EXPECT_EQ(path.message_timeout, 1000ms);
  EXPECT_EQ(path.message_delay, 0ms);
  EXPECT_EQ(path.poll_attempts, 1);
  EXPECT_EQ(path.initial_fail, 30s);
  EXPECT_EQ(path.subsequent_fail, 10s);
  EXPECT_EQ(path.retry_primary, 300s);
  EXPECT_TRUE(path.available);
}

TEST(Paths, APathsOwnSettingBeatsItsCommDevicesBeatsTheBuiltIn) {
  const Config config = good(
      "comm_devices:\n"
      "  - {id: slow, host: h1, message_timeout_ms: 5000, poll_attempts: 3, initial_fail: 1m}\n"
      "ups:\n"
      "  - name: U\n"
      "    paths:\n"
      "      - {comm: slow, unit: a, poll_attempts: 2}\n"
      "  - name: short@h1\n");
  const core::PathRule& path = device(config, "U").paths[0];
  EXPECT_EQ(path.message_timeout, 5s);
  EXPECT_EQ(path.poll_attempts, 2);
  EXPECT_EQ(path.initial_fail, 60s);
  EXPECT_EQ(path.subsequent_fail, 10s);
  // The short form finds the declared comm device of its upsd, and so shares its settings.
  EXPECT_EQ(device(config, "short@h1").paths[0].comm, CommId{0});
  EXPECT_EQ(device(config, "short@h1").paths[0].message_timeout, 5s);
}

TEST(Paths, CompatHasNoFailbackOnFailureUnlessItIsWritten) {
  const Config config = good(
      with_ups("  - {name: a, failover_mode: compat, paths: [{comm: nut-a1, unit: u}]}\n"
               "  - {name: b, failover_mode: compat, failback_on_failure: true, paths: [{comm: "
               "nut-a1, unit: u}]}\n"
               "  - {name: c, failback_on_failure: false, failover_sequence: jump_to_last_good, "
               "retry_control_on_failover: true, rise: 5, paths: [{comm: nut-a1, unit: u}]}\n"));
  EXPECT_FALSE(device(config, "a").failback_on_failure);
  EXPECT_TRUE(device(config, "b").failback_on_failure);
  EXPECT_FALSE(device(config, "c").failback_on_failure);
  EXPECT_EQ(device(config, "c").sequence, core::FailoverSequence::jump_to_last_good);
  EXPECT_TRUE(device(config, "c").retry_control_on_failover);
  EXPECT_EQ(device(config, "c").rise, 5);
  EXPECT_FALSE(config.site.members[0].needs_every_path);
  EXPECT_TRUE(config.site.members[2].needs_every_path);
}

TEST(Guarded, ItsSettingsAndTheirDefaults) {
  const Config config = good(
      "comm_devices:\n"
      "  - {id: a, host: h1, crowd_devices: 4, crowd_percent: 30, crowd_within: 10s, "
      "probes_per_second: 2, arrivals_per_second: 50, metered: true}\n"
      "  - {id: b, host: h2}\n"
      "ups:\n"
      "  - {name: U, check_interval: 10, check_interval_alert: 2, probe_interval: 2m, "
      "failover_dry_run: true, paths: [{comm: a, unit: u}, {comm: a, unit: v, metered: "
      "false}]}\n"
      "  - {name: V, paths: [{comm: b, unit: u}]}\n"
      "  - {name: W, failover_mode: compat, paths: [{comm: b, unit: w}]}\n");
  EXPECT_EQ(device(config, "U").poll_interval_alert, 2s);
  EXPECT_EQ(device(config, "U").probe_interval, 120s);
  EXPECT_TRUE(device(config, "U").failover_dry_run);
  EXPECT_TRUE(device(config, "U").paths[0].metered);
  EXPECT_FALSE(device(config, "U").paths[1].metered);
  EXPECT_EQ(device(config, "V").poll_interval_alert, 0s);
  EXPECT_EQ(device(config, "V").probe_interval, 60s);
  EXPECT_EQ(device(config, "W").probe_interval, 0s);
  const core::CommRule& a = config.site.comms[0];
  EXPECT_EQ(a.crowd_devices, 4u);
  EXPECT_EQ(a.crowd_percent, 30);
  EXPECT_EQ(a.crowd_within, 10s);
  EXPECT_EQ(a.probes_per_second, 2);
  EXPECT_EQ(a.arrivals_per_second, 50);
  EXPECT_EQ(config.site.comms[1].crowd_devices, 10u);
}

TEST(Guarded, ItsRangesAreChecked) {
  const std::string rest = ", paths: [{comm: nut-a1, unit: u}]}\n";
  EXPECT_NE(errors(with_ups("  - {name: U, probe_interval: 500ms" + rest)), "");
  EXPECT_NE(errors(with_ups("  - {name: U, check_interval_alert: 1ms" + rest)), "");
  EXPECT_NE(errors(with_ups("  - {name: U, failover_dry_run: perhaps" + rest)), "");
}

TEST(Paths, ActivePathIsForManualModeOnly) {
  const std::string paths = ", paths: [{comm: nut-a1, unit: u}, {comm: nut-a2, unit: u}]}\n";
  EXPECT_EQ(errors(with_ups("  - {name: U, active_path: 2" + paths)),
            "ups['U'].active_path needs auto_failover: false\n");
  EXPECT_EQ(errors(with_ups("  - {name: U, auto_failover: false, active_path: 3" + paths)),
            "ups['U'].active_path is 3, and there are 2 paths\n");
  for (const char* word : {"2", "first"}) {
    const Config config = good(
        with_ups(std::string("  - {name: U, auto_failover: false, active_path: ") + word + paths));
    EXPECT_EQ(device(config, "U").active_at_start, PathRank{2}) << word;
  }
}

TEST(Paths, SubsequentFailIsAnErrorOnASecondFailover) {
  EXPECT_EQ(problems("comm_devices: [{id: a, host: h1}, {id: b, host: h2}, {id: c, host: h3}]\n"
                     "ups:\n"
                     "  - name: U\n"
                     "    paths:\n"
                     "      - {comm: a, unit: u}\n"
                     "      - {comm: b, unit: u, subsequent_fail: 5}\n"
                     "      - {comm: c, unit: u, subsequent_fail: 5}\n"),
            "site.yaml:7:45: error: ups['U'].paths[3].subsequent_fail is not for a second or later "
            "failover\n"
            "          - {comm: c, unit: u, subsequent_fail: 5}\n"
            "                                                ^\n"
            "    hint: only the primary and the first failover have one\n");
}

TEST(Paths, UnknownCommDevice) {
  EXPECT_EQ(problems("comm_devices: [{id: nut-a1, host: h1}]\n"
                     "ups: [{name: U, paths: [{comm: nut-al, unit: u}]}]\n"),
            "site.yaml:2:32: error: unknown comm device 'nut-al'\n"
            "    ups: [{name: U, paths: [{comm: nut-al, unit: u}]}]\n"
            "                                   ^\n"
            "    hint: did you mean 'nut-a1'?\n");
}

TEST(Paths, WhatIsMissingOrTooMuch) {
  EXPECT_EQ(errors(with_ups("  - {name: U, paths: [{unit: u}]}\n")),
            "ups['U'].paths[1] has no 'comm'\n");
  EXPECT_EQ(errors(with_ups("  - {name: U, paths: [{comm: nut-a1}]}\n")),
            "ups['U'].paths[1] has no 'unit'\n");
  EXPECT_EQ(errors(with_ups("  - {name: U, paths: []}\n")), "ups['U'].paths is empty\n");
  EXPECT_EQ(errors(with_ups("  - {name: U, paths: [{comm: nut-a1, unit: a b}]}\n")),
            "ups['U'].paths[1].unit is no name that NUT can carry\n");
  std::string nine = "  - {name: U, paths: [{comm: nut-a1, unit: u0}";
  for (int i = 1; i < 9; ++i) nine += ", {comm: nut-a1, unit: u" + std::to_string(i) + "}";
  EXPECT_EQ(errors(with_ups(nine + "]}\n")), "ups['U'] has more than 8 paths\n");
  EXPECT_EQ(errors(with_ups("  - {check_interval: 1}\n")), "ups[1] has no 'name'\n");
  EXPECT_EQ(errors("behavior: {dry_run: true}\n"), "there is no 'ups'\n");
}

TEST(Paths, TheSameWayTwiceIsNoRedundancy) {
  EXPECT_EQ(problems(with_ups(
                "  - name: U\n    paths: [{comm: nut-a1, unit: u}, {comm: nut-a1, unit: u}]\n")),
            "site.yaml:6:38: warning: ups['U'].paths[2] is the same way as an earlier path\n"
            "        paths: [{comm: nut-a1, unit: u}, {comm: nut-a1, unit: u}]\n"
            "                                         ^\n"
            "    hint: two paths over one comm device fail together\n");
}

TEST(CommDevices, DriversOfLaterVersionsSaySo) {
  EXPECT_EQ(problems("comm_devices:\n  - {id: a, driver: modem, at: h}\nups: {name: A@h}\n"),
            "site.yaml:2:21: error: driver 'modem' is not part of this version\n"
            "      - {id: a, driver: modem, at: h}\n"
            "                        ^\n"
            "    hint: this version has: nut, modbus, snmp, mqtt\n");
  EXPECT_EQ(errors("comm_devices: [{id: a, driver: nutt, host: h}]\nups: {name: A@h}\n"),
            "unknown driver 'nutt'\n");
}

TEST(CommDevices, MistakesAreFound) {
  EXPECT_EQ(errors("comm_devices: [{host: h}]\nups: {name: A@h}\n"),
            "comm_devices[1] has no 'id'\n");
  EXPECT_EQ(errors("comm_devices: [{id: a}]\nups: {name: A@h}\n"),
            "comm_devices['a'] has no 'host'\n");
  EXPECT_EQ(errors("comm_devices: [{id: a, host: 'x y'}]\nups: {name: A@h}\n"),
            "comm_devices['a'].host is no host name or address\n");
  EXPECT_EQ(errors("comm_devices: [{id: a, host: h, port: 0}]\nups: {name: A@h}\n"),
            "comm_devices['a'].port must be a whole number from 1 to 65535, got '0'\n");
  EXPECT_EQ(errors("comm_devices: [{id: a, host: h}, {id: a, host: g}]\nups: {name: A@h}\n"),
            "comm device 'a' is declared twice\n");
  EXPECT_EQ(errors("comm_devices: {id: a}\nups: {name: A@h}\n"),
            "comm_devices must be a list, got a mapping\n");
}

TEST(CommDevices, ADisabledOneStartsDisabled) {
  const Config config =
      good("comm_devices: [{id: a, host: h, enabled: false}]\nups: {name: A@g}\n");
  EXPECT_EQ(config.site.comms[0].at_start, CommState::disabled);
  EXPECT_EQ(config.site.comms[1].at_start, CommState::ok);
}

TEST(ShortForm, EveryAddressThatNutWrites) {
  const Config config = good(
      "ups:\n"
      "  - name: a@Host.Example\n"
      "  - name: b@host.example:3493\n"
      "  - name: c@host.example:4000\n"
      "  - name: d\n"
      "  - name: e@[::1]:4000\n"
      "  - name: f@[FE80::1]\n");
  EXPECT_EQ(config.site.comms.size(), 5u) << "a and b share one upsd";
  EXPECT_EQ(device(config, "a@Host.Example").paths[0].comm,
            device(config, "b@host.example:3493").paths[0].comm);
  EXPECT_EQ(device(config, "a@Host.Example").paths[0].unit, "a");
  const auto comm_of = [&](std::string_view name) {
    return config.site.comms[device(config, name).paths[0].comm.value].name;
  };
  EXPECT_EQ(comm_of("c@host.example:4000"), "nut://host.example:4000");
  EXPECT_EQ(comm_of("d"), "nut://localhost:3493");
  EXPECT_EQ(comm_of("e@[::1]:4000"), "nut://[::1]:4000");
  EXPECT_EQ(comm_of("f@[FE80::1]"), "nut://[fe80::1]:3493");
  EXPECT_EQ(config.endpoints[3].host, "::1");
}

TEST(ShortForm, WhatIsNoAddress) {
  for (const char* name :
       {"'a b@h'", "a@", "'@h'", "a@h:0", "a@h:99999", "a@h:x", "a@::1", "'a@[::1'", "a@-h"}) {
    const std::string found = errors(std::string("ups: [{name: ") + name + "}]\n");
    EXPECT_NE(found.find("is neither NAME@HOST[:PORT] nor has 'paths'"), std::string::npos)
        << name << found;
  }
}

TEST(Devices, AKeyOfPathsIsToldWhereItBelongs) {
  EXPECT_NE(problems("ups: [{name: A@h1, retry_primary: 5m}]\n")
                .find("hint: it belongs to each of the paths: paths: [{comm: ..., ...}]"),
            std::string::npos);
}

TEST(Devices, TakeTheSameEntriesAndAreNoMembers) {
  const Config config = good(
      "ups: [{name: A@h1}]\n"
      "devices:\n"
      "  - {name: pdu@h2, check_interval: 0.5, display_name: PDU}\n");
  EXPECT_FALSE(device(config, "pdu@h2").is_ups);
  EXPECT_EQ(device(config, "pdu@h2").poll_interval, 500ms);
  EXPECT_EQ(config.site.members.size(), 1u);
  EXPECT_EQ(errors("ups: [{name: A@h1}]\ndevices: [{name: A@h1}]\n"),
            "device 'A@h1' is declared twice\n");
  EXPECT_EQ(errors("devices: [{name: p@h, triggers: {}}]\n"),
            "unknown key 'triggers' in devices['p@h']\n");
}

}  // namespace
}  // namespace nightwatt::config::test

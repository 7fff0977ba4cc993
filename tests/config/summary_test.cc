#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "tests/config/support.h"

// What `nightwatt validate` prints, word for word where people and scripts read it.
namespace nightwatt::config::test {
namespace {

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) out.push_back(line);
  return out;
}

TEST(Summary, TheRequirementsExample) {
  const Config config = good(
      "ups:\n"
      "  - name: \"UPS-A@10.0.0.10\"\n"
      "  - name: \"UPS-B@10.0.0.11\"\n"
      "\n"
      "redundancy_groups:\n"
      "  - name: \"rack-1-dual-psu\"\n"
      "    ups_sources:\n"
      "      - \"UPS-A@10.0.0.10\"\n"
      "      - \"UPS-B@10.0.0.11\"\n"
      "    min_healthy: 1\n"
      "    degraded_counts_as: healthy\n"
      "    unknown_counts_as: critical\n"
      "    remote_servers:\n"
      "      - name: \"Compute Node 1\"\n"
      "        enabled: true\n"
      "        host: \"10.0.0.20\"\n"
      "        user: \"root\"\n");
  EXPECT_EQ(summary(config),
            "Comm devices (2):\n"
            "  nut://10.0.0.10:3493\n"
            "  nut://10.0.0.11:3493\n"
            "  Each: suspect when 10 devices or 50 % fail within 30 s; at most 20 heartbeats\n"
            "      and 500 arrivals a second\n"
            "\n"
            "Devices (2):\n"
            "  1. UPS-A@10.0.0.10: UPS every 1 s\n"
            "     Failover: guarded, one path, probes every 60 s\n"
            "     primary: nut://10.0.0.10:3493 unit UPS-A: timeout 1 s x 1\n"
            "  2. UPS-B@10.0.0.11: UPS every 1 s\n"
            "     Failover: guarded, one path, probes every 60 s\n"
            "     primary: nut://10.0.0.11:3493 unit UPS-B: timeout 1 s x 1\n"
            "\n"
            "Redundancy groups (1):\n"
            "  1. rack-1-dual-psu\n"
            "     Sources (2): UPS-A@10.0.0.10, UPS-B@10.0.0.11\n"
            "     Quorum: min_healthy=1 (degraded->healthy, unknown->critical)\n"
            "     Remote servers (1): Compute Node 1\n"
            "\n"
            "Plans:\n"
            "  rack-1-dual-psu: at most 100 s from start to end\n"
            "    phase 0:\n"
            "      Compute Node 1: root@10.0.0.20:22: sudo shutdown -h now (within 100 s)\n"
            "\n"
            "How guarded failover differs from compat here:\n"
            "  - Dead devices (UPS-A@10.0.0.10 and UPS-B@10.0.0.11): when no path answers,\n"
            "    the device stops moving and is tried once each time, at most every\n"
            "    probe_interval, so that others on its comm devices keep their rate. compat\n"
            "    goes on as before.\n"
            "\n"
            "Notes:\n"
            "  - Nothing powers this machine off: no UPS or group has is_local: true, and\n"
            "    local_shutdown.trigger_on is not set. (Eneru would do it for any UPS.)\n"
            "\n"
            "Warnings:\n"
            "  - 'rack-1-dual-psu': unknown->critical means that losing sight of the UPSes\n"
            "    alone, with the mains fine, shuts the group down. unknown_counts_as:\n"
            "    evidence does not.\n"
            "  - 'rack-1-dual-psu': stray_flag: suppress lets a forgotten flag file stop the\n"
            "    shutdown. stray_flag: replace does not.\n");
}

TEST(Summary, PathsModesAndAPlanOfEveryKind) {
  const Config config = good(
      "behavior: {dry_run: true}\n"
      "comm_devices:\n"
      "  - {id: a, host: 10.0.0.1, username: mon, password: x}\n"
      "  - {id: b, host: '::1', port: 4000, enabled: false}\n"
      "ups:\n"
      "  name: U\n"
      "  display_name: Feed\n"
      "  failover_mode: compat\n"
      "  paths:\n"
      "    - {comm: a, unit: u, message_timeout_ms: 1500, poll_attempts: 3}\n"
      "    - {comm: b, unit: u, message_delay_ms: 20}\n"
      "  confirm_for: 5s\n"
      "  filesystems: {sync_enabled: true}\n"
      "  remote_servers:\n"
      "    - {name: n1, enabled: true, host: n1, user: root, shutdown_command: halt, wait_down: "
      "true}\n"
      "    - {name: n2, enabled: true, host: n2, user: root, shutdown_command: halt, depends_on: "
      "[n1],\n"
      "       pre_shutdown_commands: [{command: flush}]}\n"
      "devices: [{name: pdu@10.0.0.1, auto_failover: false}]\n");
  EXPECT_EQ(summary(config),
            "Dry run: no step of any plan touches a machine, and no order is sent.\n"
            "\n"
            "Comm devices (2):\n"
            "  a: nut 10.0.0.1:3493, user mon\n"
            "  b: nut [::1]:4000, disabled\n"
            "  Each: suspect when 10 devices or 50 % fail within 30 s; at most 20 heartbeats\n"
            "      and 500 arrivals a second\n"
            "\n"
            "Devices (2):\n"
            "  1. U: Feed, UPS every 1 s\n"
            "     Failover: compat, automatic, try in order, failback on failure no\n"
            "     primary: a unit u: timeout 1.5 s (path) x 3 (path), initial fail 30 s,\n"
            "       subsequent fail 10 s\n"
            "     first failover: b unit u: timeout 1 s x 1, delay 20 ms (path), initial fail\n"
            "       30 s, retry primary 5 min\n"
            "  2. pdu@10.0.0.1: device every 1 s\n"
            "     Failover: guarded, manual, starts on primary, probes every 60 s\n"
            "     primary: a unit pdu: timeout 1 s x 1\n"
            "\n"
            "UPS groups (1):\n"
            "  1. U\n"
            "     Remote servers (2): n1, n2\n"
            "     Local: feeds this machine\n"
            "\n"
            "Plans:\n"
            "  U: at most 290 s from start to end, after a countdown of 5 s\n"
            "    phase 0:\n"
            "      n1: root@n1:22: halt (within 100 s, waits until it is down, DRY RUN)\n"
            "      n2: root@n2:22: flush; then halt (within 130 s, after remote:n1, DRY RUN)\n"
            "    phase 1:\n"
            "      sync: sync (within 30 s, DRY RUN)\n"
            "    last:\n"
            "      this machine: shutdown -h now 'UPS battery critical - emergency shutdown'\n"
            "          (within 30 s, DRY RUN)\n"
            "\n"
            "How guarded failover differs from compat here:\n"
            "  - Dead devices (pdu@10.0.0.1): when no path answers, the device stops moving\n"
            "    and is tried once each time, at most every probe_interval, so that others on\n"
            "    its comm devices keep their rate. compat goes on as before.\n");
}

// What is in effect can be read without knowing the defaults.
TEST(Summary, SchedulesControlsAndGuards) {
  const std::string text = summary(
      good("comm_devices:\n"
           "  - {id: a, host: h1, crowd_devices: 0, arrivals_per_second: 20}\n"
           "  - {id: b, host: h2}\n"
           "ups:\n"
           "  - name: U\n"
           "    probe_interval: 30s\n"
           "    failover_dry_run: true\n"
           "    paths: [{comm: a, unit: u}, {comm: b, unit: u, metered: true}]\n"
           "    schedules:\n"
           "      - {name: fast, variables: [ups.status], interval: 2s, interval_alert: 1s}\n"
           "      - {name: slow, variables: [ups.load], interval: 60s, priority: low}\n"
           "    control: {allow: [test.battery.start]}\n"));
  for (const char* line :
       {"  a: nut h1:3493, never suspect; at most 20 heartbeats and 20 arrivals a second\n",
        "  Each of the others: suspect when 10 devices or 50 % fail within 30 s; at most\n",
        "     Failover: guarded, automatic, try in order, failback on failure yes, rise\n"
        "       2, probes every 30 s, DRY RUN\n",
        "     Schedule fast: every 2 s (1 s on battery or in trouble), medium priority,\n",
        "     Schedule slow: every 60 s, low priority, bound to current\n", ", metered",
        "     Control: test.battery.start (never, expires after 30 s)\n"}) {
    EXPECT_THAT(text, testing::HasSubstr(line));
  }
}

// With strict priorities a busy comm device has no time for what comes last.
TEST(Summary, AFirstScheduleBehindOthersIsWarnedOf) {
  const std::string before =
      "comm_devices: [{id: a, host: h1}, {id: b, host: h2}]\n"
      "ups:\n"
      "  - name: Low\n"
      "    paths: [{comm: a, unit: u}]\n"
      "    schedules:\n"
      "      - {name: status, interval: 5s, priority: low}\n"
      "  - {name: Plain, check_interval: 0.1, paths: [{comm: a, unit: v}]}\n"
      "  - {name: Alone, paths: [{comm: b, unit: w}]}\n";
  const std::string sentence =
      "schedules of a higher priority may fill a comm device that the first schedule uses, which "
      "says how the UPS is. The UPS would be lost from sight.";
  EXPECT_THAT(warnings(good(before)), testing::ElementsAre("'Low': " + sentence));
  const Config high =
      good(before +
           "devices:\n"
           "  - name: Plc\n"
           "    paths: [{comm: b, unit: x}]\n"
           "    schedules:\n"
           "      - {name: fast, variables: [ups.load], interval: 100ms, priority: high}\n");
  EXPECT_THAT(warnings(high), testing::ElementsAre("'Low' and 'Alone': " + sentence));
  const Config seldom = good(
      "comm_devices: [{id: b, host: h2}]\n"
      "ups: [{name: Alone, paths: [{comm: b, unit: w}]}]\n"
      "devices:\n"
      "  - name: Plc\n"
      "    paths: [{comm: b, unit: x}]\n"
      "    schedules: [{name: slow, variables: [ups.load], interval: 1h, priority: high}]\n");
  EXPECT_THAT(warnings(seldom), testing::IsEmpty());
}

// An order that waits for a path which can carry it out would be a riddle.
TEST(Summary, APathThatCannotCarryOutAnOrderIsNamed) {
  const std::string text = summary(
      good("comm_devices:\n"
           "  - {id: a, host: h1}\n"
           "  - {id: b, driver: snmp, host: h2, community_env: RO, profile: p}\n"
           "profile_files: [p.yaml]\n"
           "ups:\n"
           "  - name: U\n"
           "    paths: [{comm: a, unit: u}, {comm: b}]\n"
           "    control: {allow: [beeper.mute, test.battery.start]}\n",
           {.variables = {{"RO", "geheim"}},
            .profiles = {{"p.yaml",
                          "profile: p\nprotocol: snmp\nvariables:\n"
                          "  - {variable: ups.status, oid: 1.3.6.1}\n"
                          "commands:\n  - {command: beeper.mute, oid: 1.3.6.2, value: 1}\n"}}}));
  EXPECT_THAT(text, testing::HasSubstr("Control: beeper.mute (never, expires after 30 s),"));
  EXPECT_THAT(text, testing::ContainsRegex("test.battery.start \\(never, expires after 30 s,\\s+not"
                                           "\\s+over\\s+first\\s+failover\\)"));
}

TEST(Summary, GuardedDifferencesNameTheDevicesTheyConcern) {
  const Config config = good(
      "comm_devices: [{id: a, host: h1}, {id: b, host: h2}]\n"
      "ups:\n"
      "  - {name: one, paths: [{comm: a, unit: u}, {comm: b, unit: u}]}\n"
      "  - {name: two, failback_on_failure: false, paths: [{comm: a, unit: v}, {comm: b, unit: "
      "v}]}\n"
      "  - {name: plain, paths: [{comm: a, unit: w}]}\n"
      "  - {name: literal, failover_mode: compat, paths: [{comm: a, unit: x}, {comm: b, unit: "
      "x}]}\n");
  const auto differences = guarded_differences(config);
  const auto starts = [](const char* text) { return testing::StartsWith(text); };
  EXPECT_THAT(
      differences,
      testing::ElementsAre(
          starts("Probe before failback (one and two):"), starts("Idle devices (one and two):"),
          starts("Hold-down (one and two):"), starts("Failback on failure (one):"),
          starts("Grace on entry (one and two):"), starts("Whole polls (one and two):"),
          starts("Heartbeat (one and two):"), starts("Make before break (one and two):"),
          starts("Crowds (one and two):"), starts("Arrivals (one and two):"),
          starts("Dead devices (one, two and plain):"), starts("Sweep (one and two):")));
}

TEST(Summary, GuardedDifferencesOfOnePathDryRunAndThreePaths) {
  const auto starts = [](const char* text) { return testing::StartsWith(text); };
  EXPECT_THAT(guarded_differences(good("ups: [{name: A@h}, {name: B@h}]\n")),
              testing::ElementsAre(starts("Dead devices (A@h and B@h):")));
  EXPECT_TRUE(guarded_differences(good("ups: {name: A@h, failover_mode: compat}\n")).empty());
  const auto many = guarded_differences(
      good("comm_devices: [{id: a, host: h1}, {id: b, host: h2}, {id: c, host: h3}]\n"
           "ups:\n"
           "  - {name: one, failover_dry_run: true,\n"
           "     paths: [{comm: a, unit: u}, {comm: b, unit: u}, {comm: c, unit: u}]}\n"));
  EXPECT_THAT(many, testing::Contains(starts("Order of choice (one):")));
  EXPECT_THAT(many, testing::Contains(starts("Dry run (one):")));
}

std::vector<std::string> group_warnings(const std::string& settings) {
  return warnings(
      good("ups: [{name: A@h1}, {name: B@h2}]\n"
           "redundancy_groups:\n"
           "  - name: r\n"
           "    ups_sources: [A@h1, B@h2]\n"
           "    stray_flag: replace\n" +
           settings));
}
const std::string server = "    remote_servers: [{enabled: true, host: n, user: root}]\n";
const std::string safe = "    unknown_counts_as: evidence\n    blind_shutdown_after: 1h\n";

TEST(Warnings, EachPolicyForWhatIsNotSeen) {
  using testing::ElementsAre;
  using testing::HasSubstr;
  EXPECT_THAT(group_warnings(server), ElementsAre(HasSubstr("unknown->critical means")));
  EXPECT_THAT(group_warnings(server + "    unknown_counts_as: evidence\n"),
              ElementsAre(HasSubstr("without blind_shutdown_after")));
  EXPECT_THAT(group_warnings(server + "    unknown_counts_as: healthy\n"),
              ElementsAre(HasSubstr("counts as healthy")));
  EXPECT_THAT(group_warnings(server + "    unknown_counts_as: degraded\n"),
              ElementsAre(HasSubstr("counts as healthy")));
  EXPECT_THAT(group_warnings(server +
                             "    unknown_counts_as: degraded\n    degraded_counts_as: critical\n"),
              ElementsAre(HasSubstr("losing sight alone")));
  EXPECT_THAT(group_warnings(server + safe), testing::IsEmpty());
}

TEST(Warnings, NoRedundancyNothingToDoAndAPlanThatDoesNotFit) {
  using testing::ElementsAre;
  EXPECT_THAT(
      group_warnings(server + safe + "    min_healthy: 2\n"),
      ElementsAre("'r': min_healthy=2 of 2 leaves no redundancy: the first failure shuts down."));
  EXPECT_THAT(group_warnings(safe),
              ElementsAre("'r': there is nothing to shut down: it only shows its verdict."));
  const std::string slow =
      "    remote_servers: [{enabled: true, host: n, user: root, command_timeout: 700}]\n";
  EXPECT_THAT(group_warnings(slow + safe),
              ElementsAre("'r': its plan may need 770 s, and critical_runtime_threshold starts it "
                          "with 10 min left."));
  EXPECT_THAT(group_warnings(slow + safe + "    triggers: {critical_runtime_threshold: 800}\n"),
              testing::IsEmpty());
  EXPECT_THAT(group_warnings(slow + safe + "    triggers: {critical_runtime_threshold: 500}\n"),
              testing::SizeIs(1));
  EXPECT_THAT(group_warnings(
                  server + safe +
                  "    triggers: {critical_runtime_threshold: 60}\n    triggers_mode: replace\n"),
              testing::SizeIs(1));
}

TEST(Warnings, EveryCommDeviceDisabled) {
  EXPECT_THAT(
      warnings(good(
          "comm_devices: [{id: a, host: h, enabled: false}]\n"
          "ups: [{name: U, paths: [{comm: a, unit: u}]}]\nlocal_shutdown: {enabled: false}\n")),
      testing::ElementsAre("'U': every comm device is disabled, so nothing is read."));
}

TEST(Warnings, AStabilizationDelayThatOutlastsTheRuntimeHasAPlace) {
  EXPECT_EQ(
      problems("ups: {name: A@h}\n"
               "triggers: {on_battery_stabilization_delay: 60, critical_runtime_threshold: 60}\n"),
      "site.yaml:2:44: warning: triggers.on_battery_stabilization_delay is not below "
      "critical_runtime_threshold (60 s)\n"
      "    ...rs: {on_battery_stabilization_delay: 60, critical_runtime_threshold: 60}\n"
      "                                            ^\n"
      "    hint: a UPS can be empty before its triggers are looked at\n");
}

TEST(Summary, FitsEightyColumns) {
  for (const std::string& text : {std::string(starter()), large_site(40)}) {
    for (const std::string& line : lines(summary(good(text)))) EXPECT_LE(line.size(), 80u) << line;
  }
  std::string many = "ups:\n";
  std::string sources;
  for (int i = 0; i < 40; ++i) {
    many += "  - {name: A UPS with a rather long name " + std::to_string(i) +
            ", paths: [{comm: a, unit: u}]}\n";
    sources += (i > 0 ? ", " : "") + ("A UPS with a rather long name " + std::to_string(i));
  }
  const Config config = good("comm_devices: [{id: a, host: h}]\n" + many +
                             "redundancy_groups: [{name: r, ups_sources: [" + sources + "]}]\n");
  for (const std::string& line : lines(summary(config))) EXPECT_LE(line.size(), 80u) << line;
}

}  // namespace
}  // namespace nightwatt::config::test

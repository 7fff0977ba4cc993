#include <gtest/gtest.h>

#include "tests/config/support.h"

// Remote servers, their order, the local command, and who owns what.
namespace nightwatt::config::test {
namespace {

using namespace std::chrono_literals;

std::string with_remotes(const std::string& servers) {
  return "ups: [{name: A@h1}, {name: B@h2}]\n"
         "redundancy_groups:\n"
         "  - name: rack\n"
         "    ups_sources: [A@h1, B@h2]\n"
         "    remote_servers:\n" +
         servers;
}

const RemoteAction& remote(const core::StepRule& step) {
  return std::get<RemoteAction>(step.action);
}

TEST(RemoteServers, DefaultsAndEveryKey) {
  const Config config = good(with_remotes(
      "      - {name: Compute Node 1, enabled: true, host: n1, user: root}\n"
      "      - name: NAS\n"
      "        enabled: true\n"
      "        host: 10.0.0.2\n"
      "        port: 2222\n"
      "        user: ups\n"
      "        ssh_key_path: /keys/id\n"
      "        known_hosts_file: /keys/known_hosts\n"
      "        host_key_policy: strict\n"
      "        connect_timeout: 5\n"
      "        command_timeout: 20\n"
      "        shutdown_safety_margin: 7\n"
      "        shutdown_command: poweroff\n"
      "        use_sudo: true\n"
      "        pre_shutdown_commands: [{command: stop-things, timeout: 90}, {action: sync}]\n"
      "        wait_down: true\n"
      "        dry_run: true\n"));
  const core::StepRule& plain = step(group(config, "rack"), "remote:compute-node-1");
  EXPECT_EQ(plain.name, "Compute Node 1");
  EXPECT_EQ(plain.phase, 0);
  EXPECT_EQ(plain.deadline, 100s);  // 10 + 30 + 60
  EXPECT_FALSE(plain.wait_down);
  EXPECT_FALSE(plain.dry_run);
  EXPECT_EQ(remote(plain).port, 22);
  EXPECT_EQ(remote(plain).shutdown.command, "sudo shutdown -h now");
  EXPECT_EQ(remote(plain).host_key_policy, HostKeyPolicy::accept_new);

  const core::StepRule& nas = step(group(config, "rack"), "remote:nas");
  EXPECT_EQ(nas.deadline, 5s + 90s + 20s + 20s + 7s);
  EXPECT_TRUE(nas.wait_down);
  EXPECT_TRUE(nas.dry_run);
  RemoteAction expected;
  expected.host = "10.0.0.2";
  expected.port = 2222;
  expected.user = "ups";
  expected.key_file = "/keys/id";
  expected.known_hosts_file = "/keys/known_hosts";
  expected.host_key_policy = HostKeyPolicy::strict;
  expected.connect_timeout = 5s;
  expected.pre_shutdown = {{"stop-things", 90s}, {"sudo -n sync", 20s}};
  expected.shutdown = {"sudo -n poweroff", 20s};
  EXPECT_EQ(remote(nas), expected);
}

TEST(RemoteServers, DisabledOnesAreNoStepsAndMayAskForAnything) {
  const Config config =
      good(with_remotes("      - {name: a, host: n1, user: root}\n"
                        "      - {name: b, enabled: false, pre_shutdown_commands: [{action: "
                        "stop_vms}], is_host_loopback: true}\n"));
  EXPECT_TRUE(group(config, "rack").plan.steps.empty());
}

TEST(RemoteServers, HostAndUserAreRequired) {
  EXPECT_EQ(errors(with_remotes("      - {name: a, enabled: true}\n")),
            "redundancy_groups['rack'].remote_servers['a'] has no 'host'\n"
            "redundancy_groups['rack'].remote_servers['a'] has no 'user'\n");
}

TEST(RemoteServers, ActionsOfLaterVersionsAndUnknownOnes) {
  EXPECT_EQ(problems(with_remotes("      - name: a\n"
                                  "        enabled: true\n"
                                  "        host: n1\n"
                                  "        user: root\n"
                                  "        pre_shutdown_commands:\n"
                                  "          - action: stop_proxmox_vms\n"
                                  "          - action: stop_proxmox_vm\n"
                                  "          - {timeout: 5}\n")),
            "site.yaml:11:21: error: action 'stop_proxmox_vms' is not part of this version\n"
            "              - action: stop_proxmox_vms\n"
            "                        ^\n"
            "    hint: write what it should do as 'command:', with a 'timeout:'\n"
            "site.yaml:12:21: error: unknown action 'stop_proxmox_vm'\n"
            "              - action: stop_proxmox_vm\n"
            "                        ^\n"
            "    hint: did you mean 'stop_proxmox_vms'?\n"
            "site.yaml:13:13: error: "
            "redundancy_groups['rack'].remote_servers['a'].pre_shutdown_commands[3] "
            "has no command\n"
            "              - {timeout: 5}\n"
            "                ^\n"
            "    hint: write one of 'action' and 'command'\n");
}

TEST(SshOptions, WhatIsUnderstood) {
  const Config config = good(with_remotes(
      "      - name: a\n"
      "        enabled: true\n"
      "        host: n1\n"
      "        user: root\n"
      "        ssh_options: ['-o StrictHostKeyChecking=yes', '-o', 'UserKnownHostsFile=/dev/null', "
      "'-oConnectTimeout=3', -p, '2222', -i /k, BatchMode=yes]\n"));
  const RemoteAction& action = remote(group(config, "rack").plan.steps[0]);
  EXPECT_EQ(action.host_key_policy, HostKeyPolicy::strict);
  EXPECT_EQ(action.known_hosts_file, "/dev/null");
  EXPECT_EQ(action.connect_timeout, 3s);
  EXPECT_EQ(action.port, 2222);
  EXPECT_EQ(action.key_file, "/k");
  EXPECT_EQ(group(config, "rack").plan.steps[0].deadline, 93s)
      << "the option counts in the deadline";
}

std::string option_problems(const std::string& options) {
  return problems("ups: [{name: A@h}]\nx: 0\n").empty()
             ? ""
             : errors(with_remotes(
                   "      - {name: a, enabled: true, host: n, user: root, ssh_options: " + options +
                   "}\n"));
}

TEST(SshOptions, WhatIsNot) {
  EXPECT_EQ(option_problems("['-o ProxyJump=gate']"),
            "ssh option 'ProxyJump=gate' has no meaning here\n");
  EXPECT_EQ(option_problems("['-v']"), "ssh option '-v' has no meaning here\n");
  EXPECT_EQ(option_problems("['-o']"), "ssh option '-o' has no meaning here\n");
  EXPECT_EQ(option_problems("['-o BatchMode=no']"),
            "ssh option 'BatchMode=no' has no meaning here\n");
  EXPECT_EQ(option_problems("['-o StrictHostKeyChecking=ask']"),
            "ssh option 'StrictHostKeyChecking=ask' has no meaning here\n");
  EXPECT_EQ(option_problems("['-p 70000']"),
            "the port must be a number from 1 to 65535, got '70000'\n");
  EXPECT_EQ(option_problems("[-p 23], port: 24"),
            "redundancy_groups['rack'].remote_servers['a'].port and this ssh option say the same "
            "thing\n");
}

TEST(SshOptions, NoHostKeyCheckingIsReadAsAcceptNew) {
  const std::string text = with_remotes(
      "      - name: a\n"
      "        enabled: true\n"
      "        host: n1\n"
      "        user: root\n"
      "        ssh_options: ['-o StrictHostKeyChecking=no']\n");
  EXPECT_EQ(problems(text),
            "site.yaml:10:23: warning: StrictHostKeyChecking=no is read as accept-new\n"
            "            ssh_options: ['-o StrictHostKeyChecking=no']\n"
            "                          ^\n"
            "    hint: a new host key is learnt, a changed one is refused\n");
  EXPECT_EQ(remote(group(good(text), "rack").plan.steps[0]).host_key_policy,
            HostKeyPolicy::accept_new);
}

std::string servers(const std::vector<std::string>& settings) {
  std::string out;
  for (std::size_t i = 0; i < settings.size(); ++i) {
    const std::string n(1, static_cast<char>('a' + i));
    out += "      - {name: " + n + ", enabled: true, host: " + n + ", user: root" + settings[i] +
           "}\n";
  }
  return out;
}

std::string phases(const Config& config) {
  std::string out;
  for (const auto& each : group(config, "rack").plan.steps)
    out += each.name + std::to_string(each.phase) + " ";
  return out;
}

TEST(Order, PhasesAscendAndUnorderedServersAreFirst) {
  EXPECT_EQ(
      phases(good(with_remotes(servers({", shutdown_order: 2", "", ", shutdown_order: 1", ""})))),
      "b0 d0 c1 a2 ");
}

TEST(Order, LegacyParallelFalseGoesOneByOneBeforeTheRest) {
  EXPECT_EQ(phases(good(with_remotes(servers({"", ", parallel: false", ", parallel: true",
                                              ", parallel: false", ", shutdown_order: 1"})))),
            "b-2 d-1 a0 c0 e1 ");
}

TEST(Order, BothModelsAtOnceAreRefused) {
  EXPECT_EQ(
      errors(with_remotes(servers({", shutdown_order: 1, parallel: false"}))),
      "redundancy_groups['rack'].remote_servers['a'] has both 'shutdown_order' and 'parallel'\n");
  EXPECT_EQ(errors(with_remotes(servers({", shutdown_order: 0"}))),
            "redundancy_groups['rack'].remote_servers['a'].shutdown_order must be a whole number "
            "from 1 to "
            "10000, got '0'\n");
}

TEST(Order, DependenciesBecomeStepIds) {
  const Config config =
      good(with_remotes(servers({", depends_on: [b, c]", "", ", depends_on: [b]"})));
  EXPECT_EQ(step(group(config, "rack"), "remote:a").depends_on,
            (std::vector<std::string>{"remote:b", "remote:c"}));
  EXPECT_EQ(needed_time(group(config, "rack").plan), 300s);
}

TEST(Order, DependenciesThatCannotBe) {
  EXPECT_EQ(errors(with_remotes(servers({", depends_on: [x]"}))),
            "depends_on: there is no enabled remote server 'x' in this group\n");
  EXPECT_EQ(errors(with_remotes(servers({", depends_on: [b]", ", shutdown_order: 1"}))),
            "'a' is shut down in an earlier phase than 'b', on which it depends\n");
  EXPECT_EQ(errors(with_remotes(servers({", depends_on: [a]"}))),
            "depends_on goes in a circle: 'a' -> 'a'\n");
  EXPECT_EQ(errors(with_remotes(
                servers({", depends_on: [b]", ", depends_on: [c]", ", depends_on: [b]", ""}))),
            "depends_on goes in a circle: 'b' -> 'c' -> 'b'\n");
}

TEST(Order, NeededTimeAddsPhasesAndTakesTheLongestOfEach) {
  const Config config = good(with_remotes(servers({", shutdown_order: 1, command_timeout: 100",
                                                   ", shutdown_order: 1", ", shutdown_order: 2"})));
  EXPECT_EQ(needed_time(group(config, "rack").plan), 170s + 100s);
}

TEST(DryRun, AtEveryLevel) {
  const auto dry_steps = [](const std::string& text) {
    std::string out;
    const auto config = good(text);
    for (const auto& each : config.site.groups.at(0).plan.steps) out += each.dry_run ? 'd' : '-';
    return out;
  };
  const std::string base =
      "ups: [{name: A@h1}, {name: B@h2}]\n"
      "redundancy_groups:\n"
      "  - name: rack\n    is_local: true\n    ups_sources: [A@h1, B@h2]\n";
  const std::string remotes = "    remote_servers:\n" + servers({"", ", dry_run: true"});
  EXPECT_EQ(dry_steps(base + remotes), "-d-");
  EXPECT_EQ(dry_steps(base + "    dry_run: true\n" + remotes), "ddd");
  EXPECT_EQ(dry_steps(base + remotes + "behavior: {dry_run: true}\n"), "ddd");
  EXPECT_EQ(dry_steps(base + remotes + "local_shutdown: {dry_run: true}\n"), "-dd");
}

}  // namespace
}  // namespace nightwatt::config::test

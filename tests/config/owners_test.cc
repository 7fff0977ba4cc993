#include <gtest/gtest.h>

#include "tests/config/support.h"

// Who owns this machine and what else: the two forms of `ups:`, local_shutdown, UPS groups.
namespace nightwatt::config::test {
namespace {

using namespace std::chrono_literals;

const CommandAction& command(const core::StepRule& step) {
  return std::get<CommandAction>(step.action);
}
using Argv = std::vector<std::string>;

TEST(MappingForm, IsLocalAndArmsTheLocalCommandAsInEneru) {
  const Config config = good("ups: {name: UPS@localhost}\n");
  const core::GroupRule& own = group(config, "UPS@localhost");
  EXPECT_TRUE(own.is_local);
  EXPECT_EQ(own.quorum.kind, core::GroupKind::ups);
  EXPECT_EQ(own.quorum.unknown_counts_as, UnknownCounts::evidence);
  EXPECT_FALSE(own.plan.uses_flag);
  ASSERT_EQ(own.plan.steps.size(), 1u);
  EXPECT_EQ(own.plan.steps[0].id, "local");
  EXPECT_TRUE(own.plan.steps[0].is_local_power_off);
  EXPECT_EQ(own.plan.steps[0].deadline, 30s);
  EXPECT_EQ(command(own.plan.steps[0]).argv,
            (Argv{"shutdown", "-h", "now", "UPS battery critical - emergency shutdown"}));
  EXPECT_FALSE(config.site.members[0].advisory);
}

TEST(MappingForm, WithoutANameItIsEnerusDefault) {
  EXPECT_EQ(good("ups: {check_interval: 2}\n").site.devices[0].name, "UPS@localhost");
}

TEST(MappingForm, ResourcesNestedOrAtTheTopAreTheSame) {
  const std::string servers = "remote_servers: [{name: n, enabled: true, host: n, user: root}]";
  for (const std::string& text :
       {"ups: {name: A@h}\n" + servers + "\n", "ups: {name: A@h, " + servers + "}\n"}) {
    const Config config = good(text);
    ASSERT_EQ(group(config, "A@h").plan.steps.size(), 2u) << text;
    EXPECT_EQ(group(config, "A@h").plan.steps[0].id, "remote:n");
    EXPECT_EQ(group(config, "A@h").plan.steps[1].id, "local");
  }
  EXPECT_EQ(problems("ups:\n  name: A@h\n  " + servers + "\nremote_servers: []\n"),
            "site.yaml:4:17: error: resources are listed here and under 'ups' (line 3)\n"
            "    remote_servers: []\n"
            "                    ^\n"
            "    hint: keep one place for remote_servers, virtual_machines, containers and "
            "filesystems\n");
}

TEST(MappingForm, NestedTriggersCount) {
  const Config config = good("ups: {name: A@h, triggers: {low_battery_threshold: 44}}\n");
  EXPECT_EQ(config.site.members[0].triggers.low_battery_threshold, 44);
}

TEST(MappingForm, CannotBeElsewhere) {
  EXPECT_EQ(errors("ups: {name: A@h, is_local: false}\n"),
            "a UPS written as a mapping always feeds this machine\n");
}

TEST(ListForm, TopLevelResourcesBelongToNobody) {
  EXPECT_EQ(problems("ups: [{name: A@h}]\n"
                     "remote_servers: [{name: n, enabled: true, host: n, user: root}]\n"),
            "site.yaml:2:17: error: remote_servers at the top level belongs to no UPS, because "
            "'ups' is a list\n"
            "    remote_servers: [{name: n, enabled: true, host: n, user: root}]\n"
            "                    ^\n"
            "    hint: move it into the UPS or the redundancy group that feeds it\n");
  EXPECT_EQ(errors("ups: [{name: A@h}]\nremote_servers: []\nvirtual_machines: {enabled: false}\n"),
            "");
}

TEST(ListForm, OnlyOwnersGetAGroup) {
  const Config config = good(
      "ups:\n"
      "  - {name: A@h1, is_local: true}\n"
      "  - {name: B@h2, remote_servers: [{enabled: true, host: n, user: root}], confirm_for: 9s}\n"
      "  - {name: C@h3}\n");
  ASSERT_EQ(config.site.groups.size(), 2u);
  EXPECT_EQ(group(config, "A@h1").plan.steps.at(0).id, "local");
  ASSERT_EQ(group(config, "B@h2").plan.steps.size(), 1u);
  EXPECT_EQ(group(config, "B@h2").plan.steps[0].id, "remote:n");
  EXPECT_EQ(group(config, "B@h2").plan.confirm_for, 9s);
}

TEST(ListForm, AMemberThatOwnsResourcesKeepsItsPlan) {
  const Config config = good(
      "ups:\n"
      "  - {name: A@h1, remote_servers: [{enabled: true, host: n, user: root}]}\n"
      "  - {name: B@h2}\n"
      "redundancy_groups: [{name: r, ups_sources: [A@h1, B@h2]}]\n"
      "local_shutdown: {enabled: false}\n");
  ASSERT_EQ(config.site.groups.size(), 2u);
  EXPECT_EQ(config.site.groups[0].name, "r") << "redundancy groups come first";
  EXPECT_TRUE(config.site.members[0].advisory);
  EXPECT_EQ(group(config, "A@h1").plan.steps.size(), 1u);
  EXPECT_THAT(config.notes,
              testing::ElementsAre(testing::HasSubstr("'A@h1' is in a redundancy group")));
}

TEST(LocalShutdown, TriggerOnUnsetMeansTheOwnerOnly) {
  const Config none = good("ups: [{name: A@h1}, {name: B@h2}]\n");
  EXPECT_TRUE(none.site.groups.empty());
  EXPECT_THAT(none.notes,
              testing::ElementsAre(testing::StartsWith("Nothing powers this machine off")));
  const Config owner = good("ups: [{name: A@h1, is_local: true}, {name: B@h2}]\n");
  EXPECT_EQ(owner.site.groups.size(), 1u);
  EXPECT_THAT(owner.notes,
              testing::ElementsAre(testing::StartsWith("Only the group with is_local")));
  EXPECT_TRUE(good("ups: [{name: A@h1}, {name: B@h2}]\nlocal_shutdown: {trigger_on: none}\n")
                  .site.groups.empty());
  EXPECT_TRUE(good("ups: [{name: A@h1}]\nlocal_shutdown: {enabled: false}\n").notes.empty());
}

TEST(LocalShutdown, ExplicitAnyWithoutAnOwnerIsEnerus) {
  const Config config = good(
      "ups: [{name: A@h1}, {name: B@h2}, {name: C@h3}]\n"
      "redundancy_groups: [{name: r, ups_sources: [A@h1, B@h2]}]\n"
      "local_shutdown: {trigger_on: any}\n");
  ASSERT_EQ(config.site.groups.size(), 2u) << "the members of r are only advice";
  EXPECT_EQ(group(config, "r").plan.steps.at(0).id, "local");
  EXPECT_EQ(group(config, "C@h3").plan.steps.at(0).id, "local");
}

TEST(LocalShutdown, ExplicitAnyBesideAnOwnerIsRefused) {
  EXPECT_EQ(problems("ups: [{name: A@h1}, {name: B@h2}, {name: C@h3}]\n"
                     "redundancy_groups: [{name: r, ups_sources: [A@h1, B@h2], is_local: true}]\n"
                     "local_shutdown: {trigger_on: any}\n"),
            "site.yaml:3:30: error: trigger_on: any beside a group with is_local would let an "
            "unrelated UPS "
            "power this machine off\n"
            "    local_shutdown: {trigger_on: any}\n"
            "                                 ^\n"
            "    hint: leave trigger_on out: the owner's plan powers this machine off\n");
  EXPECT_EQ(errors("ups: {name: A@h}\nlocal_shutdown: {trigger_on: any}\n"), "")
      << "it is the only one";
}

TEST(LocalShutdown, TheCommandIsSplitAndNeverReadByAShell) {
  const auto argv = [](const std::string& local) {
    return command(good("ups: {name: A@h}\nlocal_shutdown: " + local + "\n")
                       .site.groups.at(0)
                       .plan.steps.at(0))
        .argv;
  };
  EXPECT_EQ(argv("{command: \"/bin/off  'a b' \\\"c d\\\" e\\\\ f\", message: ''}"),
            (Argv{"/bin/off", "a b", "c d", "e f"}));
  EXPECT_EQ(argv("{command: [/bin/off, 'a | b'], message: now}"),
            (Argv{"/bin/off", "a | b", "now"}));
  EXPECT_EQ(argv("{message: bye}"), (Argv{"shutdown", "-h", "now", "bye"}));
  EXPECT_EQ(problems("ups: {name: A@h}\nlocal_shutdown: {command: sync && poweroff}\n"),
            "site.yaml:2:27: error: local_shutdown.command: '&' outside single quotes means "
            "something to a "
            "shell\n"
            "    local_shutdown: {command: sync && poweroff}\n"
            "                              ^\n"
            "    hint: no shell reads it: write a script and name that\n");
  for (const char* bad :
       {"'a | b'", "'a $HOME'", "'a \"$X\"'", "'a `b`'", "'a > b'", "'a *'", "\"a 'b\""}) {
    EXPECT_NE(errors(std::string("ups: {name: A@h}\nlocal_shutdown: {command: ") + bad + "}\n"), "")
        << bad;
  }
}

TEST(LocalShutdown, SyncIsAStepOnlyWhereItIsWritten) {
  const Config with = good("ups: {name: A@h}\nfilesystems: {sync_enabled: true}\n");
  ASSERT_EQ(with.site.groups[0].plan.steps.size(), 2u);
  EXPECT_EQ(with.site.groups[0].plan.steps[0].id, "sync");
  EXPECT_EQ(command(with.site.groups[0].plan.steps[0]).argv, (Argv{"sync"}));
  EXPECT_LT(with.site.groups[0].plan.steps[0].phase, with.site.groups[0].plan.steps[1].phase);
  EXPECT_EQ(good("ups: {name: A@h}\nfilesystems: {sync_enabled: false}\n")
                .site.groups[0]
                .plan.steps.size(),
            1u);
}

TEST(LocalShutdown, TheLocalCommandIsAloneAndLast) {
  const Config config = good(
      "ups:\n  name: A@h\n"
      "  remote_servers:\n"
      "    - {name: late, enabled: true, host: a, user: root, shutdown_order: 9}\n"
      "    - {name: early, enabled: true, host: b, user: root}\n");
  const auto& steps = config.site.groups[0].plan.steps;
  ASSERT_EQ(steps.size(), 3u);
  EXPECT_EQ(steps[2].id, "local");
  EXPECT_GT(steps[2].phase, 9);
}

TEST(NotInThisVersion, WhatAsksForActionIsAnErrorThatSaysSo) {
  const auto with = [](const std::string& body) {
    return errors("ups: {name: A@h}\n" + body + "\n");
  };
  EXPECT_EQ(with("virtual_machines: {enabled: true}"),
            "virtual_machines is not part of this version\n");
  EXPECT_EQ(with("containers: {enabled: true}"), "containers is not part of this version\n");
  EXPECT_EQ(with("filesystems: {unmount: {enabled: true}}"),
            "filesystems.unmount is not part of this version\n");
  EXPECT_EQ(with("local_shutdown: {wall: true}"),
            "local_shutdown.wall is not part of this version\n");
  EXPECT_EQ(with("local_shutdown: {drain_on_local_shutdown: true}"),
            "local_shutdown.drain_on_local_shutdown is not part of this version\n");
  EXPECT_EQ(with("notifications: {urls: ['x://y']}"),
            "notifications.urls is not part of this version\n");
  EXPECT_EQ(with("notifications: {enabled: true}"), "notifications is not part of this version\n");
  EXPECT_EQ(with("logging: {syslog: {enabled: true}}"),
            "logging.syslog is not part of this version\n");
  EXPECT_EQ(with("api: {enabled: true, auth: {enabled: true}}"),
            "api.auth.enabled is not part of this version\n");
  EXPECT_EQ(with("api: {enabled: true, bind: 0.0.0.0}"),
            "an api that listens on anything but loopback is not part of this version\n");
  for (const char* section : {"prometheus", "remote_health", "mqtt", "reports", "energy",
                              "nut_control", "battery_health", "self_test"}) {
    EXPECT_EQ(with(std::string(section) + ": {enabled: true}"),
              std::string(section) + " is not part of this version\n");
    EXPECT_EQ(problems("ups: {name: A@h}\n" + std::string(section) + ": {enabled: false}\n"), "")
        << section;
  }
}

TEST(NotInThisVersion, WhatIsPassiveGetsANote) {
  EXPECT_EQ(problems("ups: {name: A@h}\nstatistics: {db_directory: /x}\nnotifications: {enabled: "
                     "false, urls: [a]}\n"),
            "site.yaml:2:1: note: statistics is not used by this version\n"
            "    statistics: {db_directory: /x}\n"
            "    ^\n");
  EXPECT_EQ(errors("ups: {name: A@h}\nmqtt: {brokr: x}\n"), "unknown key 'brokr' in mqtt\n");
}

TEST(General, LoggingAndApi) {
  const Config config = good(
      "ups: {name: A@h}\n"
      "logging: {file: /var/log/n.log, level: debug, format: json}\n"
      "api: {enabled: true, bind: '::1', port: 9200}\n"
      "behavior: {dry_run: yes}\n");
  EXPECT_EQ(config.logging.file, "/var/log/n.log");
  EXPECT_EQ(config.logging.level, LogLevel::debug);
  EXPECT_EQ(config.logging.format, LogFormat::json);
  EXPECT_TRUE(config.api.enabled);
  EXPECT_EQ(config.api.bind, "::1");
  EXPECT_EQ(config.api.port, 9200);
  EXPECT_TRUE(config.dry_run);
  EXPECT_EQ(good("ups: {name: A@h}\n").logging.file, "");
  EXPECT_EQ(errors("ups: {name: A@h}\napi: {enabled: false, bind: 0.0.0.0}\n"), "");
  for (const char* bind :
       {"127.0.0.1.", "127.1", "1127.0.0.1", "127.0.0.256", "127.0.0.1.1", "localhost.example"}) {
    EXPECT_NE(errors(std::string("ups: {name: A@h}\napi: {enabled: true, bind: ") + bind + "}\n"),
              "")
        << bind;
  }
}

}  // namespace
}  // namespace nightwatt::config::test

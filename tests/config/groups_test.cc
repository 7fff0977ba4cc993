#include <gtest/gtest.h>

#include "tests/config/support.h"

// Redundancy groups: the five error classes of the requirement with their whole text, the other
// rules, and what a good group becomes.
namespace nightwatt::config::test {
namespace {

std::string with_group(const std::string& body) {
  return "ups: [{name: A@h1}, {name: B@h2}, {name: C@h3}]\nredundancy_groups:\n" + body;
}

TEST(GroupErrors, UnknownUpsSource) {
  EXPECT_EQ(problems("ups: [{name: UPS-A@10.0.0.10}, {name: UPS-B@10.0.0.11}]\n"
                     "redundancy_groups:\n"
                     "  - name: rack\n"
                     "    ups_sources: [UPS-A@10.0.0.10, UPS-B@10.0.0.12]\n"),
            "site.yaml:4:36: error: unknown UPS source 'UPS-B@10.0.0.12'\n"
            "        ups_sources: [UPS-A@10.0.0.10, UPS-B@10.0.0.12]\n"
            "                                       ^\n"
            "    hint: did you mean 'UPS-B@10.0.0.11'?\n");
}

TEST(GroupErrors, DuplicateUpsSource) {
  EXPECT_EQ(problems("ups: [{name: A@h1}, {name: B@h2}]\n"
                     "redundancy_groups:\n"
                     "  - name: rack\n"
                     "    ups_sources:\n"
                     "      - A@h1\n"
                     "      - A@h1\n"),
            "site.yaml:6:9: error: duplicate UPS source 'A@h1'\n"
            "          - A@h1\n"
            "            ^\n"
            "    hint: a UPS counted twice would hide the loss of another\n");
}

TEST(GroupErrors, DuplicateGroupName) {
  EXPECT_EQ(problems("ups: [{name: A@h1}, {name: B@h2}]\n"
                     "redundancy_groups:\n"
                     "  - {name: rack, ups_sources: [A@h1, B@h2]}\n"
                     "  - {name: rack, ups_sources: [B@h2, A@h1]}\n"),
            "site.yaml:4:12: error: duplicate redundancy group name 'rack'\n"
            "      - {name: rack, ups_sources: [B@h2, A@h1]}\n"
            "               ^\n"
            "    hint: the first one is in line 3\n");
}

TEST(GroupErrors, MultipleLocalGroups) {
  EXPECT_EQ(problems("ups: [{name: A@h1, is_local: true}, {name: B@h2}]\n"
                     "redundancy_groups:\n"
                     "  - name: rack\n"
                     "    ups_sources: [A@h1, B@h2]\n"
                     "    is_local: true\n"),
            "site.yaml:5:15: error: more than one group is marked is_local: UPS group 'A@h1' and "
            "redundancy group 'rack'\n"
            "        is_local: true\n"
            "                  ^\n"
            "    hint: one UPS or redundancy group at most feeds this machine\n");
}

TEST(GroupErrors, DuplicateRemoteOwnership) {
  EXPECT_EQ(
      problems("ups:\n"
               "  - name: A@h1\n"
               "    remote_servers: [{name: n, enabled: true, host: Node.Example, user: root}]\n"
               "  - name: B@h2\n"
               "redundancy_groups:\n"
               "  - name: rack\n"
               "    ups_sources: [A@h1, B@h2]\n"
               "    remote_servers: [{name: m, enabled: true, host: node.example, user: root}]\n"),
      "site.yaml:8:53: error: remote server 'm' (root@node.example) is owned by both UPS group "
      "'A@h1' and redundancy group 'rack'\n"
      "    ...mote_servers: [{name: m, enabled: true, host: node.example, user: root}]\n"
      "                                                     ^\n"
      "    hint: a remote server belongs to exactly one of them\n");
}

TEST(GroupErrors, OneServerMayNotBeInTwoRedundancyGroupsEither) {
  const std::string two =
      "ups: [{name: A@h1}, {name: B@h2}]\nredundancy_groups:\n"
      "  - {name: r1, ups_sources: [A@h1, B@h2], remote_servers: [{enabled: true, host: n, user: "
      "root}]}\n"
      "  - {name: r2, ups_sources: [A@h1, B@h2], remote_servers: [{enabled: true, host: n, user: ";
  EXPECT_EQ(errors(two + "root}]}\n"),
            "remote server 'n' (root@n) is owned by both redundancy group 'r1' and redundancy "
            "group 'r2'\n");
  EXPECT_EQ(errors(two + "admin}]}\n"), "");
  EXPECT_EQ(errors(two + "root, port: 2222}]}\n"), "");
}

TEST(GroupErrors, MinHealthyIsJudgedAgainstTheSources) {
  const auto with = [](const std::string& value) {
    return errors(
        with_group("  - {name: r, ups_sources: [A@h1, B@h2], min_healthy: " + value + "}\n"));
  };
  EXPECT_EQ(with("0"), "min_healthy must be at least 1, got 0\n");
  EXPECT_EQ(with("-1"), "min_healthy must be at least 1, got -1\n");
  EXPECT_EQ(with("3"), "min_healthy 3 exceeds the number of UPS sources (2)\n");
  EXPECT_EQ(with("two"),
            "redundancy_groups['r'].min_healthy must be a whole number from -1000000 to 1000000, "
            "got 'two'\n");
  EXPECT_EQ(with("1"), "");
  EXPECT_EQ(with("2"), "");
}

TEST(GroupErrors, FewerThanTwoSources) {
  EXPECT_EQ(errors(with_group("  - {name: r, ups_sources: [A@h1]}\n")),
            "group 'r' has 1 UPS source\n");
  EXPECT_EQ(errors(with_group("  - {name: r}\n")), "group 'r' has 0 UPS sources\n");
  EXPECT_EQ(errors(with_group("  - {ups_sources: [A@h1, B@h2]}\n")),
            "redundancy_groups[1] has no 'name'\n");
}

TEST(GroupErrors, OnlyAUpsCanBeAMember) {
  EXPECT_EQ(problems("ups: [{name: A@h1}]\n"
                     "devices: [{name: pdu@h2}]\n"
                     "redundancy_groups: [{name: r, ups_sources: [A@h1, pdu@h2]}]\n"),
            "site.yaml:3:51: error: unknown UPS source 'pdu@h2'\n"
            "    redundancy_groups: [{name: r, ups_sources: [A@h1, pdu@h2]}]\n"
            "                                                      ^\n"
            "    hint: it is in 'devices'; only an entry of 'ups' can be a member\n");
}

TEST(GroupErrors, NamesThatCouldNotBeToldApart) {
  EXPECT_EQ(errors(with_group("  - {name: A@h1, ups_sources: [A@h1, B@h2]}\n")),
            "group 'A@h1' has the name of a UPS\n");
  EXPECT_EQ(errors(with_group("  - {name: rack 1, ups_sources: [A@h1, B@h2]}\n"
                              "  - {name: rack/1, ups_sources: [A@h1, B@h2]}\n")),
            "group 'rack/1' would share its re-entry flag with another group\n");
}

TEST(GroupErrors, DepletionWindowBelongsToEachUps) {
  EXPECT_EQ(
      problems("ups: [{name: A@h1}, {name: B@h2}]\n"
               "redundancy_groups:\n"
               "  - name: r\n"
               "    ups_sources: [A@h1, B@h2]\n"
               "    triggers: {depletion: {window: 100, critical_rate: 5}}\n"),
      "site.yaml:5:36: error: redundancy_groups['r'].triggers.depletion.window cannot be set for a "
      "group\n"
      "        triggers: {depletion: {window: 100, critical_rate: 5}}\n"
      "                                       ^\n"
      "    hint: the rate is calculated once for each UPS: set it globally or in ups[].triggers\n");
  EXPECT_EQ(errors(with_group(
                "  - {name: r, ups_sources: [A@h1, B@h2], triggers: {failsafe_after: 1}}\n")),
            "redundancy_groups['r'].triggers.failsafe_after cannot be set for a group\n");
}

TEST(GroupErrors, LocalResourcesNeedALocalOwner) {
  EXPECT_EQ(errors(with_group(
                "  - {name: r, ups_sources: [A@h1, B@h2], filesystems: {sync_enabled: true}}\n")),
            "redundancy_groups['r'].filesystems.sync_enabled is for the owner of this machine, and "
            "redundancy "
            "group 'r' is not\n");
}

TEST(GroupErrors, SettingsThatNeedAnother) {
  EXPECT_EQ(
      errors(with_group("  - {name: r, ups_sources: [A@h1, B@h2], blind_shutdown_after: 5m}\n")),
      "redundancy_groups['r'].blind_shutdown_after needs unknown_counts_as: evidence\n");
  EXPECT_EQ(
      errors(with_group("  - {name: r, ups_sources: [A@h1, B@h2], triggers_mode: replace}\n")),
      "redundancy_groups['r'].triggers_mode without 'triggers'\n");
}

TEST(GroupErrors, AllProblemsOfAFileComeInOnePassAndInItsOrder) {
  EXPECT_EQ(
      problems("ups:\n"
               "  - name: A@h1\n"
               "    chek_interval: 1\n"
               "  - name: A@h1\n"
               "redundancy_groups:\n"
               "  - name: rack\n"
               "    ups_sources: [A@h1, B@h2]\n"
               "    min_healthy: 0\n"
               "    unknown_counts_as: evidense\n"),
      "site.yaml:3:5: error: unknown key 'chek_interval' in ups['A@h1']\n"
      "        chek_interval: 1\n"
      "        ^\n"
      "    hint: did you mean 'check_interval'?\n"
      "site.yaml:4:11: error: device 'A@h1' is declared twice\n"
      "      - name: A@h1\n"
      "              ^\n"
      "    hint: the first one is in line 2\n"
      "site.yaml:7:25: error: unknown UPS source 'B@h2'\n"
      "        ups_sources: [A@h1, B@h2]\n"
      "                            ^\n"
      "    hint: known here: A@h1\n"
      "site.yaml:8:18: error: min_healthy must be at least 1, got 0\n"
      "        min_healthy: 0\n"
      "                     ^\n"
      "    hint: with 0 the group would never shut down: remove the group instead\n"
      "site.yaml:9:24: error: redundancy_groups['rack'].unknown_counts_as must be one of critical, "
      "degraded, healthy, evidence, got 'evidense'\n"
      "        unknown_counts_as: evidense\n"
      "                           ^\n"
      "    hint: did you mean 'evidence'?\n");
}

TEST(Groups, DefaultsAreEneru) {
  const Config config = good(with_group("  - {name: rack, ups_sources: [A@h1, B@h2]}\n"));
  ASSERT_EQ(config.site.groups.size(), 1u);
  const core::GroupRule& rack = config.site.groups[0];
  EXPECT_EQ(rack.quorum.kind, core::GroupKind::redundancy);
  EXPECT_EQ(rack.quorum.members, (std::vector<DeviceId>{{0}, {1}}));
  EXPECT_EQ(rack.quorum.min_healthy, 1);
  EXPECT_EQ(rack.quorum.degraded_counts_as, DegradedCounts::healthy);
  EXPECT_EQ(rack.quorum.unknown_counts_as, UnknownCounts::critical);
  EXPECT_FALSE(rack.quorum.triggers.has_value());
  EXPECT_FALSE(rack.quorum.blind_shutdown_after.has_value());
  EXPECT_EQ(rack.quorum.readiness_window, std::chrono::seconds(80));
  EXPECT_TRUE(rack.plan.uses_flag);
  EXPECT_EQ(rack.plan.stray_flag, core::StrayFlag::suppress);
  EXPECT_EQ(rack.plan.confirm_for, Duration{0});
  EXPECT_FALSE(rack.is_local);
  EXPECT_TRUE(config.site.members[0].advisory);
  EXPECT_TRUE(config.site.members[1].advisory);
  EXPECT_FALSE(config.site.members[2].advisory);
}

TEST(Groups, EveryFieldIsRead) {
  const Config config = good(
      "triggers: {low_battery_threshold: 50}\n"
      "ups: [{name: A@h1, check_interval: 4}, {name: B@h2, connection_loss_grace_period: "
      "{duration: 20}}]\n"
      "redundancy_groups:\n"
      "  - name: rack\n"
      "    ups_sources: [A@h1, B@h2]\n"
      "    min_healthy: 2\n"
      "    degraded_counts_as: critical\n"
      "    unknown_counts_as: evidence\n"
      "    blind_shutdown_after: 30m\n"
      "    triggers: {critical_runtime_threshold: 120, depletion: {critical_rate: 7.5}}\n"
      "    triggers_mode: replace\n"
      "    confirm_for: 5s\n"
      "    return_after: 10m\n"
      "    hurry: false\n"
      "    stray_flag: replace\n"
      "    single_feed_load_max: 70\n"
      "    member_load_max: 40\n"
      "    headroom: 10\n");
  const core::GroupRule& rack = group(config, "rack");
  EXPECT_EQ(rack.quorum.min_healthy, 2);
  EXPECT_EQ(rack.quorum.degraded_counts_as, DegradedCounts::critical);
  EXPECT_EQ(rack.quorum.unknown_counts_as, UnknownCounts::evidence);
  EXPECT_EQ(rack.quorum.blind_shutdown_after, std::chrono::minutes(30));
  ASSERT_TRUE(rack.quorum.triggers.has_value());
  EXPECT_EQ(rack.quorum.triggers->critical_runtime_threshold, std::chrono::seconds(120));
  EXPECT_EQ(rack.quorum.triggers->depletion_critical_rate, 7.5);
  EXPECT_EQ(rack.quorum.triggers->low_battery_threshold, 50);  // inherited
  EXPECT_EQ(rack.quorum.triggers_mode, core::TriggersMode::replace);
  EXPECT_EQ(rack.plan.confirm_for, std::chrono::seconds(5));
  EXPECT_EQ(rack.plan.return_after, std::chrono::minutes(10));
  EXPECT_FALSE(rack.plan.hurry);
  EXPECT_EQ(rack.plan.stray_flag, core::StrayFlag::replace);
  EXPECT_EQ(rack.quorum.single_feed_load_max, 70);
  EXPECT_EQ(rack.quorum.member_load_max, 40);
  EXPECT_EQ(rack.quorum.headroom, 10);
  // 5 x 4 s + 5 s + 60 s + 10 s: the slowest member and the longest grace.
  EXPECT_EQ(rack.quorum.readiness_window, std::chrono::seconds(95));
}

}  // namespace
}  // namespace nightwatt::config::test

#include <gtest/gtest.h>

#include "tests/config/support.h"

// `schedules:` and `control:` of a device.
namespace nightwatt::config::test {
namespace {

using namespace std::chrono_literals;

// A UPS over Modbus, with a NUT path as its first failover, and these keys.
std::string ups(std::string_view keys, bool nut = false) {
  return "comm_devices:\n"
         "  - {id: m, driver: modbus, host: h, profile: simulated-ups-modbus}\n"
         "  - {id: n, driver: nut, host: h}\n"
         "ups:\n  - name: U\n    paths: [{comm: m, unit: 1}" +
         std::string(nut ? ", {comm: n, unit: u}" : "") + "]\n" + std::string(keys);
}

TEST(Schedules, AreRead) {
  const Config config =
      good(ups("    schedules:\n"
               "      - {name: state, variables: [ups.status, battery.charge], interval: 1s,"
               " interval_alert: 200ms, priority: high}\n"
               "      - {name: all, interval: 60s, bound_to: primary}\n"));
  const core::DeviceRule& rule = device(config, "U");
  ASSERT_EQ(rule.schedules.size(), 2u);
  EXPECT_EQ(rule.schedules[0].interval, 1s);
  EXPECT_EQ(rule.schedules[0].interval_alert, 200ms);
  EXPECT_EQ(rule.schedules[0].priority, core::PollPriority::high);
  EXPECT_EQ(rule.schedules[1].binding, core::Binding::primary);
  EXPECT_EQ(rule.poll_interval, 1s);
  ASSERT_EQ(rule.paths[0].messages.size(), 2u);
  EXPECT_LE(rule.paths[0].messages[0], rule.paths[0].messages[1]);
}

TEST(Schedules, WhatIsWrongIsSaid) {
  const auto schedule = [](std::string_view text) {
    return errors(ups("    schedules: [" + std::string(text) + "]\n"));
  };
  EXPECT_NE(schedule("{name: a, interval: 1s, variables: [battery.charge]}").find("ups.status"),
            std::string::npos);
  EXPECT_NE(schedule("{name: a}").find("has no 'interval'"), std::string::npos);
  EXPECT_NE(schedule("{interval: 1s}").find("has no 'name'"), std::string::npos);
  EXPECT_NE(schedule("{name: a, interval: 1s, bound_to: primary}").find("bound to current"),
            std::string::npos);
  EXPECT_NE(schedule("{name: a, interval: 1s}, {name: a, interval: 2s}").find("two schedules"),
            std::string::npos);
  EXPECT_NE(schedule("{name: a, interval: 1s}, {name: b, interval: 1s, bound_to: secondary}")
                .find("bound to the secondary path"),
            std::string::npos);
  EXPECT_NE(schedule("{name: a, interval: 1s, groups: [nonesuch]}").find("has the group"),
            std::string::npos);
  EXPECT_NE(schedule("{name: a, interval: 1s}, {name: b, interval: 1s, "
                     "variables: [output.frequency.nominal]}")
                .find("no path of 'U' reads"),
            std::string::npos);
  EXPECT_NE(schedule("{name: a, interval: 1s, interval_alert: 2s}").find("longer than interval"),
            std::string::npos);
}

// A group without ups.status says nothing that decisions could use, over whichever path.
TEST(Schedules, SomethingIsReadOverEveryPath) {
  World world;
  for (const std::string name : {"fast", "slow"}) {
    world.profiles[name + ".yaml"] =
        "profile: " + name +
        "\nprotocol: modbus\nvariables:\n"
        "  - {variable: ambient.temperature, register: 40001, group: " +
        name + "}\n";
  }
  const auto told = [&](const std::string& schedules) {
    return errors(
        "profile_files: [fast.yaml, slow.yaml]\n"
        "comm_devices: [{id: m, driver: modbus, host: h}]\n"
        "devices:\n"
        "  - name: pump\n"
        "    paths: [{comm: m, unit: 1, profile: fast}, {comm: m, unit: 2, profile: slow}]\n"
        "    schedules: [" +
            schedules + "]\n",
        world);
  };
  EXPECT_EQ(
      told("{name: a, interval: 1s, groups: [fast]}, {name: b, interval: 9s, groups: [slow]}"), "");
  EXPECT_EQ(told("{name: a, interval: 1s, groups: [fast]}"),
            "no schedule of 'pump' reads anything over path 2\n");
}

TEST(Schedules, TheFirstOfAUpsReadsItsStatusOverEveryPath) {
  World world;
  world.profiles["state.yaml"] =
      "profile: state\nprotocol: modbus\nvariables:\n"
      "  - {variable: ups.status, register: 40001, group: state, bits: {0: {set: OL, clear: OB}}}\n"
      "  - {variable: battery.charge, register: 40002, group: battery}\n";
  world.profiles["loose.yaml"] =
      "profile: loose\nprotocol: modbus\nvariables:\n"
      "  - {variable: ups.status, register: 40001, bits: {0: {set: OL, clear: OB}}}\n"
      "  - {variable: battery.charge, register: 40002, group: state}\n";
  const auto told = [&](const std::string& second, const std::string& schedule) {
    return errors(
        "profile_files: [state.yaml, loose.yaml]\n"
        "comm_devices: [{id: m, driver: modbus, host: h, profile: state}]\n"
        "ups:\n"
        "  - name: U\n"
        "    paths: [{comm: m, unit: 1}, {comm: m, unit: 2, profile: " +
            second +
            "}]\n"
            "    schedules: [" +
            schedule + ", {name: all, interval: 9s}]\n",
        world);
  };
  EXPECT_EQ(told("state", "{name: fast, interval: 1s, groups: [state]}"), "");
  EXPECT_EQ(told("loose", "{name: fast, interval: 1s, groups: [state], variables: [ups.status]}"),
            "");
  EXPECT_EQ(told("state", "{name: fast, interval: 1s, groups: [battery]}"),
            "schedule 'fast' of 'U' does not read ups.status over path 1\n"
            "schedule 'fast' of 'U' does not read ups.status over path 2\n");
  EXPECT_EQ(told("loose", "{name: fast, interval: 1s, groups: [state]}"),
            "schedule 'fast' of 'U' does not read ups.status over path 2\n");
}

TEST(Schedules, ASilentChangeOfWhatIsReadIsAWarning) {
  const std::string_view two =
      "    schedules: [{name: state, interval: 1s}, {name: meters, interval: 9s}]\n";
  EXPECT_NE(problems(ups(two, true)).find("silently reads path 2, which has another profile"),
            std::string::npos);
  EXPECT_EQ(problems(ups(two, false)), "");
  const std::string_view meant =
      "    schedules: [{name: state, interval: 1s}, "
      "{name: meters, interval: 9s, bound_to: current}]\n";
  EXPECT_EQ(problems(ups(meant, true)), "");
}

TEST(Schedules, AVariableThatDecisionsDoNotSeeIsAWarning) {
  EXPECT_NE(problems(ups("    schedules:\n"
                         "      - {name: state, variables: [ups.status], interval: 1s}\n"
                         "      - {name: slow, variables: [battery.charge], interval: 60s}\n"))
                .find("battery.charge is read by schedule 'slow' only"),
            std::string::npos);
}

TEST(Control, NothingIsAllowedByDefault) {
  const Config config = good(ups(""));
  EXPECT_TRUE(device(config, "U").allow_control.empty());
  EXPECT_TRUE(device(config, "U").controls.empty());
}

TEST(Control, ANutPathTakesAnyNameThatIsAllowed) {
  const Config config = good(
      "ups:\n  - name: u@h\n    control:\n      expiry: 5s\n      allow:\n"
      "        - test.battery.start.quick\n"
      "        - {name: ups.delay.shutdown, policy: verify_then_retry, expiry: 10s}\n");
  const core::DeviceRule& rule = device(config, "u@h");
  EXPECT_EQ(rule.allow_control.size(), 2u);
  ASSERT_EQ(rule.controls.size(), 3u);
  EXPECT_EQ(rule.controls[0].policy, ControlPolicy::never);
  EXPECT_EQ(rule.controls[0].expiry, 5s);
  EXPECT_EQ(rule.controls[2].kind, ControlKind::write);
  EXPECT_EQ(rule.controls[2].expiry, 10s);
  ASSERT_TRUE(rule.controls[2].verify);
  EXPECT_FALSE(rule.controls[2].verify->number) << "the order's own value is read back";
}

TEST(Control, WhatNoPathCanDoIsAnError) {
  EXPECT_NE(errors(ups("    control: {allow: [load.of]}\n")).find("can carry out 'load.of'"),
            std::string::npos);
  EXPECT_NE(errors("ups:\n  - name: u@h\n    control: {allow: [{name: load.off, "
                   "policy: select_before_operate}]}\n")
                .find("no select to do"),
            std::string::npos);
  EXPECT_NE(errors(ups("    control: {allow: [a.b, a.b]}\n", true)).find("allowed twice"),
            std::string::npos);
}

TEST(Control, AProfileSaysHowAndWhere) {
  const Config plain = good(ups(""));
  const profile::PathPlan* plan = plain.plans.at(DeviceId{0}, primary);
  ASSERT_NE(plan, nullptr);
  if (plan->profile.commands.empty()) GTEST_SKIP() << "the profile has no commands";
  const profile::Command& command = plan->profile.commands.front();
  const Config config = good(ups("    control: {allow: [" + command.name + "]}\n", true));
  const core::DeviceRule& rule = device(config, "U");
  const core::ControlRule* found = nullptr;
  for (const core::ControlRule& each : rule.controls) {
    if (each.kind == command.kind) found = &each;
  }
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->policy, command.policy);
  EXPECT_EQ(found->paths[0].steps, command.steps.size());
  EXPECT_EQ(found->paths[1].steps, 1) << "NUT";
}

// A PLC whose profile has two values and two status points.
std::string plc(std::string_view keys) {
  return "profile_files: [plc.yaml]\n"
         "comm_devices: [{id: m, driver: modbus, host: h, profile: plc},\n"
         "               {id: n, driver: modbus, host: i, profile: plc}]\n"
         "ups: [{name: U@h}]\n"
         "devices:\n  - name: PLC\n    paths: [{comm: m, unit: 1}, {comm: n, unit: 1}]\n" +
         std::string(keys);
}

World with_plc() {
  World world;
  world.profiles["plc.yaml"] =
      "profile: plc\nprotocol: modbus\nvariables:\n"
      "  - {variable: tank.1.level, register: 40001}\n"
      "  - {variable: tank.2.level, register: 40002, group: slow}\n"
      "  - {variable: link.success, point: comm.success.hour}\n"
      "  - {variable: link.latency, point: comm.path.1.latency_ms, scale: 2, group: slow}\n";
  return world;
}

TEST(StatusPoints, StandAmongTheVariablesOfEverySchedule) {
  const Config config = good(plc(""), with_plc());
  const auto& points = device(config, "PLC").points;
  ASSERT_TRUE(points);
  ASSERT_EQ(points->size(), 2u) << "both paths have the profile: one line for each variable";
  EXPECT_EQ((*points)[0].schedules, 1u);
  EXPECT_EQ((*points)[0].paths, 3);
  EXPECT_EQ((*points)[1].scale, 2);
  EXPECT_FALSE(device(config, "U@h").points);
}

TEST(StatusPoints, SchedulesNameThem) {
  const Config config =
      good(plc("    schedules:\n"
               "      - {name: fast, interval: 1s, variables: [tank.1.level, link.success]}\n"
               "      - {name: slow, interval: 9s, groups: [slow]}\n"),
           with_plc());
  const auto& points = *device(config, "PLC").points;
  EXPECT_EQ(points[0].schedules, 1u);
  EXPECT_EQ(points[1].schedules, 2u);
  EXPECT_EQ(core::messages_of(device(config, "PLC"), 0, primary), 1);
  EXPECT_EQ(core::messages_of(device(config, "PLC"), 1, primary), 1);
}

TEST(StatusPoints, OfThemAloneAScheduleIsAnError) {
  EXPECT_EQ(errors(plc("    schedules: [{name: link, interval: 1s, variables: [link.success]}]\n"),
                   with_plc()),
            "a schedule of status points alone polls nothing\n");
}

}  // namespace
}  // namespace nightwatt::config::test

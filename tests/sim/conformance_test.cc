#include "sim/conformance.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "tests_places.h"

namespace nightwatt::sim::conformance {
namespace {

std::string read(const std::string& name) {
  std::ifstream file(std::string(NIGHTWATT_SOURCE_DIR) + "/tests/vectors/" + name);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

void expect_all_pass(const std::string& name, std::size_t count) {
  const auto report = run(read(name));
  ASSERT_TRUE(report) << report.error().what;
  EXPECT_EQ(report->scenarios.size(), count);
  EXPECT_TRUE(report->passed()) << report->text();
}

TEST(Conformance, TheSharedScenariosPass) { expect_all_pass("comm-failover.yaml", 37); }
TEST(Conformance, TheRandomScenariosPass) { expect_all_pass("comm-failover-random.yaml", 100); }
TEST(Conformance, TheCornersPass) { expect_all_pass("comm-failover-corners.yaml", 143); }
TEST(Conformance, TheGuardedCornersPass) { expect_all_pass("comm-guarded-corners.yaml", 22); }
TEST(Conformance, TheGuardedScenariosPass) { expect_all_pass("comm-guarded.yaml", 19); }

// One device with two paths; `timeline` and `expect` in flow style.
std::string scenario(const std::string& timeline, const std::string& expect,
                     const std::string& more = "") {
  return "scenarios:\n- id: X\n  title: story\n  devices: {RTU: {paths: {1: {comm: L1, "
         "initial_fail_s: 0}, 2: {comm: L2}}}}\n  timeline: [" +
         timeline + "]\n  until: 40\n" + more + "  expect: {" + expect + "}\n";
}

std::vector<std::string> differences_of(const std::string& timeline, const std::string& expect) {
  const auto report = run(scenario(timeline, expect));
  if (!report) return {"error: " + report.error().what};
  return report->scenarios.at(0).differences;
}

std::string error_of(const std::string& text) {
  const auto report = run(text);
  return report ? "no error" : report.error().what;
}

using Lines = std::vector<std::string>;
constexpr const char* one_failover = "{t: 5, link: {1: down}}, {t: 10, poll: A}";

TEST(Conformance, EveryDifferenceIsSaidInWords) {
  EXPECT_EQ(
      differences_of(one_failover,
                     "RTU: {transitions: [{t: 11, from: 1, to: 2, cause: FAIL, "
                     "queue_after: []}]}"),
      Lines{"RTU: transition 1: expected 1 -> 2 FAIL at 11.0 s with queue [], got 1 -> 2 FAIL "
            "at 11.0 s with queue [A]"});
  EXPECT_EQ(differences_of(one_failover, "RTU: {transitions: []}"),
            Lines{"RTU: transition 1: expected none, got 1 -> 2 FAIL at 11.0 s with queue [A]"});
  EXPECT_EQ(differences_of(one_failover, "RTU: {polls: {A: [failed, 1, 11.0]}}"),
            Lines{"RTU: poll A: expected failed on path 1 at 11.0 s, got ok on path 2 at 11.1 s"});
  EXPECT_EQ(differences_of(one_failover, "RTU: {tx_per_path: {1: 1, 2: 2}}"),
            Lines{"RTU: messages sent on path 2: expected 2, got 1"});
  EXPECT_EQ(differences_of(one_failover, "RTU: {final: {SYDEVCOMID: L1, failover_count: [0]}}"),
            (Lines{"RTU: final SYDEVCOMID: expected L1, got L2",
                   "RTU: failovers from path 1: expected 0, got 1"}));
  EXPECT_EQ(differences_of("{t: 40, poll: A}", "RTU: {pending: []}"),
            Lines{"RTU: pending: expected [], got [A]"});
  EXPECT_EQ(differences_of("{t: 1, resolve_mss: true}", "mss: [{t: 1, Curr. Comm ID: L2}]"),
            Lines{"RTU: mss 1 Curr. Comm ID: expected L2, got L1"});
}

TEST(Conformance, TimesMayDifferByOneMillisecond) {
  EXPECT_EQ(differences_of(one_failover, "RTU: {polls: {A: [ok, 2, 11.101]}}"), Lines{});
  EXPECT_EQ(differences_of(one_failover, "RTU: {polls: {A: [ok, 2, 11.102]}}").size(), 1u);
}

TEST(Conformance, WhatIsNotExpectedIsNotChecked) {
  EXPECT_EQ(differences_of(one_failover, ""), Lines{});
}

TEST(Conformance, TheReportSaysWhatFailedAndCounts) {
  const auto report = run(scenario(one_failover, "RTU: {tx_per_path: {1: 9}}"));
  ASSERT_TRUE(report);
  EXPECT_EQ(
      report->text(),
      "X (story)\n  RTU: messages sent on path 1: expected 9, got 1\n0 of 1 scenarios pass\n");
}

TEST(Conformance, ALateReplyChangesNothing) {
  EXPECT_EQ(differences_of("{t: 5, link: {1: down}}, {t: 10, poll: A}, "
                           "{t: 11.4, late_reply: {path: 1, poll: A}}",
                           "RTU: {polls: {A: [ok, 2, 11.1]}, final: {SYDEVPRFO: 1, active: 2}}"),
            Lines{});
}

TEST(Conformance, EightPathsAreWalkedInOrder) {
  std::string paths;
  std::string down;
  for (int p = 1; p <= 8; ++p) {
    const std::string rank = std::to_string(p);
    paths += (p > 1 ? ", " : "") + rank + ": {comm: L" + rank + ", initial_fail_s: 0}";
    if (p < 8) down += (p > 1 ? ", " : "") + rank + ": down";
  }
  const auto report =
      run("scenarios:\n- id: X\n  devices: {RTU: {paths: {" + paths +
          "}}}\n  timeline: [{t: 1, link: {" + down +
          "}}, {t: 2, poll: A}]\n  until: 20\n  expect: {RTU: {final: {active: 8, "
          "failover_count: [1, 1, 1, 1, 1, 1, 1, 0]}, polls: {A: [ok, 8, 9.1]}}}\n");
  ASSERT_TRUE(report) << report.error().what;
  EXPECT_TRUE(report->passed()) << report->text();
}

TEST(Conformance, OneValueMayBeWrittenInManyWays) {
  const std::string expect = "RTU: {polls: {A: [ok, 2, 11.1]}, tx_per_path: {1: 1, 2: 1}}";
  for (const char* timeline : {
           one_failover,
           "{'t': \"5\", link: {\"1\": 'down'}}, {t: '10', poll: \"A\", messages: '1'}",
           "{t: 5., link: {0x1: down}}, {t: +1e1, poll: A, messages: 01}",
           "&five {t: 5, link: &off {1: down}}, *five, {t: 6, link: *off}, {t: 10, poll: A}",
           "{t: 0, set_auto: YES}, {t: 5, link: {1: down}}, {t: 10, set_auto: On, poll: A}",
           "{t: 0, set_auto: True}, {t: 5, link: {1: down}}, {t: 10, set_auto: y, poll: A}",
           "# a comment\n    {t: 5, link: {1: !!str down}},\n    {t: 10.000, poll: A}",
           "{\"t\":5,\"link\":{\"1\":\"down\"}},{\"t\":10,\"poll\":\"A\"}",
       }) {
    EXPECT_EQ(differences_of(timeline, expect), Lines{}) << timeline;
  }
  for (const char* number : {"1_0", "08", "0x", "''", "~", "1.5", "ten", "' 10'", "[10]"}) {
    const std::string poll = std::string("{t: 1, poll: A, messages: ") + number + "}";
    EXPECT_EQ(error_of(scenario(poll, "")),
              "X: line 5: messages must be a whole number from 1 to 10000");
  }
}

// YAML wants keys to differ; in an event they are actions, in their order.
TEST(Conformance, AnEventMayHoldTwoActionsOfOneKind) {
  EXPECT_EQ(differences_of("{t: 5, link: {1: down}, link: {1: up}}, {t: 10, poll: A, poll: B}",
                           "RTU: {polls: {A: [ok, 1, 10.1], B: [ok, 1, 10.2]}}"),
            Lines{});
  std::string many;
  for (int i = 0; i < 300; ++i) many += "scenarios: []\n";
  EXPECT_THAT(error_of(many + "a: [}"), testing::StartsWith("line 301: this is not YAML"));
}

// What the format allows, although the given files do not do it.
TEST(Conformance, NamesArePerDeviceAndWhatIsEmptyMayBeLeftOut) {
  const std::string file = R"(
defaults:
scenarios:
  - id: X
    title:
    devices:
      A: {paths: {1: {comm: L1}, 2: {comm: L2}}}
      B: {paths: {1: {comm: L3}}}
    timeline:
      - {t: 1, device: A, poll_every: {name: P, every: 5, count: 2}}
      - {t: 2, device: B, poll_every: {name: P, every: 5, count: 2}}
      - {t: 3, device: A, manual_active: 4}
    until: 20
    expect:
      A:
        transitions: [{t: 3, from: 1, to: 4, cause: REFUSED, queue_after: }]
        polls: {P0: [ok, 1, 1.1], P1: [ok, 1, 6.1]}
        pending:
      B:
        transitions:
        polls: {P0: [ok, 1, 2.1], P1: [ok, 1, 7.1]}
        final:
)";
  const auto report = run(file);
  ASSERT_TRUE(report) << report.error().what;
  EXPECT_EQ(report->scenarios.at(0).differences, Lines{});
}

TEST(Conformance, WhatIsNotAScenarioFileIsRefused) {
  EXPECT_EQ(error_of("scenarios: [}"),
            "line 1: this is not YAML: did not find expected node content (look at the indentation "
            "and for an unclosed bracket or quote in the lines above)");
  EXPECT_EQ(error_of(""), "the file is empty");
  EXPECT_EQ(error_of("[]"), "line 1: a scenario file must be a map");
  EXPECT_EQ(error_of("scenarios: []\n---\nscenarios: []\n"),
            "line 2: a second document starts here (one file, one document)");
  EXPECT_EQ(error_of(scenario("{t: 1, poll: !mine A}", "")),
            "line 5: the tag !mine means nothing here");
  EXPECT_EQ(error_of("{scenarios: [], colour: red}"), "line 1: unknown key 'colour'");
  EXPECT_EQ(error_of("{defaults: {}}"), "line 1: a scenario file lacks 'scenarios'");
  EXPECT_EQ(error_of(scenario("{t: 1, pol: A}", "")), "X: line 5: unknown event 'pol'");
  EXPECT_EQ(error_of(scenario("{t: -1, poll: A}", "")), "X: line 5: t must be a number from 0");
  EXPECT_EQ(error_of(scenario("{t: .nan, poll: A}", "")), "X: line 5: t must be a number from 0");
  EXPECT_EQ(error_of(scenario("{t: 1}", "")), "X: line 5: an event without anything that happens");
  EXPECT_EQ(error_of(scenario("{t: 1, poll: A}, {t: 2, poll: A}", "")),
            "X: line 5: two polls of one device are called 'A'");
  EXPECT_EQ(error_of(scenario("{t: 1, link: {3: down}}", "")),
            "X: line 5: a path must be a whole number from 1 to 2");
  EXPECT_EQ(error_of(scenario("{t: 1, comm_state: {L9: ok}}", "")),
            "X: line 5: no path uses comm device 'L9'");
  EXPECT_EQ(error_of(scenario("{t: 1, poll: A, priority: huge}", "")),
            "X: line 5: priority must be one of low, medium, high, user, admin");
  EXPECT_EQ(error_of(scenario("{t: 1, late_reply: {path: 1, poll: Z}}", "")),
            "X: line 5: late_reply names a poll 'Z' that is not there");
  EXPECT_EQ(error_of(scenario("", "PLC: {}")), "X: line 7: no device is called 'PLC'");
  EXPECT_EQ(error_of(scenario("", "RTU: {polls: {A: [ok, 1]}}")),
            "X: line 7: a poll's end must be [result, path, time]");
  EXPECT_EQ(error_of(scenario("", "", "  failover_mode: bold\n")),
            "X: line 7: failover_mode must be one of compat, guarded");
}

}  // namespace
}  // namespace nightwatt::sim::conformance

// Scenario files: the examples hold what they promise, wrong files are pointed at.
#include <gmock/gmock.h>

#include <array>
#include <cstdio>
#include <string>

#include "app/configuration.h"
#include "app/simulate_scenario.h"
#include "tests_places.h"

namespace nightwatt::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::string examples = std::string(NIGHTWATT_SOURCE_DIR) + "/docs/examples/";

core::Site example_site() {
  auto config = config_or_complain(examples + "dual-feed.yaml", true);
  return config ? config->site : core::Site();
}

std::string problems(const std::string& text) {
  config::Diagnostics found;
  EXPECT_FALSE(read_scenario(text, example_site(), found));
  found.sort();
  return config::render(found, "s.yaml", text);
}

sim::Outcome outcome(const std::string& text) {
  config::Diagnostics found;
  const auto scenario = read_scenario(text, example_site(), found);
  EXPECT_TRUE(scenario) << config::render(found, "s.yaml", text);
  if (!scenario) return {};
  return sim::play(example_site(), *scenario, {});
}

struct Ran {
  int exit_code = -1;
  std::string output{};
};
Ran run(const std::string& arguments) {
  Ran ran;
  const std::string line = std::string(NIGHTWATT_BINARY) + " " + arguments + " 2>&1";
  std::FILE* pipe = ::popen(line.c_str(), "r");
  std::array<char, 4096> chunk{};
  while (const std::size_t got = std::fread(chunk.data(), 1, chunk.size(), pipe)) {
    ran.output.append(chunk.data(), got);
  }
  const int status = ::pclose(pipe);
  ran.exit_code = status >= 0 && status % 256 == 0 ? status / 256 : -1;
  return ran;
}

// Conditions of the user's own, on what a UPS says and on a status point.
TEST(Simulate, ConditionsActAsInTheDaemon) {
  core::ConditionRule hot;
  hot.variable = "ups.temperature";
  hot.id = id_of(Variable::ups_temperature);
  hot.limit = 45;
  hot.hold = Duration(30'000);
  core::ConditionRule wire;
  wire.variable = "comm.active.line";
  wire.point = point_named(wire.variable);
  wire.of_comm = true;
  wire.limit = 1;
  core::Site site = example_site();
  const core::ConditionRules rules{hot, wire};
  for (auto& member : site.members) {
    member.triggers.conditions = std::make_shared<const core::ConditionRules>(rules);
  }
  config::Diagnostics found;
  const auto scenario = read_scenario(R"(until: 3m
timeline:
  - {at: 60s, ups: UPS-A, ups.temperature: 50}
  - {at: 60s, do: path, ups: UPS-B, path: 2}
expect:
  - {at: 59s, ups: UPS-A, state: HEALTHY}
  - {at: 89s, ups: UPS-A, state: HEALTHY}
  - {at: 95s, ups: UPS-A, state: DEGRADED}
  - {at: 62s, ups: UPS-B, state: DEGRADED}
)",
                                      site, found);
  ASSERT_TRUE(scenario) << config::render(found, "s.yaml", "");
  EXPECT_THAT(sim::play(site, *scenario, {}).failed, IsEmpty());
}

TEST(Simulate, TheExampleScenariosHoldWhatTheyPromise) {
  for (const char* name : {"scenario-outage.yaml", "scenario-broken-wire.yaml"}) {
    const Ran ran = run("simulate -c " + examples + "dual-feed.yaml -s " + examples + name);
    EXPECT_EQ(ran.exit_code, 0) << ran.output;
    EXPECT_THAT(ran.output, HasSubstr("expectations met"));
  }
}

TEST(Simulate, PrintsWhatHappensWhenAndWhy) {
  const Ran ran =
      run("simulate -c " + examples + "dual-feed.yaml -s " + examples + "scenario-outage.yaml");
  EXPECT_THAT(ran.output, HasSubstr("+00:01:00.020  UPS-A  HEALTHY -> DEGRADED: on battery for 0 s "
                                    "(clears when the UPS is read on line)\n"));
  EXPECT_THAT(ran.output, HasSubstr("+00:02:05.408  rack-1  step 'Compute 1' started\n"));
  EXPECT_THAT(ran.output, HasSubstr("  rack-1  protected since +00:06:00.400: 2 healthy, 1 needed; "
                                    "armed, plan: 2 of 3 steps ok\n"
                                    "9 of 9 expectations met\n"));
}

TEST(Simulate, AFailedExpectationSaysWhatWasThereInstead) {
  const sim::Outcome out = outcome(R"(until: 5m
timeline:
  - {at: 60s, ups: UPS-A, status: OB LB}
expect:
  - {at: 2m, group: rack-1, verdict: quorum_lost}
  - {by: 1m, ups: UPS-A, state: CRITICAL}
  - {never: advisory, ups: UPS-A}
  - {event: plan_committed, times: 1}
  - {at: 2m, group: rack-1, verdict: redundancy_lost}
)");
  EXPECT_THAT(out.failed,
              ElementsAre("line 5: verdict of rack-1 is redundancy_lost at 120 s, expected "
                          "quorum_lost",
                          "line 6: state of UPS-A was never CRITICAL until 60 s",
                          "line 7: advisory of UPS-A happened, expected never",
                          "line 8: plan_committed happened 0 times, expected 1"));
}

TEST(Simulate, PeopleDisksFlagsAndRestartsHaveWords) {
  const sim::Outcome out = outcome(R"(until: 30m
start:
  UPS-A: {battery.charge: 80, drain: 2 %/min}
timeline:
  - {at: 1m, do: hold, group: rack-1, for: 5m}
  - {at: 2m, ups: UPS-A, feed: off, drain: 30}
  - {at: 2m, ups: UPS-B, feed: off, drain: 30 %/min}
  - {at: 3m, do: path, ups: UPS-A, path: 2}
  - {at: 3m, do: crash}
  - {at: 185s, do: start}
  - {at: 4m, journal: hang}
  - {at: 20m, journal: ok}
expect:
  - {at: 5m, group: rack-1, run: held}
  - {by: 7m, step: "remote:storage", group: rack-1, state: ok}
)");
  EXPECT_THAT(out.failed, IsEmpty());
}

// A path that hangs: frozen, the device stays there; an order over it ends as unknown.
TEST(Simulate, DevicesAreFrozenOrderedAboutAndSpeak) {
  config::Diagnostics found;
  core::Site site = example_site();
  ASSERT_EQ(site.devices[0].name, "UPS-A");
  site.devices[0].allow_control = {"test.battery.start"};
  const auto scenario = read_scenario(R"(until: 10m
timeline:
  - {at: 1m, do: control, ups: UPS-A, command: test.battery.start}
  - {at: 2m, do: control, ups: UPS-A, variable: ups.delay.shutdown, value: 30}
  - {at: 3m, do: freeze, ups: UPS-A, for: 3m}
  - {at: 3m, ups: UPS-A, path: 1, state: hang}
  - {at: 4m, do: spoke, comm: nut-a2}
expect:
  - {at: 350s, ups: UPS-A, path: 1}
  - {at: 9m, ups: UPS-A, path: 2}
  - {event: frozen, times: 2}   # and its end
)",
                                      site, found);
  ASSERT_TRUE(scenario) << config::render(found, "s.yaml", "");
  std::vector<std::string> told;
  std::vector<std::string> happened;
  sim::Listener listener;
  listener.told = [&](Instant, const Notice& notice) { told.push_back(notice.message); };
  listener.happened = [&](Instant, const sim::Happening& it) { happened.push_back(it.text); };
  EXPECT_THAT(sim::play(site, *scenario, listener).failed, IsEmpty());
  EXPECT_THAT(happened,
              ElementsAre("control UPS-A test.battery.start", "control UPS-A ups.delay.shutdown 30",
                          "freeze UPS-A", "UPS-A: path 1 hang", "nut-a2 speaks unasked"));
  EXPECT_THAT(told, ::testing::Contains(HasSubstr("test.battery.start")));
}

TEST(Simulate, WrongDeedsArePointedAt) {
  const auto told = [](const std::string& deed) {
    return problems("until: 10m\ntimeline:\n  - {at: 60s, do: " + deed + "}\n");
  };
  EXPECT_THAT(told("freeze, ups: UPS-A"), HasSubstr("timeline[1]: for is missing"));
  EXPECT_THAT(told("freeze, for: 1m"), HasSubstr("timeline[1]: ups is missing"));
  EXPECT_THAT(told("control, ups: UPS-A"),
              HasSubstr("timeline[1] needs either command or variable"));
  EXPECT_THAT(told("control, ups: UPS-A, variable: ups.delay.shutdown"),
              HasSubstr("timeline[1]: value is missing"));
  EXPECT_THAT(told("control, ups: UPS-A, command: x, expires: 2h"), HasSubstr("expires"));
  EXPECT_THAT(told("spoke"), HasSubstr("timeline[1]: comm is missing"));
  EXPECT_THAT(told("spoke, comm: nut-3"),
              HasSubstr("the configuration has no comm device 'nut-3'"));
  EXPECT_THAT(told("hold, group: rack-1"), HasSubstr("timeline[1]: for is missing"));
  EXPECT_THAT(told("path, ups: UPS-A"), HasSubstr("timeline[1]: path is missing"));
}

TEST(Simulate, WrongFilesArePointedAt) {
  EXPECT_EQ(problems(""), "s.yaml: error: the file is empty\n");
  EXPECT_EQ(problems("until: 10m\ntimeline:\n  - {at: 60s, ups: UPS-C, status: OB}\n"),
            "s.yaml:3:20: error: the configuration has no UPS 'UPS-C'\n"
            "      - {at: 60s, ups: UPS-C, status: OB}\n"
            "                       ^\n"
            "    hint: did you mean 'UPS-A'?\n");
  EXPECT_THAT(problems("until: 10m\ntimelin: []\n"),
              HasSubstr("s.yaml:2:1: error: unknown top-level key 'timelin'"));
  EXPECT_THAT(problems("timeline: []\n"), HasSubstr("until is missing"));
  EXPECT_THAT(problems("until: 1m\nexpect:\n  - {at: 2m, group: rack-1, verdict: blind}\n"),
              HasSubstr("s.yaml:3:10: error: that is after the end of the simulation"));
  EXPECT_THAT(problems("until: 1m\nexpect:\n  - {at: 1m, step: Compute, state: ok}\n"),
              HasSubstr("no plan has a step 'Compute'"));
  EXPECT_THAT(problems("until: 1m\ntimeline:\n  - {at: 1s, ups: UPS-A, status: OL WET}\n"),
              HasSubstr("'OL WET' has a word that is no ups.status"));
  EXPECT_THAT(problems("until: [\n"), HasSubstr("error:"));
}

TEST(Simulate, ExitCodesTellAFailedExpectationFromAWrongFile) {
  const std::string file = ::testing::TempDir() + "scenario.yaml";
  const auto exit_of = [&](const char* text) {
    std::FILE* out = std::fopen(file.c_str(), "we");
    std::fputs(text, out);
    std::fclose(out);
    return run("simulate -c " + examples + "dual-feed.yaml -s " + file).exit_code;
  };
  EXPECT_EQ(exit_of("until: 1m\n"), 0);
  EXPECT_EQ(exit_of("until: 1m\nexpect: [{at: 1m, group: rack-1, verdict: blind}]\n"), 1);
  EXPECT_EQ(exit_of("until: 1m\nunknown: 1\n"), 2);
  std::remove(file.c_str());
  EXPECT_EQ(run("simulate -c " + examples + "dual-feed.yaml -s " + file).exit_code, 2);
}

TEST(Conformance, SaysPerFileHowManyPassed) {
  const std::string vectors = std::string(NIGHTWATT_SOURCE_DIR) + "/tests/vectors/";
  const Ran ran = run("conformance " + vectors + "comm-failover.yaml");
  EXPECT_EQ(ran.exit_code, 0);
  EXPECT_THAT(ran.output, HasSubstr("comm-failover.yaml: 37 scenarios, 37 passed\n"));
  EXPECT_EQ(run("conformance " + vectors + "nothing.yaml").exit_code, 2);
  EXPECT_EQ(run("conformance " + examples + "dual-feed.yaml").exit_code, 2);
}

TEST(Simulate, KeysThatADeedDoesNotReadAreUnknown) {
  const auto timeline = [](const std::string& deed) {
    return "timeline:\n  - {at: 1s, " + deed + "}\n";
  };
  for (const char* deed :
       {"do: path, ups: UPS-A, path: 1, for: 10m", "do: auto, ups: UPS-A, for: 10m",
        "do: control, ups: UPS-A, command: x, force: true",
        "do: freeze, ups: UPS-A, for: 10m, force: true", "do: release, group: rack-1, for: 10m"}) {
    EXPECT_NE(problems(timeline(deed)).find("unknown key"), std::string::npos) << deed;
  }
}

}  // namespace
}  // namespace nightwatt::app

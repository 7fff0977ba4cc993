// `triggers: conditions:`: what is read, what is inherited, and every way to get it wrong.
#include "config/conditions.h"
#include "tests/config/support.h"

namespace nightwatt::config::test {
namespace {

const core::ConditionRules& of(const Config& config, std::size_t member) {
  const auto& rules = config.site.members.at(member).triggers.conditions;
  static const core::ConditionRules none;
  return rules ? *rules : none;
}

std::vector<std::string> shown(const core::ConditionRules& rules) {
  std::vector<std::string> out;
  for (const core::ConditionRule& rule : rules) out.push_back(show(rule));
  return out;
}
using Texts = std::vector<std::string>;

TEST(Conditions, AreReadWithTheirDefaults) {
  const Config config = good(
      "ups: [{name: A@h1}]\n"
      "triggers:\n"
      "  conditions:\n"
      "    - {name: hot, variable: ups.temperature, above: 45, for: 60s, state: critical}\n"
      "    - {variable: comm.success.hour, below: 80, for: 5m}\n"
      "    - {variable: battery.charge, below: 99.5}\n");
  EXPECT_EQ(shown(of(config, 0)), (Texts{"hot: ups.temperature above 45 °C for 60 s: critical",
                                         "comm.success.hour below 80 % for 5 min: degraded",
                                         "battery.charge below 99.5 %: degraded"}));
  EXPECT_EQ(of(config, 0)[1].point, (Point{PointKind::success_hour, {}}));
  EXPECT_EQ(of(config, 0)[2].id, id_of(Variable::battery_charge));
}

TEST(Conditions, AreInheritedAndAListOfOnesOwnReplacesThem) {
  const Config config = good(
      "triggers:\n"
      "  conditions: [{variable: ups.load, above: 80}]\n"
      "ups:\n"
      "  - name: A@h1\n"
      "  - {name: B@h1, triggers: {conditions: [{variable: ups.load, above: 60}]}}\n"
      "  - {name: C@h1, triggers: {conditions: []}}\n"
      "  - {name: D@h1, triggers: {low_battery_threshold: 30}}\n"
      "redundancy_groups:\n"
      "  - {name: r, ups_sources: [A@h1, B@h1], triggers: {low_battery_threshold: 30}}\n");
  EXPECT_EQ(shown(of(config, 0)), Texts{"ups.load above 80 %: degraded"});
  EXPECT_EQ(shown(of(config, 1)), Texts{"ups.load above 60 %: degraded"});
  EXPECT_EQ(shown(of(config, 2)), Texts{});
  EXPECT_EQ(config.site.members[3].triggers.conditions, config.site.members[0].triggers.conditions)
      << "one list in memory";
  EXPECT_EQ(shown(*group(config, "r").quorum.triggers->conditions),
            Texts{"ups.load above 80 %: degraded"});
}

TEST(Conditions, WhatAUpsInheritedAndCannotSeeIsLeftOut) {
  const Config config = good(
      "triggers:\n"
      "  conditions: [{variable: comm.path.2.loss, above: 5}, {variable: ups.load, above: 80}]\n"
      "ups:\n"
      "  - name: A@h1\n"
      "  - {name: B, paths: [{comm: h2, unit: u}, {comm: h3, unit: u}]}\n"
      "comm_devices: [{id: h2, host: h2}, {id: h3, host: h3}]\n");
  EXPECT_EQ(shown(of(config, 0)), Texts{"ups.load above 80 %: degraded"});
  EXPECT_EQ(of(config, 1).size(), 2u);
}

TEST(Conditions, OnesThatLoseTheSameShareWhatIsLeft) {
  const Config config = good(
      "triggers:\n"
      "  conditions: [{variable: comm.path.2.loss, above: 5}, {variable: ups.load, above: 80}]\n"
      "ups:\n"
      "  - name: A@h1\n"
      "  - name: B@h1\n"
      "  - {name: C, paths: [{comm: h2, unit: u}, {comm: h3, unit: u}]}\n"
      "comm_devices: [{id: h2, host: h2}, {id: h3, host: h3}]\n");
  EXPECT_EQ(config.site.members[0].triggers.conditions, config.site.members[1].triggers.conditions)
      << "one list in memory";
}

// What NUT can say is kept because a condition names it; a name of one's own needs `variables:`.
TEST(Conditions, OverNutAnyNumberOfNut) {
  for (const char* name : {"ambient.temperature", "outlet.3.current", "battery.temperature"}) {
    const std::string list = "conditions: [{variable: " + std::string(name) + ", above: 45}]";
    for (const std::string& text :
         {"ups: [{name: A@h1, triggers: {" + list + "}}]\n",
          "ups: [{name: A@h1}]\ntriggers: {" + list + "}\n",
          "ups: [{name: A@h1}, {name: B@h1}]\nredundancy_groups:\n  - name: r\n    ups_sources: "
          "[A@h1, B@h1]\n    triggers: {" +
              list + "}\n"}) {
      const Config config = good(text);
      const profile::KeptNames* kept = config.plans.kept(DeviceId{0}, 0);
      ASSERT_NE(kept, nullptr) << text;
      EXPECT_TRUE(kept->find(name)) << text;
    }
  }
  const Config config = good(
      "ups: [{name: A@h1, variables: [tank.1.level]}, {name: B@h1}]\n"
      "triggers: {conditions: [{variable: tank.1.level, below: 10}]}\n");
  EXPECT_EQ(shown(of(config, 0)), Texts{"tank.1.level below 10: degraded"});
  EXPECT_EQ(shown(of(config, 1)), Texts{}) << "nobody says that this one has a tank";
}

TEST(Conditions, OverNutAScheduleThatBringsTheNumberIsEnough) {
  const Config config = good(
      "ups:\n"
      "  - name: A@h1\n"
      "    schedules: [{name: fast, interval: 1s, variables: [ups.status]},\n"
      "                {name: slow, interval: 60s, variables: [tank.1.level]}]\n"
      "    triggers: {conditions: [{variable: tank.1.level, below: 10}]}\n");
  EXPECT_EQ(shown(of(config, 0)), Texts{"tank.1.level below 10: degraded"});
  EXPECT_EQ(config.plans.kept(DeviceId{0}, 0), nullptr);
  EXPECT_NE(config.plans.kept(DeviceId{0}, 1), nullptr);
}

TEST(Conditions, TheSummaryShowsThem) {
  const Config config = good(
      "ups: [{name: A@h1, triggers: {conditions: [{variable: ups.load, above: 80, for: 5s}]}},\n"
      "      {name: B@h1}]\n"
      "redundancy_groups:\n"
      "  - name: r\n"
      "    ups_sources: [A@h1, B@h1]\n"
      "    triggers: {conditions: [{variable: comm.active.line, above: 1}]}\n");
  const std::string text = summary(config);
  EXPECT_NE(text.find("     Conditions (1): ups.load above 80 % for 5 s: degraded\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("     Triggers: its own, besides the members'\n"
                      "     Conditions (1): comm.active.line above 1: degraded\n"),
            std::string::npos)
      << text;
}

// A line of conditions for one UPS with one path, and what is said of it.
std::string said(const std::string& condition) {
  return problems("ups: [{name: A@h1}]\ntriggers:\n  conditions:\n    - " + condition + "\n");
}

TEST(ConditionErrors, AnUnknownPoint) {
  EXPECT_EQ(said("{variable: comm.sucess.hour, below: 80}"),
            "site.yaml:4:18: error: triggers.conditions[1]: there is no status point "
            "'comm.sucess.hour'\n"
            "        - {variable: comm.sucess.hour, below: 80}\n"
            "                     ^\n"
            "    hint: did you mean 'comm.success.hour'?\n");
}

TEST(ConditionErrors, AnUnknownVariable) {
  EXPECT_EQ(said("{variable: battery.chage, below: 80}"),
            "site.yaml:4:18: error: triggers.conditions[1]: 'battery.chage' is none of NUT's "
            "variables, and near to one\n"
            "        - {variable: battery.chage, below: 80}\n"
            "                     ^\n"
            "    hint: did you mean 'battery.charge'? A name of your own must differ more\n");
}

TEST(ConditionErrors, AVariableThatNobodyReads) {
  EXPECT_EQ(
      said("{variable: tank.1.level, below: 10}"),
      "site.yaml:4:18: error: triggers.conditions[1]: no path of a UPS reads 'tank.1.level'\n"
      "        - {variable: tank.1.level, below: 10}\n"
      "                     ^\n"
      "    hint: NUT brings what decisions use, a profile and its schedules what they list\n");
}

// All mistakes of a file are told at once, and what a wrong path would bring is none of them.
TEST(ConditionErrors, APathThatIsWrongItselfBringsAnything) {
  const auto with = [](const std::string& comms, const std::string& variable) {
    return errors(comms +
                  "ups:\n"
                  "  - name: A\n"
                  "    paths: [{comm: nosuch, unit: u}]\n"
                  "    triggers: {conditions: [{variable: " +
                  variable + ", above: 5}]}\n");
  };
  const std::string told = "unknown comm device 'nosuch'\n";
  EXPECT_EQ(with("", "ups.load"), told);
  EXPECT_EQ(with("", "tank.1.level"), told);
  EXPECT_EQ(with("comm_devices: [{id: nosuhc, host: h}]\n", "tank.1.level"), told);
  EXPECT_EQ(with("", "battery.chage"),
            told +
                "ups['A'].triggers.conditions[1]: 'battery.chage' is none of NUT's variables, and "
                "near to one\n");
  EXPECT_EQ(errors("comm_devices: [{id: m, driver: modbus, host: h}]\n"
                   "ups: [{name: A, paths: [{comm: m, unit: 1}],\n"
                   "       triggers: {conditions: [{variable: tank.1.level, above: 5}]}}]\n"),
            "ups['A'].paths[1] has no 'profile'\n");
}

constexpr std::string_view plc =
    "profile: plc\n"
    "protocol: modbus\n"
    "variables:\n"
    "  - {variable: ups.status, register: 40001, bits: {0: {set: OL, clear: OB}}}\n"
    "  - {variable: tank.1.level, register: 40002, group: slow}\n";

std::string plc_site(const std::string& schedules, const std::string& variable) {
  return "profile_files: [plc.yaml]\n"
         "comm_devices: [{id: line, driver: modbus, host: h, profile: plc}]\n"
         "ups:\n"
         "  - name: PLC\n"
         "    paths: [{comm: line, unit: 1}]\n" +
         schedules +
         "    triggers:\n"
         "      conditions: [{variable: " +
         variable + ", below: 10}]\n";
}

TEST(ConditionErrors, ANearMissOfWhatTheProfileBrings) {
  World world;
  world.profiles["plc.yaml"] = std::string(plc);
  EXPECT_EQ(problems(plc_site("", "tank.1.level"), world), "");
  EXPECT_EQ(problems(plc_site("", "tank.1.levle"), world),
            "site.yaml:7:31: error: ups['PLC'].triggers.conditions[1]: no path of 'PLC' reads "
            "'tank.1.levle'\n"
            "          conditions: [{variable: tank.1.levle, below: 10}]\n"
            "                                  ^\n"
            "    hint: did you mean 'tank.1.level'?\n");
}

TEST(ConditionErrors, AVariableThatNoScheduleAsksFor) {
  World world;
  world.profiles["plc.yaml"] = std::string(plc);
  const std::string fast = "    schedules: [{name: fast, interval: 1s, variables: [ups.status]}]\n";
  EXPECT_EQ(errors(plc_site(fast, "tank.1.level"), world),
            "ups['PLC'].triggers.conditions[1]: no path of 'PLC' reads 'tank.1.level'\n");
  const std::string both =
      "    schedules: [{name: fast, interval: 1s, variables: [ups.status]},\n"
      "                {name: slow, interval: 60s, groups: [slow]}]\n";
  EXPECT_EQ(errors(plc_site(both, "tank.1.level"), world), "");
}

TEST(ConditionErrors, CriticalForAStatusPoint) {
  EXPECT_EQ(said("{variable: comm.success.hour, below: 80, state: critical}"),
            "site.yaml:4:55: error: triggers.conditions[1].state cannot be critical for a status "
            "point\n"
            "        - {variable: comm.success.hour, below: 80, state: critical}\n"
            "                                                          ^\n"
            "    hint: trouble of a wire is no trouble of a feed; for a UPS that is not seen there "
            "is unknown_counts_as\n");
}

TEST(ConditionErrors, TextAndStatusWordsAreNoNumbers) {
  EXPECT_EQ(said("{variable: comm.active.id, above: 1}"),
            "site.yaml:4:18: error: triggers.conditions[1]: 'comm.active.id' is text, and a "
            "number is needed\n"
            "        - {variable: comm.active.id, above: 1}\n"
            "                     ^\n"
            "    hint: comm.active.line is the rank of the active path, 1 for primary\n");
  EXPECT_EQ(said("{variable: ups.status, above: 1}"),
            "site.yaml:4:18: error: triggers.conditions[1]: ups.status is words, and a condition "
            "needs a number\n"
            "        - {variable: ups.status, above: 1}\n"
            "                     ^\n"
            "    hint: its words have triggers: low_battery_flag, overload_critical\n");
}

TEST(ConditionErrors, ExactlyOneLimit) {
  EXPECT_EQ(said("{variable: ups.load}"),
            "site.yaml:4:7: error: triggers.conditions[1] has neither 'above' nor 'below'\n"
            "        - {variable: ups.load}\n"
            "          ^\n"
            "    hint: say when it is met, as in 'above: 45'\n");
  EXPECT_EQ(said("{variable: ups.load, above: 80, below: 10}"),
            "site.yaml:4:39: error: triggers.conditions[1] has both 'above' and 'below'\n"
            "        - {variable: ups.load, above: 80, below: 10}\n"
            "                                          ^\n"
            "    hint: write two conditions\n");
}

TEST(ConditionErrors, APathThatThereIsNot) {
  EXPECT_EQ(said("{variable: comm.path.2.loss, above: 5}"),
            "site.yaml:4:18: error: triggers.conditions[1]: no UPS has a path 2\n"
            "        - {variable: comm.path.2.loss, above: 5}\n"
            "                     ^\n");
  EXPECT_EQ(errors("ups: [{name: A@h1, triggers: {conditions: [{variable: comm.failovers.3, above: "
                   "5}]}}]\n"),
            "ups['A@h1'].triggers.conditions[1]: 'A@h1' has no path 3\n");
  EXPECT_EQ(errors("ups: [{name: A@h1}, {name: B@h1}]\nredundancy_groups:\n"
                   "  - name: r\n    ups_sources: [A@h1, B@h1]\n"
                   "    triggers: {conditions: [{variable: comm.failovers.2, above: 5}]}\n"),
            "redundancy_groups['r'].triggers.conditions[1]: no UPS of 'r' has a path 2\n");
}

TEST(ConditionErrors, WrongKeysTypesAndStates) {
  EXPECT_EQ(errors("ups: [{name: A@h1}]\ntriggers: {conditions: [{above: 1}]}\n"),
            "triggers.conditions[1] has no 'variable'\n");
  EXPECT_NE(said("{variable: ups.load, abov: 80}").find("did you mean 'above'?"),
            std::string::npos);
  EXPECT_NE(said("{variable: ups.load, above: high}").find("triggers.conditions[1].above"),
            std::string::npos);
  EXPECT_NE(said("{variable: ups.load, above: 80, state: criticl}").find("did you mean 'critical'"),
            std::string::npos);
  EXPECT_NE(said("{variable: ups.load, above: 80, for: soon}").find("conditions[1].for"),
            std::string::npos);
  EXPECT_NE(said("hot").find("triggers.conditions[1] must be a mapping"), std::string::npos);
}

TEST(ConditionErrors, TooMany) {
  std::string text = "ups: [{name: A@h1}]\ntriggers:\n  conditions:\n";
  for (int i = 0; i < 32; ++i) text += "    - {variable: ups.load, above: 80}\n";
  EXPECT_EQ(errors(text), "");
  text += "    - {variable: ups.load, above: 80}\n";
  EXPECT_EQ(errors(text), "triggers.conditions has more than 32 conditions\n");
}

// A variable that a profile fills with a status point is one, under another name.
TEST(ConditionErrors, CriticalForAVariableThatAStatusPointFills) {
  World world;
  world.profiles["plc.yaml"] =
      std::string(plc) + "  - {variable: link.success, point: comm.success.hour}\n";
  const Config config = good(plc_site("", "link.success"), world);
  EXPECT_TRUE(of(config, 0)[0].of_comm);
  EXPECT_FALSE(of(config, 0)[0].point);
  EXPECT_EQ(errors(plc_site("", "link.success, state: critical"), world),
            "ups['PLC'].triggers.conditions[1].state cannot be critical for a status point\n");
}

}  // namespace
}  // namespace nightwatt::config::test

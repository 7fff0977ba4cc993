#include "sim/conformance.h"

#include <algorithm>
#include <utility>

#include "sim/conformance_scenario.h"

namespace nightwatt::sim::conformance {

std::size_t Report::failures() const {
  return static_cast<std::size_t>(
      std::count_if(scenarios.begin(), scenarios.end(),
                    [](const ScenarioReport& scenario) { return !scenario.passed(); }));
}

std::string Report::text() const {
  std::string text;
  for (const ScenarioReport& scenario : scenarios) {
    if (scenario.passed()) continue;
    text += scenario.id + " (" + scenario.title + ")\n";
    for (const std::string& line : scenario.differences) text += "  " + line + "\n";
  }
  return text + std::to_string(scenarios.size() - failures()) + " of " +
         std::to_string(scenarios.size()) + " scenarios pass\n";
}

expected<Report, Error> run(std::string_view yaml_text) {
  const auto scenarios = read_scenarios(yaml_text);
  if (!scenarios) return unexpected<Error>(scenarios.error());
  Report report;
  for (const Scenario& scenario : *scenarios) {
    report.scenarios.push_back(
        {scenario.id, scenario.title, differences(scenario, play(scenario))});
  }
  return report;
}

}  // namespace nightwatt::sim::conformance

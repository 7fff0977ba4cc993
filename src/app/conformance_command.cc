// conformance: plays scenario files of communication failover and names each difference.
#include "sim/conformance.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/commands.h"
#include "app/configuration.h"

namespace nightwatt::app {
namespace {

constexpr std::size_t scenario_file_bytes_max = 16u * 1024 * 1024;

// Prints what one file brought. False: some scenario came out differently.
bool print_report(const std::string& file, const sim::conformance::Report& report, bool verbose) {
  for (const auto& scenario : report.scenarios) {
    if (scenario.passed()) {
      if (verbose) fmt::print("  ok    {}: {}\n", scenario.id, scenario.title);
      continue;
    }
    fmt::print("  FAIL  {}: {}\n", scenario.id, scenario.title);
    for (const std::string& line : scenario.differences) fmt::print("          {}\n", line);
  }
  const std::size_t all = report.scenarios.size();
  fmt::print("{}: {} scenario{}, {} passed", file, all, all == 1 ? "" : "s",
             all - report.failures());
  fmt::print("{}\n", report.passed() ? "" : fmt::format(", {} failed", report.failures()));
  return report.passed();
}

}  // namespace

int conformance(const ConformanceOptions& options) {
  int worst = exit_ok;
  for (const std::string& file : options.files) {
    const auto text = read_file(file, scenario_file_bytes_max);
    if (!text) {
      fmt::print(stderr, "error: {}\n", text.error().what);
      worst = exit_usage;
      continue;
    }
    const auto report = sim::conformance::run(*text);
    if (!report) {
      fmt::print(stderr, "error: {}: {}\n", file, report.error().what);
      worst = exit_usage;
      continue;
    }
    if (!print_report(file, *report, options.verbose)) worst = std::max<int>(worst, exit_failed);
  }
  return worst;
}

}  // namespace nightwatt::app

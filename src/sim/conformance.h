#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

// Conformance of communication failover: plays scenario files against core::Comm in virtual time
// and reports every difference from what they expect.
//
// The format is that of test vectors `comm-failover*.yaml`, described at the head of that file. Our
// additions, all optional: a device may set `failover_mode`, `rise` and `active_path`; the timeline
// knows `sweep: true`; the cause SWEEP; comm states beside ok and disabled. What a scenario does
// not expect is not checked.
//
// The simulated link: the state of (device, path) when a message is sent decides. Up answers after
// rtt_ms, exception refuses after rtt_ms, down never answers.
namespace nightwatt::sim::conformance {

struct ScenarioReport {
  std::string id;
  std::string title;
  std::vector<std::string> differences{};  // empty: passed; each a line that names the device
  bool passed() const { return differences.empty(); }
};

struct Report {
  std::vector<ScenarioReport> scenarios{};
  std::size_t failures() const;
  bool passed() const { return failures() == 0; }
  // "137 of 137 scenarios pass", after one block for each that does not.
  std::string text() const;
};

// Fails (bad_reply) on text that is not a scenario file: no YAML, an unknown key or word, a missing
// or impossible value. The message names the scenario and the line.
expected<Report, Error> run(std::string_view yaml_text);

}  // namespace nightwatt::sim::conformance

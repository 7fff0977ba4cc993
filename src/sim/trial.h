#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.h"
#include "sim/coverage.h"

namespace nightwatt::sim {

// One simulated world from a seed: a drawn site, a drawn schedule of troubles; first a safety phase
// in which only the invariants are checked, then everything is well again and the engine must come
// to rest: every device read on the right path, verdicts right, no run stuck, all armed.
struct TrialOptions {
  std::uint64_t seed = 0;
  Duration safety{std::chrono::minutes(30)};
  // Replace the engine by one read back from its bytes, now and then. The effects must not differ.
  bool reincarnate = false;
  bool checks = true;            // false: only the digest is wanted
  Observer* listener = nullptr;  // hears everything as well
};

struct TrialReport {
  std::vector<std::string> complaints{};  // empty: all is well
  std::string setting{};                  // the drawn world in one line
  std::uint64_t digest = 0;               // of all effects and their instants
  std::uint64_t steps = 0;
  Duration lived{0};  // virtual time
  std::uint64_t worse_looks = 0;
  std::uint64_t losses_followed = 0;
  Coverage coverage{};
};

void run_trial(const TrialOptions& options, TrialReport& report);

}  // namespace nightwatt::sim

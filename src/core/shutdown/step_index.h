#pragma once

#include <cstddef>
#include <limits>
#include <map>
#include <string_view>
#include <vector>

#include "core/shutdown/rule.h"

// What the plan and the search for its cycles both need of a list of steps.
namespace nightwatt::core {

// The place of each step's id. Views into `steps`.
using StepIndex = std::map<std::string_view, std::size_t>;

inline StepIndex step_index(const std::vector<StepRule>& steps) {
  StepIndex index;
  for (std::size_t at = 0; at < steps.size(); ++at) index.emplace(steps[at].id, at);
  return index;
}

// The local power-off is a phase of its own, after all others.
inline int step_rank(const StepRule& step) {
  return step.is_local_power_off ? std::numeric_limits<int>::max() : step.phase;
}

}  // namespace nightwatt::core

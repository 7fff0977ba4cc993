#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "base/time.h"
#include "model/comm.h"
#include "model/ids.h"

namespace nightwatt::core {

// One decision about a device's path, with what it was made of. Each device keeps its last ones, so
// that somebody who comes a day later still sees why.
struct Decision {
  static constexpr std::int32_t never = -1;

  Instant at{};
  PathRank from{}, to{};
  MoveCause cause{};
  DecisionOutcome outcome{};
  // What the timer had counted and what it was compared with; 0 and 0: no timer had a say.
  std::int32_t elapsed_ms = 0;
  std::int32_t threshold_ms = 0;
  // How long ago each path had last answered, by rank - 1; never: it had not, or is no path.
  std::array<std::int32_t, paths_max> ok_age_ms{};

  template <class A>
  void fields(A& a) {
    a(at, from, to, cause, outcome, elapsed_ms, threshold_ms, ok_age_ms);
  }
};
inline constexpr std::size_t decisions_max = 16;  // for each device; 900 bytes at most

// Where a device goes, and why.
struct Way {
  PathRank to{};
  MoveCause cause{};
  std::string why{};
};

}  // namespace nightwatt::core

#pragma once

#include <chrono>
#include <cstdint>
#include <ratio>

namespace nightwatt {

// The program's only notion of elapsed time: milliseconds on the boot clock (it counts while the
// machine is suspended, so a reading taken before a suspend is old after it).
// There is deliberately no now(): whoever needs the time is handed it, and a file of the core that
// tries to read a clock does not compile. Only io/ reads clocks.
struct BootClock {
  using rep = std::int64_t;
  using period = std::milli;
  using duration = std::chrono::duration<rep, period>;
  using time_point = std::chrono::time_point<BootClock>;
  static constexpr bool is_steady = true;
};

using Duration = BootClock::duration;
using Instant = BootClock::time_point;

// For people only: logs, JSON, the journal's human columns. No decision ever looks at it, because
// a step of the wall clock must not age a reading.
using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;

constexpr double seconds(Duration duration) {
  return static_cast<double>(duration.count()) / 1000.0;
}

}  // namespace nightwatt

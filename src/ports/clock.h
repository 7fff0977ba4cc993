#pragma once

#include "base/time.h"

// The two clocks. Decisions get now(); people get wall_now() and wall_of().
namespace nightwatt::ports {

class Clock {
 public:
  virtual ~Clock() = default;
  Clock() = default;
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;

  // Never goes back, and counts while the machine is suspended.
  virtual Instant now() const = 0;
  // May jump either way.
  virtual WallTime wall_now() const = 0;

  // By the present offset of the two clocks: after a step of the wall clock an old instant gets the
  // time that people would give it today.
  WallTime wall_of(Instant at) const { return wall_now() - (now() - at); }
  Instant instant_of(WallTime at) const { return now() - (wall_now() - at); }
};

}  // namespace nightwatt::ports

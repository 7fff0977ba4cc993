#pragma once

#include <atomic>
#include <chrono>

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
  WallTime wall_of(Instant at) const { return WallTime(at.time_since_epoch() + offset()); }
  Instant instant_of(WallTime at) const { return Instant(at.time_since_epoch() - offset()); }

 private:
  // Wall minus boot clock. Two clocks that are read one after the other differ by a millisecond now
  // and then; below this bound the last offset stays, so that one instant is always shown as one
  // time.
  static constexpr Duration noise{20};
  static constexpr Duration::rep unset = Duration::min().count();
  Duration offset() const {
    const Duration found = wall_now().time_since_epoch() - now().time_since_epoch();
    const Duration::rep kept = offset_ms_.load();
    if (kept != unset && std::chrono::abs(found - Duration(kept)) < noise) return Duration(kept);
    offset_ms_.store(found.count());
    return found;
  }
  mutable std::atomic<Duration::rep> offset_ms_{unset};  // read from several threads
};

}  // namespace nightwatt::ports

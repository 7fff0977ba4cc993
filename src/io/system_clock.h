#pragma once

#include <string>

#include "ports/clock.h"

// The machine's clocks, and how a time is written for people.
namespace nightwatt::io {

class SystemClock : public ports::Clock {
 public:
  Instant now() const override;        // CLOCK_BOOTTIME
  WallTime wall_now() const override;  // CLOCK_REALTIME
};

// RFC 3339 in UTC with milliseconds: "2026-11-20T10:15:00.250Z". Years outside 0..9999 are clamped.
std::string rfc3339(WallTime at);
// The same instant without punctuation, for file names: "20261120T101500Z".
std::string compact_utc(WallTime at);

}  // namespace nightwatt::io

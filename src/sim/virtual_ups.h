#pragma once

#include <cstdint>

#include "base/time.h"
#include "model/reading.h"

namespace nightwatt::sim {

// ups.temperature, degrees C.
inline constexpr double cool = 25, hot = 80;

// One UPS of the virtual rack: what it would answer at any instant.
//
// Between two changes its charge moves in a straight line, and a runtime that was set moves with it
// in proportion. It has no opinion on when its battery is low unless `low_below` says so.
class VirtualUps {
 public:
  // How it answers instead of telling the truth.
  enum class Lie : std::uint8_t {
    none,
    wait,    // "WAIT": the driver has no data yet
    empty,   // no ups.status at all
    absurd,  // charge and runtime that cannot be
  };

  Lie lie = Lie::none;
  double low_below = -1;  // adds LB while on battery with less charge than this; -1: never

  VirtualUps();

  Reading read(Instant now) const;
  double charge(Instant now) const;

  void set_status(StatusWords status) { status_ = status; }
  StatusWords status() const { return status_; }
  // Takes effect from now; what drains goes on draining from the new value.
  void set(Variable variable, double value, Instant now);
  void set_text(Variable variable, std::string_view text, Instant now);
  // Percent of charge per minute; negative charges.
  void set_drain(double percent_per_minute, Instant now);

  // The mains of this UPS fail, or are back.
  void feed_off(double percent_per_minute, Instant now);
  void feed_on(Instant now);

 private:
  void settle(Instant now);  // makes the drained values the base of what follows

  StatusWords status_{};
  Values values_{};
  double drain_ = 0;
  Instant since_{};
};

}  // namespace nightwatt::sim

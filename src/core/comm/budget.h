#pragma once

#include <cstdint>

#include "base/time.h"

// How fast devices may be polled that want to be polled faster than usual: what a comm device can
// carry is shared among them (comm-failover, section 6). A load is in millionths of a message per
// second, so that sums are exact.
namespace nightwatt::core {

// Why a device is polled at its alert interval, and whom that goes before.
enum class Haste : std::uint8_t {
  calm,     // it is not
  unseen,   // no path reaches it: polled seldom, whatever its pace, and not part of the budget
  doubt,    // its active path fails or is unproven
  battery,  // on battery: served before those in doubt
};

using Load = std::uint64_t;
// REQUIRES: an interval above 0.
constexpr Load load_of(std::uint16_t messages, Duration interval) {
  return messages * Load{1'000'000'000} / static_cast<Load>(interval.count());
}

// One comm device's messages: what it may carry, what it carries anyway, and what those in haste
// want beyond that.
struct Demand {
  Load budget = 0;  // 0: no limit
  Load calm = 0;    // of all devices polled there, at their calm intervals
  Load battery = 0;
  Load doubt = 0;
  template <class A>
  void fields(A& a) {
    a(budget, calm, battery, doubt);
  }
};

// How much of what they want beyond the calm interval, in 65,536ths. All with the same haste have
// the same share; those in doubt share what devices on battery leave.
std::uint32_t share_of(const Demand& demand, Haste haste);

// Between `alert` (the whole share) and `calm` (none of it). REQUIRES: 0 < alert <= calm.
Duration shared_interval(std::uint32_t share, std::uint16_t messages, Duration calm,
                         Duration alert);

// `interval` 10 % shorter to 10 % longer, never longer than `calm`, and on average what it was, so
// that devices that hurry together do not stay in step. Always the same for the same `seed`.
Duration scattered_interval(Duration interval, Duration calm, std::uint64_t seed);

}  // namespace nightwatt::core

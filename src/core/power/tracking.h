#pragma once

#include "core/power/member.h"

// What each reading teaches the memory, before anybody judges it: outage, test, output, input
// voltage, charge history, rejected values. Only for core/power.
namespace nightwatt::core {

// REQUIRES: memory.newest is the reading, view.last_reading is its time.
void track(MemberMemory& memory, const Watched& watched, Instant now, PowerOut& out);

// OB+LB and the measured triggers do not count now: a test runs, the input is in its band or not
// reported, and the test has not taken longer than it may.
bool test_suspends(const MemberMemory& memory, const Watched& watched, Instant now);

// Nominal voltage and half-width of the band around it, V. Nothing: nobody knows the nominal.
struct VoltageBand {
  double nominal = 0;
  double half_width = 0;
};
std::optional<VoltageBand> voltage_band(const MemberMemory& memory, const Watched& watched);

}  // namespace nightwatt::core

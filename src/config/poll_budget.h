#pragma once

#include <cstdint>
#include <string>

#include "config/section.h"
#include "config/written.h"

// `polls_per_second` of a comm device: how far polls may quicken there.
namespace nightwatt::config {

// `polls_per_second:` into the rule; what was not written waits for set_default_budgets().
void read_poll_budget(Section& section, core::CommRule& comm);

// Of comm devices that say nothing: a serial line has what it can carry, all others no limit. Call
// it when the destinations are known.
void set_default_budgets(Draft& draft);

// What a serial line carries, in thousandths of a message per second: four fifths of the time, a
// message being 128 characters (both ways together, 55 registers or so), the silences between
// frames, the delay before each attempt and a tenth of the time-out for the device to think. The
// last fifth is for orders, heartbeats, and answers that do not come.
std::uint32_t serial_budget(const ModbusLine& line, Duration message_timeout,
                            Duration message_delay);

// ", 3.1 polls/s at most when quickened"; "" without a budget.
std::string show_poll_budget(const core::CommRule& comm);

}  // namespace nightwatt::config

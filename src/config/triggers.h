#pragma once

#include "config/section.h"
#include "config/written.h"

namespace nightwatt::config {

enum class TriggersOf : std::uint8_t { ups, group };

// Reads the `triggers:` mapping of `parent` over what `into` holds already (the inherited values).
// True when it is written. In a group depletion.window, calibration_max and failsafe_after are
// errors: these belong to each UPS.
bool read_triggers(Section& parent, TriggersOf of, Draft& draft, TriggersWritten& into);

}  // namespace nightwatt::config

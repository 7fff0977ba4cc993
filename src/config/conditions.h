#pragma once

#include <string>

#include "config/section.h"
#include "config/written.h"
#include "core/power/rule.h"

// `triggers: conditions:`, the user's own triggers.
namespace nightwatt::config {

// Reads the list of `triggers`; one that is written replaces what `into` inherited, also when it is
// empty. Names are judged as far as they can be without the devices.
void read_conditions(Section& triggers, Draft& draft, TriggersWritten& into);
// The error at the path of a condition's state, when a status point is to be critical.
void refuse_critical(const Located<std::string>& state, Diagnostics& out);
// When all devices are known: a condition that none of its UPSes can ever see is an error. One that
// is inherited is taken from those UPSes that cannot see it. Also for a file with errors: what a
// path that is wrong itself would bring is not judged.
void check_conditions(Draft& draft);

// "hot: ups.temperature above 45 °C for 60s: critical".
std::string show(const core::ConditionRule& rule);

}  // namespace nightwatt::config

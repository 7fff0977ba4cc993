#pragma once

#include "config/section.h"
#include "config/written.h"

namespace nightwatt::config {

// Eneru's sections that this version does nothing with. One that asks for something active is an
// error that says how to switch it off; a passive one is accepted with a note; one that is switched
// off is accepted.
void read_foreign(Section& root, Draft& draft);
// The same for what stands in a `ups[]` entry: nut_control, battery_health, self_test.
void read_foreign_of_ups(Section& ups, Draft& draft);

}  // namespace nightwatt::config

#pragma once

#include "config/section.h"
#include "config/written.h"

namespace nightwatt::config {

// `ups:`, as Eneru has it: a mapping is one UPS that feeds this machine, its resources at the top
// level of the file or nested in it (both at once is an error; Eneru loses the nested ones); a list
// is any number of UPSes. Fills the site's devices and members, and draft.ups.
void read_ups(Section& root, Draft& draft);

}  // namespace nightwatt::config

#pragma once

#include "config/section.h"
#include "config/written.h"

namespace nightwatt::config {

// `control:` of one device: the orders that it takes. Without it, none.
void read_control(Section& section, Draft& draft, core::DeviceRule& device, DeviceWritten& written);

// DeviceRule::controls from what is allowed and what the profiles know: after build_plans().
void build_controls(Draft& draft);

}  // namespace nightwatt::config

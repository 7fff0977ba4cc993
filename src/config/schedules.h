#pragma once

#include "config/section.h"
#include "config/written.h"

namespace nightwatt::config {

// `schedules:` of one device: what it is polled for, and when.
void read_schedules(Section& section, Draft& draft, core::DeviceRule& device,
                    DeviceWritten& written);

// What each schedule asks for must be there on some path: after all profiles were read.
void check_schedules(Draft& draft);

}  // namespace nightwatt::config

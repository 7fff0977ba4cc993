#pragma once

#include <cstdint>

#include "config/section.h"
#include "config/written.h"

// What a device keeps of a NUT server's list besides what decisions use. A server sends every
// variable with every poll; to keep one costs memory and time, so somebody must want it: a
// schedule, `variables:` of the device, a condition, or an order that is read back.
namespace nightwatt::config {

// `variables:` of a device: `all`, or a list of names.
void read_variables(Section& section, Draft& draft, DeviceWritten& written);

// `variables:` of the device or of a schedule names it.
bool keeps(const DeviceWritten& device, VariableId variable);

// The schedule that brings the variable over a NUT path: the first that names it. When none does it
// is the slowest one, which will have to keep it.
std::uint16_t nut_schedule_of(const Draft& draft, DeviceId device, VariableId variable);

// After the plans, the conditions and the controls, which may want something, too.
void build_kept_names(Draft& draft);

}  // namespace nightwatt::config

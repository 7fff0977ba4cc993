#pragma once

#include "config/section.h"
#include "core/comm/rule.h"

// The settings of guarded failover: of a device, and of what all devices on a comm device share.
namespace nightwatt::config {

// REQUIRES: device.mode and device.poll_interval have been read.
void read_guarded(Section& section, core::DeviceRule& device);
void read_line_guard(Section& section, core::CommRule& comm);

}  // namespace nightwatt::config

#pragma once

#include <cstddef>

#include "config/section.h"
#include "config/written.h"

namespace nightwatt::config {

// `comm_devices:`. Fills endpoints, site.comms and the look-up tables of the draft.
void read_comm_devices(Section& root, Draft& draft);

// The keys that a UPS and another device share: name, display_name, check_interval, the failover
// settings and `paths:` (or the short form NAME@HOST[:PORT]). Adds the device to the site; nothing
// when it has no usable name. `section` is renamed after the device. `unnamed`: the name when none
// is written, "" for none.
std::optional<Located<DeviceId>> read_device(Section& section, Draft& draft, bool is_ups,
                                             std::string_view unnamed = {});

// `devices:`: what is polled and is no UPS.
void read_devices(Section& root, Draft& draft);

}  // namespace nightwatt::config

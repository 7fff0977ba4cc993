#pragma once

#include "config/section.h"
#include "config/written.h"

namespace nightwatt::config {

// The timing keys that a comm device (as defaults for its paths) and a path have in common.
void read_path_settings(Section& section, core::PathRule& rule);

// `paths:` of one device, in rank order, into `device.paths`; their profiles into `written`.
void read_paths(Section& section, Draft& draft, core::DeviceRule& device, DeviceWritten& written);

// The one path of `NAME@HOST[:PORT]`: on the declared comm device of that upsd when there is one,
// else on an implicit one that all UPSes of the upsd share.
void add_short_form_path(Draft& draft, const Located<std::string>& name, core::DeviceRule& device,
                         DeviceWritten& written);

// Adds a comm device to all tables of the draft.
CommId add_comm(Draft& draft, std::string id, CommEndpoint endpoint, const core::PathRule& defaults,
                ProfilePtr profile);

}  // namespace nightwatt::config

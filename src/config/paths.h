#pragma once

#include "config/section.h"
#include "config/written.h"

namespace nightwatt::config {

// `paths:` of one device, in rank order, into `device.paths`; their profiles into `written`.
void read_paths(Section& section, Draft& draft, core::DeviceRule& device, DeviceWritten& written);

// The one path of `NAME@HOST[:PORT]`: on the declared comm device of that upsd when there is one,
// else on an implicit one that all UPSes of the upsd share.
void add_short_form_path(Draft& draft, const Located<std::string>& name, core::DeviceRule& device,
                         DeviceWritten& written);

// What the comm device and the destination say of all paths that lead there. REQUIRES: `comm` is in
// the tables.
core::PathRule path_on(const Draft& draft, CommId comm, Origins& origins);

// Adds a comm device to all tables of the draft.
CommId add_comm(Draft& draft, std::string id, CommEndpoint endpoint, const PathSettings& settings,
                ProfilePtr profile);

}  // namespace nightwatt::config

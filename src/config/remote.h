#pragma once

#include "config/section.h"
#include "config/written.h"

namespace nightwatt::config {

// Reads `remote_servers:` of `parent` (a UPS, a group, or the whole file) into `into`. Disabled
// entries are read, too: their mistakes are reported, but not that they ask for what this version
// has not.
void read_remote_servers(Section& parent, std::vector<RemoteWritten>& into);

// `ssh_options:`, which Eneru hands to ssh's command line: those that have a meaning here become
// settings of the action, every other one is an error that names it.
void read_ssh_options(Section& server, RemoteAction& action);

}  // namespace nightwatt::config

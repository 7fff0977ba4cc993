#pragma once

#include "config/section.h"
#include "config/written.h"

namespace nightwatt::config {

// The keys under which a UPS, a group, or (mapping form) the whole file lists what it owns:
// remote_servers, virtual_machines, containers (docker), filesystems.
void read_owned(Section& parent, OwnedWritten& into);
// Whether any of these keys is written; the first one's name and place.
std::optional<Located<std::string>> owned_key(const Section& parent);

// confirm_for, return_after, hurry, dry_run; stray_flag only for a group.
void read_run(Section& parent, bool is_group, RunWritten& into);

}  // namespace nightwatt::config

#pragma once

#include "config/written.h"

namespace nightwatt::config {

// Puts the sections together: resolves members, judges quorums and names, and adds to
// `draft.config.site` one group for each redundancy group (first, in the order of the file), then
// one for each UPS that owns something. Notes go to draft.config.notes.
void build_groups(Draft& draft);

}  // namespace nightwatt::config

#pragma once

#include "config/section.h"
#include "config/written.h"

namespace nightwatt::config {

// `behavior:`, `logging:`, `api:`.
void read_general(Section& root, Draft& draft);
// `local_shutdown:` into draft.local.
void read_local_shutdown(Section& root, Draft& draft);

}  // namespace nightwatt::config

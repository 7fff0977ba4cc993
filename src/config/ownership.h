#pragma once

#include "config/written.h"

namespace nightwatt::config {

// What must be true over all owners at once (requirement: local ownership, remote-server
// ownership): at most one owner of this machine, local resources only there, and each remote server
// (host, port and user) in one place.
void check_ownership(Draft& draft);

}  // namespace nightwatt::config

#pragma once

#include "config/section.h"
#include "config/written.h"

namespace nightwatt::config {

// `redundancy_groups:` into draft.groups. Members are resolved later, when all devices are known.
void read_groups(Section& root, Draft& draft);

}  // namespace nightwatt::config

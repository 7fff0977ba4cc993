#pragma once

#include <vector>

#include "config/profiles/variable_names.h"
#include "config/section.h"
#include "profile/profile.h"

namespace nightwatt::config {

// `commands:` and `writes:` of a profile whose items are read already.
void read_commands(Section& root, profile::Profile& profile, VariableNames& names);

}  // namespace nightwatt::config

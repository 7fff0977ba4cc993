#pragma once

#include <optional>
#include <string_view>

#include "config/diagnostic.h"
#include "config/profiles/variable_names.h"
#include "profile/profile.h"

// Profiles as files (docs/PROFILES.md): YAML in, a checked profile::Profile out.
namespace nightwatt::config {

struct LoadedProfile {
  std::optional<profile::Profile> profile{};  // nothing when there is any error
  Diagnostics diagnostics{};                  // in file order
};

// All problems in one pass. Names that decisions do not use are added to `names`.
LoadedProfile load_profile(std::string_view text, VariableNames& names);

}  // namespace nightwatt::config

#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "config/section.h"
#include "config/written.h"
#include "profile/profile.h"

// Which profile each path is read with, and the plans that follow.
namespace nightwatt::config {

// A profile that comes with the program: profiles/*.yaml, compiled in.
struct ShippedProfile {
  std::string_view name;
  std::string_view text;
};
std::span<const ShippedProfile> shipped_profiles();  // by name

// `profile_files:` and `profiles_dir:` at the top level.
void read_profile_files(Section& root, Draft& draft);

// The profile that `profile:` of a comm device or a path names, for that driver: from
// profile_files, else NAME.yaml in profiles_dir, else a shipped one. Nothing when the key is not
// written or, with an error, when it names none.
ProfilePtr read_profile(Section& section, const CommEndpoint& endpoint, Draft& draft);

// Fills config.plans and each path's `messages`: after all devices were read.
void build_plans(Draft& draft);

}  // namespace nightwatt::config

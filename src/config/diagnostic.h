#pragma once

#include <string>
#include <string_view>

#include "yaml/diagnostic.h"

// The diagnostics of the YAML reader under names of this folder, and how people see them.
namespace nightwatt::config {

using yaml::Diagnostic;
using yaml::Diagnostics;
using yaml::Severity;
using yaml::SourcePos;

// A value that remembers where it was written, so that a later check can still point at it.
template <class T>
struct Located {
  T value{};
  SourcePos pos{};
};

// One diagnostic as people see it, each line ended by a newline:
//     site.yaml:12:18: error: min_healthy must be at least 1, got 0
//             min_healthy: 0
//                          ^
//         hint: remove the group instead
// A long source line is cut around the caret so that it fits 80 columns; secrets in it are shown as
// asterisks (config/blot.h).
std::string render(const Diagnostic& diagnostic, std::string_view file_name,
                   std::string_view file_text);
// All of them in the order of the list.
std::string render(const Diagnostics& diagnostics, std::string_view file_name,
                   std::string_view file_text);

}  // namespace nightwatt::config

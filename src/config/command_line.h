#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace nightwatt::config {

// Splits a command into its arguments at blanks, with '...' and "..." and backslash as a POSIX
// shell takes them. What needs a shell (pipes, variables, substitution, wildcards) is refused: we
// never start one. Errc::bad_reply with what was found.
expected<std::vector<std::string>, Error> split_command(std::string_view text);

}  // namespace nightwatt::config

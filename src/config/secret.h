#pragma once

#include <string>

#include "config/section.h"
#include "config/written.h"

namespace nightwatt::config {

// Reads `password_file`, `password_env` or `password` (one of them; `password: ${NAME}` is the same
// as `password_env: NAME`). A file that others may read is refused, be it the password file or the
// configuration that holds the password itself. True when a password was found.
bool read_password(Section& section, const Draft& draft, std::string& into);

// A secret is written in the configuration at `pos`: an error when the file is world-readable.
void check_inline_secret(const Draft& draft, SourcePos pos, const std::string& path);

}  // namespace nightwatt::config

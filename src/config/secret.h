#pragma once

#include <string>
#include <string_view>

#include "config/section.h"
#include "config/written.h"

namespace nightwatt::config {

// The keys of one secret, as literals: they must outlive the section.
struct SecretKeys {
  std::string_view text;  // the secret itself, or ${NAME}
  std::string_view file;
  std::string_view env;
};
// Reads one of the three. A file that others may read is refused, be it the secret's or the
// configuration that holds the secret itself. True when a secret was found.
bool read_secret(Section& section, const Draft& draft, const SecretKeys& keys, std::string& into);

// The same for `password`, `password_file` and `password_env`.
bool read_password(Section& section, const Draft& draft, std::string& into);

// A secret is written in the configuration at `pos`: an error when the file is world-readable.
void check_inline_secret(const Draft& draft, SourcePos pos, const std::string& path);

}  // namespace nightwatt::config

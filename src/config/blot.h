#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

// Diagnostics end up in journals, secrets must not.
namespace nightwatt::config {

// One line of a file (1-based, without its end), with asterisks for what belongs to a key that ends
// in `password` or `community`, however it is written: quoted, with blanks before the colon, in a
// flow mapping, or with its value on lines of its own. Capitals count as small letters, for a key
// that is a slip shows its line, too. A reference to the environment, ${NAME}, stays. `column`
// (1-based) stays at what it marks.
//
// The file may be no YAML at all: in doubt more is blotted out.
std::string without_secrets(std::string_view text, std::uint32_t line, std::size_t& column);

}  // namespace nightwatt::config

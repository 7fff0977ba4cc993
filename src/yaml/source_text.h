#pragma once

#include <string>
#include <string_view>

#include "yaml/diagnostic.h"

// Checks of a file's characters that a YAML parser leaves out or explains badly.
namespace nightwatt::yaml {

// False, with a diagnostic: too large, not UTF-8, with control characters, or with a line's end
// that not everybody takes for one (YAML 1.1 does: a carriage return alone, U+0085, U+2028,
// U+2029). What passes can be printed and put into JSON as it is, and has lines that all agree
// about.
bool check_characters(std::string_view text, Diagnostics& out);

// What most probably went wrong where the parser stopped: "" when there is no guess.
std::string syntax_hint(std::string_view text, SourcePos pos);

}  // namespace nightwatt::yaml

#pragma once

#include <string>
#include <string_view>

#include "config/diagnostic.h"

// Checks of a file's characters that a YAML parser leaves out or explains badly.
namespace nightwatt::config {

// False, with a diagnostic: too large, not UTF-8, or with control characters. What passes can be
// printed and put into JSON as it is.
bool check_characters(std::string_view text, Diagnostics& out);

// yaml-cpp takes the end of the file for the end of an open quotation, and so swallows all that
// follows a forgotten quote. Only the last quoted scalar can be such a one. `pos` names it; {0, 0}
// is closed.
bool quote_is_closed(std::string_view text, SourcePos pos);

// What most probably went wrong where the parser stopped: "" when there is no guess.
std::string syntax_hint(std::string_view text, SourcePos pos);

}  // namespace nightwatt::config

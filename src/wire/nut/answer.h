#pragma once

#include <string>
#include <string_view>

// Replies of the NUT protocol, written by the rack's server. Names are echoed as the client wrote
// them. Each function appends one line with its LF.
namespace nightwatt::wire::nut {

void append_begin_list(std::string& out, std::string_view kind, std::string_view ups);
void append_end_list(std::string& out, std::string_view kind, std::string_view ups);
// VAR <ups> <name> "<value>"
void append_var(std::string& out, std::string_view ups, std::string_view name,
                std::string_view value);
// UPS <ups> "<text>" and UPSDESC <ups> "<text>"
void append_text(std::string& out, std::string_view head, std::string_view ups,
                 std::string_view text);
void append_err(std::string& out, std::string_view token);
void append_ok(std::string& out);

}  // namespace nightwatt::wire::nut

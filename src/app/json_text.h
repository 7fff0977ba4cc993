#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

// Pieces of the API's JSON as text for people.
namespace nightwatt::app {

// Printable; `otherwise` when it is no string.
std::string text_of(const nlohmann::ordered_json& value, const std::string& otherwise = "-");
// "2026-11-20T10:15:00.250Z" -> "10:15:00": people look at the clock, the date is in `events`.
std::string clock_time(const nlohmann::ordered_json& value);
// A line, wrapped to 80 columns; its continuation is indented by two more.
void add_line(std::string& out, std::string_view indent, const std::string& text);
// "primary", "first failover", "second failover", "path 4".
std::string path_word(int rank);
std::string padded(std::string text, std::size_t width);

}  // namespace nightwatt::app

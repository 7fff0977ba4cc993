#include "app/json_text.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "app/terminal.h"

namespace nightwatt::app {

using Json = nlohmann::ordered_json;

std::string text_of(const Json& value, const std::string& otherwise) {
  return value.is_string() ? printable(value.get<std::string>()) : otherwise;
}

std::string clock_time(const Json& value) {
  if (!value.is_string()) return "-";
  const auto text = value.get<std::string>();
  return text.size() >= 19 ? text.substr(11, 8) : text;
}

void add_line(std::string& out, std::string_view indent, const std::string& text) {
  out += indent;
  out += wrap(text, indent.size() + 2, 80 - indent.size());
  out += '\n';
}

std::string path_word(int rank) {
  switch (rank) {
    case 1: return "primary";
    case 2: return "first failover";
    case 3: return "second failover";
    default: return fmt::format("path {}", rank);
  }
}

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.resize(width, ' ');
  return text;
}

}  // namespace nightwatt::app

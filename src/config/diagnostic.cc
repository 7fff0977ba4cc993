#include "config/diagnostic.h"

#include <algorithm>

#include "config/blot.h"

namespace nightwatt::config {
namespace {

constexpr std::size_t excerpt_bytes_max = 72;
constexpr std::size_t margin = 4;

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xC0u) == 0x80u; }

// The source line and the caret under it. Tabs stay tabs in both, and a character of several bytes
// takes one place, so that the caret stands under what it means.
std::string excerpt(std::string_view line, std::size_t column) {
  std::size_t at = std::min(column - 1, line.size());
  std::string before, after;
  if (line.size() > excerpt_bytes_max) {
    std::size_t begin = at > excerpt_bytes_max / 2 ? at - excerpt_bytes_max / 2 : 0;
    begin = std::min(begin, line.size() - excerpt_bytes_max);
    while (begin > 0 && continues_character(line[begin])) --begin;
    std::size_t end = std::min(line.size(), begin + excerpt_bytes_max);
    while (end > begin && end < line.size() && continues_character(line[end])) --end;
    if (begin > 0) before = "...";
    if (end < line.size()) after = "...";
    line = line.substr(begin, end - begin);
    at -= begin;
  }
  std::string pad(margin + before.size(), ' ');
  for (const char c : line.substr(0, at)) {
    if (!continues_character(c)) pad += c == '\t' ? '\t' : ' ';
  }
  return std::string(margin, ' ') + before + std::string(line) + after + '\n' + pad + "^\n";
}

}  // namespace

std::string render(const Diagnostic& diagnostic, std::string_view file_name,
                   std::string_view file_text) {
  const SourcePos pos = diagnostic.pos;
  std::string out(file_name);
  if (pos.line > 0) out += ':' + std::to_string(pos.line) + ':' + std::to_string(pos.column);
  out += ": ";
  out += to_string(diagnostic.severity);
  out += ": " + diagnostic.message + '\n';
  if (pos.line > 0 && pos.column > 0) {
    std::size_t column = pos.column;
    const std::string line = without_secrets(file_text, pos.line, column);
    out += excerpt(line, column);
  }
  if (!diagnostic.hint.empty()) out += "    hint: " + diagnostic.hint + '\n';
  return out;
}

std::string render(const Diagnostics& diagnostics, std::string_view file_name,
                   std::string_view file_text) {
  std::string out;
  for (const Diagnostic& each : diagnostics.list()) out += render(each, file_name, file_text);
  return out;
}

}  // namespace nightwatt::config

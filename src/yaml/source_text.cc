#include "yaml/source_text.h"

#include <cstddef>
#include <cstdint>

#include "yaml/limits.h"

namespace nightwatt::yaml {
namespace {

std::size_t offset_of(std::string_view text, SourcePos pos) {
  std::size_t offset = 0;
  for (std::uint32_t line = 1; line < pos.line; ++line) {
    const auto end = text.find('\n', offset);
    if (end == std::string_view::npos) return text.size();
    offset = end + 1;
  }
  // The parser does not count a byte order mark.
  if (pos.line == 1 && text.starts_with("\xEF\xBB\xBF")) offset += 3;
  return offset + pos.column - 1 < text.size() ? offset + pos.column - 1 : text.size();
}

// Bytes of the UTF-8 character at `text`, 0 when there is none (overlong forms, surrogates and
// values beyond Unicode are none; RFC 3629, section 4).
std::size_t character_bytes(std::string_view text) {
  const auto byte = [&](std::size_t i) -> std::uint32_t {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
  };
  const auto tail = [&](std::size_t i) { return (byte(i) & 0xC0u) == 0x80u; };
  const std::uint32_t first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return tail(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const bool fits = !(first == 0xE0 && byte(1) < 0xA0) && !(first == 0xED && byte(1) > 0x9F);
    return fits && tail(1) && tail(2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const bool fits = !(first == 0xF0 && byte(1) < 0x90) && !(first == 0xF4 && byte(1) > 0x8F);
    return fits && tail(1) && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

bool allowed(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte >= 0x20 && byte != 0x7F) || c == '\n' || c == '\r' || c == '\t';
}

bool is_odd_line_end(std::string_view text) {
  if (text[0] == '\r') return text.size() < 2 || text[1] != '\n';
  return text.starts_with("\xC2\x85") || text.starts_with("\xE2\x80\xA8") ||
         text.starts_with("\xE2\x80\xA9");
}

}  // namespace

bool check_characters(std::string_view text, Diagnostics& out) {
  if (text.size() > text_bytes_max) {
    out.error({}, "the file is larger than " + std::to_string(text_bytes_max >> 20) + " MiB");
    return false;
  }
  SourcePos pos{1, 1};
  while (!text.empty()) {
    const std::size_t bytes = character_bytes(text);
    if (bytes == 0) {
      out.error(pos, "this is not UTF-8", "save the file as UTF-8");
      return false;
    }
    if (bytes == 1 && !allowed(text[0])) {
      out.error(pos, "a control character (" + std::to_string(static_cast<unsigned char>(text[0])) +
                         ") is not allowed");
      return false;
    }
    if (is_odd_line_end(text)) {
      out.error(pos, "an end of line that not every program takes for one is not allowed",
                "use a line feed, alone or after a carriage return");
      return false;
    }
    pos.column += static_cast<std::uint32_t>(bytes);
    if (text[0] == '\n') pos = {pos.line + 1, 1};
    text.remove_prefix(bytes);
  }
  return true;
}

std::string syntax_hint(std::string_view text, SourcePos pos) {
  if (pos.line == 0) return {};
  const std::size_t begin = offset_of(text, {pos.line, 1});
  std::string_view line = text.substr(begin, text.find('\n', begin) - begin);
  const std::string_view blank = line.substr(0, line.find_first_not_of(" \t"));
  if (blank.find('\t') != std::string_view::npos) {
    return "indent with blanks: YAML allows no tabs there";
  }
  const char at = pos.column <= line.size() ? line[pos.column - 1] : '\0';
  const char after = pos.column < line.size() ? line[pos.column] : ' ';
  if (at == '\\' ||
      (pos.column >= 2 && pos.column <= line.size() && line[pos.column - 2] == '\\')) {
    return "a backslash in double quotes needs a second one; single quotes take it as it is";
  }
  if (at == ':' && after != ' ') return "text that starts with ':' needs quotes inside {} and []";
  if (at == ':') {
    return "text that contains ': ' needs quotes; otherwise look at the indentation of the lines "
           "above";
  }
  if (at == '@' || at == '`' || at == '%') {
    return "text that starts with this character needs quotes";
  }
  return "look at the indentation and for an unclosed bracket or quote in the lines above";
}

}  // namespace nightwatt::yaml

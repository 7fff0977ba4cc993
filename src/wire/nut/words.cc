#include "wire/nut/words.h"

#include <algorithm>

#include "base/check.h"

namespace nightwatt::wire::nut {
namespace {

constexpr bool blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }
constexpr bool high(char c) { return static_cast<unsigned char>(c) > 0x7f; }
constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
// Blanks, the backslash, high bytes: a table, because every byte of every name passes here.
constexpr auto ends_plain_run = [] {
  std::array<bool, 256> table{};
  for (std::size_t i = 0; i < table.size(); ++i) {
    const char c = static_cast<char>(i);
    table[i] = blank(c) || high(c) || c == '\\';
  }
  return table;
}();

constexpr bool escaped(char c) { return c == '\\' || c == '"' || c == '#'; }

}  // namespace

std::string_view to_string(LineFault fault) {
  switch (fault) {
    case LineFault::none: return "no fault";
    case LineFault::control_byte: return "a byte that is no text";
    case LineFault::high_byte: return "a byte above 0x7f outside quotes";
    case LineFault::line_too_long: return "a line of more than 2048 bytes";
    case LineFault::too_many_words: return "a line of more than 32 words";
    case LineFault::open_quote: return "a quote that is not closed";
  }
  return "?";
}
static_assert(line_bytes_max == 2'048 && words_max == 32, "the texts above name the limits");

LineFault Words::split(std::string_view line) {
  NW_CHECK(line.size() <= line_bytes_max);
  size_ = 0;
  used_ = 0;
  std::size_t at = 0;
  while (true) {
    while (at < line.size() && blank(line[at])) ++at;
    if (at == line.size()) return LineFault::none;
    if (size_ == words_max) return LineFault::too_many_words;
    const auto fault = line[at] == '"' ? quoted_word(line, at) : plain_word(line, at);
    if (fault != LineFault::none) return fault;
    ++size_;
  }
}

LineFault Words::quoted_word(std::string_view line, std::size_t& at) {
  const std::size_t start = ++at;
  while (at < line.size() && line[at] != '"' && line[at] != '\\') ++at;
  if (at < line.size() && line[at] == '"') {  // nothing to undo: the common case costs no copy
    at_[size_] = line.substr(start, at++ - start);
    return LineFault::none;
  }
  const std::size_t begin = used_;
  for (std::size_t i = start; i < at; ++i) unquoted_[used_++] = line[i];
  while (at < line.size() && line[at] != '"') {
    if (line[at] == '\\' && ++at == line.size()) break;
    unquoted_[used_++] = line[at++];
  }
  if (at >= line.size()) return LineFault::open_quote;
  ++at;
  at_[size_] = {unquoted_.data() + begin, used_ - begin};
  return LineFault::none;
}

LineFault Words::plain_word(std::string_view line, std::size_t& at) {
  const std::size_t start = at;
  bool undo = false;
  while (true) {
    while (at < line.size() && !ends_plain_run[static_cast<unsigned char>(line[at])]) ++at;
    if (at == line.size() || blank(line[at])) break;
    if (high(line[at])) return LineFault::high_byte;
    undo = true;  // a backslash
    if (++at == line.size()) return LineFault::open_quote;
    if (high(line[at++])) return LineFault::high_byte;
  }
  at_[size_] = line.substr(start, at - start);
  if (!undo) return LineFault::none;
  const std::size_t begin = used_;
  for (std::size_t i = start; i < at; ++i) {
    if (line[i] == '\\') ++i;
    unquoted_[used_++] = line[i];
  }
  at_[size_] = {unquoted_.data() + begin, used_ - begin};
  return LineFault::none;
}

bool same_word(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

bool sendable(std::string_view word) {
  return word.size() <= 256 &&
         std::ranges::all_of(word, [](char c) { return c >= 0x20 && c < 0x7f; });
}

void append_word(std::string& out, std::string_view word) {
  const auto bare = [](char c) { return c > ' ' && c < 0x7f && !escaped(c) && c != '='; };
  if (!word.empty() && std::ranges::all_of(word, bare)) {
    out += word;
    return;
  }
  append_quoted(out, word);
}

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    if (escaped(c)) out += '\\';
    out += c;
  }
  out += '"';
}

}  // namespace nightwatt::wire::nut

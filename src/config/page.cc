#include "config/page.h"

#include <algorithm>

namespace nightwatt::config {
namespace {

constexpr std::size_t columns_max = 80;

// Columns, not bytes: a character of several bytes takes one.
std::size_t columns(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0u) != 0x80u; }));
}

}  // namespace

bool is_unit_of(std::string_view before, std::string_view word) {
  const bool after_number = !before.empty() && before.back() >= '0' && before.back() <= '9';
  word = word.substr(0, word.find_first_of(",;:.)"));
  constexpr std::string_view units[] = {"ms", "s", "m", "min", "h", "d", "%", "V", "W", "Hz", "C"};
  return after_number && std::ranges::find(units, word) != std::end(units);
}

void Page::line(std::string_view text) {
  text_ += text;
  text_ += '\n';
}

void Page::words(std::string_view first, const std::vector<std::string>& pieces, std::size_t hang) {
  std::string current(first);
  bool fresh = true;  // nothing on this line yet but its beginning
  for (const std::string& piece : pieces) {
    if (!fresh && columns(current) + 1 + columns(piece) > columns_max) {
      line(current);
      current.assign(hang, ' ');
      fresh = true;
    }
    if (!fresh || (!current.empty() && current.back() != ' ')) current += ' ';
    current += piece;
    fresh = false;
  }
  line(current);
}

void Page::add(std::string_view first, std::string_view text, std::size_t hang) {
  std::vector<std::string> pieces;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    if (!pieces.empty() && is_unit_of(pieces.back(), word)) {
      (pieces.back() += ' ') += word;
    } else if (!word.empty()) {
      pieces.emplace_back(word);
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  words(first, pieces, hang);
}

void Page::add_list(std::string_view first, const std::vector<std::string>& items,
                    std::size_t hang) {
  std::vector<std::string> pieces = items;
  for (std::size_t i = 0; i + 1 < pieces.size(); ++i) pieces[i] += ',';
  words(first, pieces, hang);
}

std::string named(const std::vector<std::string>& names) {
  constexpr std::size_t shown_max = 3;
  if (names.empty()) return "none";
  const bool all = names.size() <= shown_max + 1;
  const std::size_t shown = all ? names.size() : shown_max;
  std::string out;
  for (std::size_t i = 0; i < shown; ++i) {
    if (i > 0) out += all && i + 1 == shown ? " and " : ", ";
    out += names[i];
  }
  if (!all) out += " and " + std::to_string(names.size() - shown) + " more";
  return out;
}

}  // namespace nightwatt::config

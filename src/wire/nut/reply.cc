#include "wire/nut/reply.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/check.h"
#include "wire/nut/error_token.h"

namespace nightwatt::wire::nut {
namespace {

// Peers' texts go into logs: short and printable.
std::string shown(std::string_view text) {
  constexpr std::size_t shown_max = 60;
  std::string out;
  for (const char c : text.substr(0, shown_max)) out += c >= 0x20 && c < 0x7f ? c : '?';
  if (text.size() > shown_max) out += "...";
  return out;
}

// Names come in lower case from every server known; another spelling costs a copy.
std::optional<Variable> known_variable(std::string_view name) {
  std::array<char, 32> lower;
  if (name.size() > lower.size()) return std::nullopt;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    lower[i] = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  }
  return variable_named({lower.data(), name.size()});
}

constexpr bool plain(char c) { return c > ' ' && c < 0x7f && c != '\\' && c != '"'; }

}  // namespace

void ReplyReader::reset() {
  lines_.reset();
  text_ = std::string();
  reading_ = Reading{};
  names_ = nullptr;
  texts_ = std::vector<TextValue>();
  wanted_texts_ = Texts::none;
  bytes_ = 0;
  line_count_ = variables_ = ignored_ = 0;
  expect_ = Expect::nothing;
  trusted_ = peer_error_ = carried_out_ = unknown_outcome_ = false;
}

void ReplyReader::expect_ok() {
  reset();
  expect_ = Expect::ok;
}

void ReplyReader::expect_tracking() {
  reset();
  expect_ = Expect::tracking;
}

void ReplyReader::expect_list_var(std::string_view ups, const profile::KeptNames* names,
                                  Texts texts) {
  reset();
  names_ = names;
  wanted_texts_ = texts;
  ups_ = ups;
  plain_ups_ = std::ranges::all_of(ups_, plain);
  expect_ = Expect::begin;
}

Progress ReplyReader::feed(std::string_view& chunk) {
  NW_CHECK(expect_ != Expect::nothing);
  while (true) {
    const std::size_t before = chunk.size();
    const auto text = lines_.next(chunk);
    bytes_ += before - chunk.size();
    if (!text) break;
    if (bytes_ > reply_bytes_max) return bad("a reply of more than 524288 bytes");
    if (++line_count_ > reply_lines_max) return bad("a reply of more than 8192 lines");
    const Progress progress = line(*text);
    if (progress == Progress::more) continue;
    expect_ = Expect::nothing;
    return progress;
  }
  if (lines_.fault() == LineFault::none) return Progress::more;
  return bad("the reply has " + std::string(to_string(lines_.fault())));
}
static_assert(reply_bytes_max == 524'288 && reply_lines_max == 8'192, "feed() names the limits");

// VAR <ups> <name> "<value>", with the UPS spelt as we asked, single blanks and nothing escaped:
// what nearly every line is, taken without splitting it. False: not one of these, and nothing
// happened.
bool ReplyReader::plain_row(std::string_view line) {
  constexpr std::string_view head = "VAR ";
  if (!plain_ups_ || !line.starts_with(head) || !line.ends_with('"')) return false;
  line.remove_prefix(head.size());
  if (!line.starts_with(ups_)) return false;
  line.remove_prefix(ups_.size());
  if (!line.starts_with(' ')) return false;
  line.remove_prefix(1);
  const std::size_t quote = line.find('"');
  if (quote < 2 || quote + 1 >= line.size() || line[quote - 1] != ' ') return false;
  const std::string_view name = line.substr(0, quote - 1);
  const std::string_view value = line.substr(quote + 1, line.size() - quote - 2);
  if (value.find('"') != value.npos || value.find('\\') != value.npos) return false;
  if (!std::ranges::all_of(name, plain)) return false;
  keep(name, value);
  return true;
}

Progress ReplyReader::line(std::string_view line) {
  if (expect_ == Expect::rows && plain_row(line)) return Progress::more;
  Words words;
  const LineFault fault = words.split(line);
  if (fault != LineFault::none) return bad("the reply has " + std::string(to_string(fault)));
  if (words.size() == 0) return Progress::more;  // a blank line says nothing; it counts as a line
  if (expect_ == Expect::rows) return row(words);
  if (same_word(words[0], "ERR")) return peer_error(words);
  if (expect_ == Expect::begin) return opening(words);
  if (expect_ == Expect::tracking) return tracked(words, line);
  return same_word(words[0], "OK") ? accepted(words) : bad("not OK but: " + shown(line));
}

Progress ReplyReader::accepted(const Words& words) {
  if (!same_word(words[1], "TRACKING")) return Progress::done;
  if (words[2].empty() || !sendable(words[2])) return bad("OK TRACKING without a usable id");
  text_ = words[2];
  return Progress::done;
}

Progress ReplyReader::tracked(const Words& words, std::string_view line) {
  carried_out_ = same_word(words[0], "SUCCESS");
  if (carried_out_ || same_word(words[0], "PENDING")) return Progress::done;
  return bad("neither PENDING nor SUCCESS but: " + shown(line));
}

Progress ReplyReader::opening(const Words& words) {
  if (!same_word(words[0], "BEGIN") || !same_word(words[1], "LIST")) {
    return bad("not a list but: " + shown(words[0]));
  }
  if (!same_word(words[2], "VAR") || words.size() != 4) {
    return bad("the list of something else: " + shown(words[2]));
  }
  if (!same_word(words[3], ups_)) return bad("the list of another UPS: " + shown(words[3]));
  expect_ = Expect::rows;
  return Progress::more;
}

Progress ReplyReader::row(const Words& words) {
  if (same_word(words[0], "VAR")) {
    if (words.size() != 4) return bad("a VAR line of " + std::to_string(words.size()) + " words");
    if (!same_word(words[1], ups_)) return bad("a variable of another UPS: " + shown(words[1]));
    keep(words[2], words[3]);
    return Progress::more;
  }
  const bool end = same_word(words[0], "END") && same_word(words[1], "LIST") &&
                   same_word(words[2], "VAR") && words.size() == 4;
  if (!end) return bad("in the middle of the list: " + shown(words[0]));
  if (!same_word(words[3], ups_)) return bad("the end of another UPS's list: " + shown(words[3]));
  return Progress::done;
}

void ReplyReader::keep(std::string_view name, std::string_view value) {
  ++variables_;
  if (same_word(name, "ups.status")) {
    reading_.status = parse_status(value);
  } else if (const auto variable = known_variable(name)) {
    reading_.values.set_text(*variable, value);  // a refused text stays visible as rejected()
  } else if (names_ == nullptr || !keep_other(name, value)) {
    ++ignored_;
    if (wanted_texts_ == Texts::none || texts_.size() >= texts_max) return;
    if (wanted_texts_ == Texts::nameplate && !is_nameplate(name)) return;
    texts_.push_back({std::string(name), std::string(value.substr(0, text_bytes_max))});
  }
}

// False: nobody asked for it, or it is no number.
bool ReplyReader::keep_other(std::string_view name, std::string_view value) {
  const auto variable = names_->find(name);
  if (!variable) return false;
  const auto number = parse_number(value);
  if (!number || !std::isfinite(*number)) return false;
  reading_.set_other(*variable, *number);
  return true;
}

Progress ReplyReader::peer_error(const Words& words) {
  const ErrorToken& row = error_token(words[1]);
  failure_ = row.failure;
  trusted_ = row.failure != MessageFailure::bad_reply;
  peer_error_ = !row.token.empty();
  unknown_outcome_ = row.token == "UNKNOWN";
  text_ = "ERR " + shown(words[1]) + ": " + std::string(row.meaning);
  return Progress::failed;
}

Progress ReplyReader::bad(std::string text) {
  expect_ = Expect::nothing;
  failure_ = MessageFailure::bad_reply;
  trusted_ = false;
  text_ = std::move(text);
  return Progress::failed;
}

}  // namespace nightwatt::wire::nut

#include "config/section.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "config/duration.h"
#include "config/limits.h"
#include "config/nearest.h"

namespace nightwatt::config {
namespace {

std::string join(const std::vector<std::string_view>& words) {
  std::string out;
  for (const auto word : words) out += (out.empty() ? "" : ", ") + std::string(word);
  return out;
}

std::string show_number(double value) { return fmt::format("{}", value); }

std::string range_words(const NumberRange& range) {
  if (std::isinf(range.high)) {
    return fmt::format("a number {} {}", range.above_low ? "above" : "of at least",
                       show_number(range.low));
  }
  if (range.above_low) {
    return fmt::format("a number above {} and up to {}", show_number(range.low),
                       show_number(range.high));
  }
  return fmt::format("a number from {} to {}", show_number(range.low), show_number(range.high));
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  return out;
}

}  // namespace

std::string meant(std::string_view typed, const std::vector<std::string_view>& words) {
  const std::string_view near = nearest(typed, words);
  if (!near.empty()) return "did you mean '" + std::string(near) + "'?";
  constexpr std::size_t listed_max = 12;
  if (words.empty() || words.size() > listed_max) return {};
  return "known here: " + join(words);
}

Section::Section(const Item& node, std::string label, Diagnostics& out)
    : label_(std::move(label)), out_(out), pos_(node.pos) {
  if (node.kind == ItemKind::mapping) {
    add_entries(node);
  } else {
    const std::string what = label_.empty() ? "the file" : label_;
    out_.error(node.pos, what + " must be a mapping, got " + describe(node));
  }
}

void Section::add_entries(const Item& mapping) {
  const Item* merged = nullptr;
  entries_.reserve(mapping.children.size() / 2);
  for (std::size_t i = 0; i < mapping.children.size(); i += 2) {
    const Item* key = mapping.children[i];
    if (key->plain && key->text == "<<") {
      merged = mapping.children[i + 1];
    } else {
      entries_.push_back({key, mapping.children[i + 1], false});
    }
  }
  if (merged != nullptr) merge(*merged);
}

// YAML's merge key: what the merged mapping has and this one has not. Eneru reads it, so do we.
void Section::merge(const Item& merged) {
  if (merged.kind == ItemKind::list) {
    for (const Item* each : merged.children) merge(*each);
    return;
  }
  if (merged.kind != ItemKind::mapping) {
    out_.error(merged.pos, "'<<' merges a mapping, got " + describe(merged));
    return;
  }
  for (std::size_t i = 0; i < merged.children.size(); i += 2) {
    const Item* key = merged.children[i];
    if (key->plain && key->text == "<<") {
      merge(*merged.children[i + 1]);
    } else if (find(key->text) == nullptr) {
      entries_.push_back({key, merged.children[i + 1], false});
    }
  }
}

const Section::Entry* Section::find(std::string_view key) const {
  for (const Entry& entry : entries_) {
    if (entry.key->text == key) return &entry;
  }
  return nullptr;
}

SourcePos Section::key_pos(std::string_view key) const {
  const Entry* entry = find(key);
  return entry != nullptr ? entry->key->pos : pos_;
}

bool Section::has(std::string_view key) const {
  const Entry* entry = find(key);
  return entry != nullptr && entry->value->kind != ItemKind::null;
}

std::string Section::path(std::string_view key) const {
  return label_.empty() ? std::string(key) : label_ + "." + std::string(key);
}

SourcePos Section::pos_of(std::string_view key) const {
  const Entry* entry = find(key);
  return entry != nullptr ? entry->value->pos : pos_;
}

const Item* Section::take(std::string_view key) {
  asked_.push_back(key);
  const Item* value = nullptr;
  for (Entry& entry : entries_) {
    if (entry.key->text != key) continue;
    entry.known = true;  // also a second one of that name: it is reported as a duplicate
    if (value == nullptr && entry.value->kind != ItemKind::null) value = entry.value;
  }
  return value;
}

const Item* Section::take_list(std::string_view key) {
  const Item* node = take(key);
  if (node == nullptr || node->kind == ItemKind::list) return node;
  wrong(key, *node, "a list");
  return nullptr;
}

bool Section::wrong(std::string_view key, const Item& node, std::string_view wanted,
                    std::string hint) {
  out_.error(node.pos, fmt::format("{} must be {}, got {}", path(key), wanted, describe(node)),
             std::move(hint));
  return false;
}

// A plain scalar; a quoted one is text, which Eneru refuses for numbers and booleans, too.
const Item* Section::take_scalar(std::string_view key, std::string_view wanted) {
  const Item* node = take(key);
  if (node == nullptr) return nullptr;
  if (node->kind == ItemKind::scalar && node->plain) return node;
  wrong(key, *node, wanted, node->kind == ItemKind::scalar ? "write it without quotes" : "");
  return nullptr;
}

bool Section::flag(std::string_view key, bool& into) {
  constexpr std::string_view wanted = "true or false";
  const Item* node = take_scalar(key, wanted);
  if (node == nullptr) return false;
  const std::string word = lower(node->text);  // YAML 1.1's words, because Eneru reads these
  const bool yes = word == "true" || word == "yes" || word == "on";
  const bool no = word == "false" || word == "no" || word == "off";
  if (!yes && !no) return wrong(key, *node, wanted);
  into = yes;
  return true;
}

bool Section::whole(std::string_view key, int& into, int low, int high) {
  const std::string wanted = fmt::format("a whole number from {} to {}", low, high);
  const Item* node = take_scalar(key, wanted);
  if (node == nullptr) return false;
  const auto value = parse_number(node->text);
  if (!value || *value != std::floor(*value) || *value < low || *value > high) {
    return wrong(key, *node, wanted);
  }
  into = static_cast<int>(*value);
  return true;
}

bool Section::number(std::string_view key, double& into, NumberRange range) {
  const std::string wanted = range_words(range);
  const Item* node = take_scalar(key, wanted);
  if (node == nullptr) return false;
  const auto value = parse_number(node->text);
  const bool in =
      value && *value <= range.high && (range.above_low ? *value > range.low : *value >= range.low);
  if (!in) return wrong(key, *node, wanted);
  into = *value;
  return true;
}

bool Section::duration(std::string_view key, Duration& into, DurationRange range) {
  const Item* node = take(key);
  if (node == nullptr) return false;
  constexpr std::string_view wanted = "a duration such as 500ms, 30s, 5m or 2h";
  const bool is_scalar = node->kind == ItemKind::scalar;
  if (is_scalar && !node->plain && parse_number(node->text)) {
    return wrong(key, *node, wanted, "a bare number is written without quotes");
  }
  const auto value = is_scalar ? parse_duration(node->text, range.bare_unit) : std::nullopt;
  if (!value) return wrong(key, *node, wanted);
  if (*value < range.low || *value > range.high) {
    return wrong(key, *node, fmt::format("from {} to {}", show(range.low), show(range.high)));
  }
  into = *value;
  return true;
}

bool Section::duration(std::string_view key, BriefDuration& into, DurationRange range) {
  Duration value{};
  if (!duration(key, value, range)) return false;
  into = value;
  return true;
}

bool Section::any_text(std::string_view key, std::string& into) {
  const Item* node = take(key);
  if (node == nullptr) return false;
  if (node->kind != ItemKind::scalar) return wrong(key, *node, "text");
  if (node->text.size() > text_value_bytes_max) {
    out_.error(node->pos,
               fmt::format("{} is longer than {} bytes", path(key), text_value_bytes_max));
    return false;
  }
  into = node->text;
  return true;
}

bool Section::text(std::string_view key, std::string& into) {
  std::string read;
  if (!any_text(key, read)) return false;
  if (read.find_first_not_of(" \t\n") == std::string::npos) {
    return wrong(key, *take(key), "text that is not empty");
  }
  into = std::move(read);
  return true;
}

bool Section::name(std::string_view key, Located<std::string>& into) {
  std::string read;
  if (!text(key, read)) return false;
  const Item& node = *take(key);
  const bool printable = std::ranges::none_of(
      read, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
  if (read.size() > name_bytes_max || !printable || read.front() == ' ' || read.back() == ' ') {
    return wrong(
        key, node,
        fmt::format("one line of at most {} bytes without blanks around it", name_bytes_max));
  }
  into = {std::move(read), node.pos};
  return true;
}

bool Section::texts(std::string_view key, std::vector<Located<std::string>>& into) {
  const Item* list = take_list(key);
  if (list == nullptr) return false;
  for (const Item* item : list->children) {
    if (item->kind == ItemKind::scalar && !item->text.empty()) {
      into.push_back({item->text, item->pos});
    } else {
      out_.error(item->pos,
                 fmt::format("{} must be a list of text, got {}", path(key), describe(*item)));
    }
  }
  return true;
}

int Section::pick(std::string_view key, const std::vector<Word>& words) {
  const Item* node = take(key);
  if (node == nullptr) return -1;
  const auto found = std::ranges::find(words, std::string_view(node->text), &Word::text);
  if (node->kind == ItemKind::scalar && found != words.end()) {
    return static_cast<int>(found - words.begin());
  }
  std::vector<std::string_view> listed, suggested;
  for (const Word& word : words) {
    if (!word.alias) listed.push_back(word.text);
    if (!word.not_meant) suggested.push_back(word.text);
  }
  const std::string_view near = nearest(node->text, suggested);
  wrong(key, *node, "one of " + join(listed),
        near.empty() ? "" : "did you mean '" + std::string(near) + "'?");
  return -1;
}

void Section::ignore(std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys) take(key);
}

void Section::refuse(std::initializer_list<std::string_view> keys, std::string_view why,
                     const std::string& hint) {
  for (const std::string_view key : keys) {
    if (take(key) != nullptr) out_.error(key_pos(key), fmt::format("{} {}", path(key), why), hint);
  }
}

void Section::elsewhere(std::initializer_list<std::string_view> keys, std::string_view words) {
  for (const std::string_view key : keys) elsewhere_.emplace_back(key, words);
}

void Section::skip() {
  for (Entry& entry : entries_) entry.known = true;
}

void Section::finish() {
  std::ranges::sort(asked_);
  asked_.erase(std::ranges::unique(asked_).begin(), asked_.end());
  for (const Entry& entry : entries_) {
    const std::string& key = entry.key->text;
    if (entry.known || (label_.empty() && key.starts_with("x-"))) continue;
    const auto there = std::ranges::find(elsewhere_, std::string_view(key),
                                         &std::pair<std::string_view, std::string_view>::first);
    out_.error(entry.key->pos,
               label_.empty() ? "unknown top-level key '" + key + "'"
                              : "unknown key '" + key + "' in " + label_,
               there != elsewhere_.end() ? std::string(there->second) : meant(key, asked_));
  }
}

}  // namespace nightwatt::config

#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <ios>
#include <istream>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"
#include "yaml/tree.h"

// Strict reading of YAML for the conformance runner: what is unknown or impossible throws Malformed
// with the place; read_scenarios() catches it at the door. Quotes make no difference: 'true' is as
// good as true.
namespace nightwatt::sim::conformance {

using yaml::Item;
using yaml::ItemKind;

struct Malformed : std::runtime_error {
  Malformed(std::uint32_t in_line, const std::string& what)
      : std::runtime_error(what), line(in_line) {}
  std::uint32_t line;  // 0: the file as a whole
};

[[noreturn]] inline void malformed(const Item& node, const std::string& what) {
  throw Malformed(node.pos.line, what);
}

inline bool is_scalar(const Item& node) { return node.kind == ItemKind::scalar; }

// A key without a value counts as an empty map or list.
inline void need_map(const Item& node, const std::string& what) {
  if (node.kind != ItemKind::mapping && node.kind != ItemKind::null)
    malformed(node, what + " must be a map");
}
inline void need_list(const Item& node, const std::string& what) {
  if (node.kind != ItemKind::list && node.kind != ItemKind::null)
    malformed(node, what + " must be a list");
}

struct KeyValue {
  const Item& key;
  const Item& value;
};
// REQUIRES: a map. In the order written; a key that is written twice is there twice.
inline std::vector<KeyValue> entries(const Item& map) {
  std::vector<KeyValue> out;
  for (std::size_t i = 0; i + 1 < map.children.size(); i += 2) {
    out.push_back({*map.children[i], *map.children[i + 1]});
  }
  return out;
}

// REQUIRES: a map. The value of the first such key; nullptr when there is none.
inline const Item* find(const Item& map, std::string_view key) {
  for (std::size_t i = 0; i + 1 < map.children.size(); i += 2) {
    if (map.children[i]->text == key) return map.children[i + 1];
  }
  return nullptr;
}

inline const Item& required(const Item& map, const char* key, const std::string& what) {
  const Item* value = find(map, key);
  if (value == nullptr) malformed(map, what + " lacks '" + key + "'");
  return *value;
}

inline std::string text_of(const Item& node, const std::string& what) {
  if (!is_scalar(node)) malformed(node, what + " must be a word");
  return node.text;
}

// The number that is all of a scalar; whole ones also as 0x1f and, with a leading 0, in octal.
template <class T>
std::optional<T> number_of(const Item& node) {
  std::istringstream text(node.text);
  text.unsetf(std::ios::dec);
  T value{};
  const bool ok = is_scalar(node) && text >> std::noskipws >> value && (text >> std::ws).eof();
  return ok ? std::optional(value) : std::nullopt;
}

inline int integer(const Item& node, int low, int high, const std::string& what) {
  const auto value = number_of<int>(node);
  if (!value || *value < low || *value > high) {
    malformed(node, what + " must be a whole number from " + std::to_string(low) + " to " +
                        std::to_string(high));
  }
  return *value;
}

inline bool boolean(const Item& node, const std::string& what) {
  std::string text = is_scalar(node) ? node.text : "";
  std::ranges::transform(text, text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  if (text == "true" || text == "yes" || text == "on" || text == "y") return true;
  if (text == "false" || text == "no" || text == "off" || text == "n") return false;
  malformed(node, what + " must be true or false");
}

// `unit`: milliseconds in one of the given number.
inline Duration duration(const Item& node, double unit, const std::string& what) {
  constexpr double most = 1e9;
  const auto value = number_of<double>(node);
  if (!value || !(*value >= 0) || *value > most) malformed(node, what + " must be a number from 0");
  return Duration(std::llround(*value * unit));
}
inline Duration seconds_of(const Item& node, const std::string& what) {
  return duration(node, 1000, what);
}
inline Duration milliseconds_of(const Item& node, const std::string& what) {
  return duration(node, 1, what);
}

template <class T>
T word(const Item& node, std::initializer_list<std::pair<std::string_view, T>> words,
       const std::string& what) {
  std::string known;
  for (const auto& [text, value] : words) {
    if (is_scalar(node) && node.text == text) return value;
    known += (known.empty() ? "" : ", ") + std::string(text);
  }
  malformed(node, what + " must be one of " + known);
}

}  // namespace nightwatt::sim::conformance

#pragma once

#include <yaml-cpp/yaml.h>

#include <cmath>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "base/time.h"

// Strict reading of YAML for the conformance runner: what is unknown or impossible throws
// YAML::Exception with the place; read_scenarios() catches it at the door.
namespace nightwatt::sim::conformance {

[[noreturn]] inline void malformed(const YAML::Node& node, const std::string& what) {
  throw YAML::Exception(node.Mark(), what);
}

inline void need_map(const YAML::Node& node, const std::string& what) {
  if (!node.IsMap()) malformed(node, what + " must be a map");
}
inline void need_list(const YAML::Node& node, const std::string& what) {
  if (!node.IsSequence()) malformed(node, what + " must be a list");
}

inline YAML::Node required(const YAML::Node& map, const char* key, const std::string& what) {
  YAML::Node value = map[key];
  if (!value) malformed(map, what + " lacks '" + key + "'");
  return value;
}

inline std::string text_of(const YAML::Node& node, const std::string& what) {
  if (!node.IsScalar()) malformed(node, what + " must be a word");
  return node.Scalar();
}

inline int integer(const YAML::Node& node, int low, int high, const std::string& what) {
  int value = 0;
  if (!node.IsScalar() || !YAML::convert<int>::decode(node, value) || value < low || value > high) {
    malformed(node, what + " must be a whole number from " + std::to_string(low) + " to " +
                        std::to_string(high));
  }
  return value;
}

inline bool boolean(const YAML::Node& node, const std::string& what) {
  bool value = false;
  if (!node.IsScalar() || !YAML::convert<bool>::decode(node, value)) {
    malformed(node, what + " must be true or false");
  }
  return value;
}

// `unit`: milliseconds in one of the given number.
inline Duration duration(const YAML::Node& node, double unit, const std::string& what) {
  constexpr double most = 1e9;
  double value = 0;
  if (!node.IsScalar() || !YAML::convert<double>::decode(node, value) || !(value >= 0) ||
      value > most) {
    malformed(node, what + " must be a number from 0");
  }
  return Duration(std::llround(value * unit));
}
inline Duration seconds_of(const YAML::Node& node, const std::string& what) {
  return duration(node, 1000, what);
}
inline Duration milliseconds_of(const YAML::Node& node, const std::string& what) {
  return duration(node, 1, what);
}

template <class T>
T word(const YAML::Node& node, std::initializer_list<std::pair<std::string_view, T>> words,
       const std::string& what) {
  std::string known;
  for (const auto& [text, value] : words) {
    if (node.IsScalar() && node.Scalar() == text) return value;
    known += (known.empty() ? "" : ", ") + std::string(text);
  }
  malformed(node, what + " must be one of " + known);
}

}  // namespace nightwatt::sim::conformance

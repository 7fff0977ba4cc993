#pragma once

#include <cstddef>
#include <initializer_list>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/time.h"

// The JSON object of a POST, read strictly: a key that nobody knows, a key that is there twice and
// a value of another type are errors, because a misspelt "dry_run" that is passed over would send.
// Each error is one sentence that names the key and what would be right.
namespace nightwatt::app {

inline constexpr std::size_t body_depth_max = 8;            // levels, the object itself among them
inline constexpr double asked_seconds_max = 30.0 * 86'400;  // of holds, freezes, maintenance

class JsonBody {
 public:
  // No text at all is an empty object. `known`: all keys that the request may have. What is nested
  // deeper than body_depth_max is never built: copying, printing and comparing it are recursive.
  static expected<JsonBody, std::string> parse(const std::string& text,
                                               std::initializer_list<std::string_view> known);

  bool has(const char* key) const { return object_.contains(key); }
  // REQUIRES: has(key), for the first; false is what a missing flag means.
  expected<std::string, std::string> text(const char* key) const;
  expected<bool, std::string> flag(const char* key) const;
  // Text, or a number as it was written; nothing when it is missing.
  expected<std::optional<std::string>, std::string> text_or_number(const char* key) const;
  // A number of seconds from `least` to `most`, both included, rounded to milliseconds.
  expected<Duration, std::string> seconds(const char* key, double least, double most) const;
  // Any value, for what fits none of the above; null pointer: it is missing.
  const nlohmann::ordered_json* value(const char* key) const;

 private:
  using Decimals = std::map<std::string, std::string>;  // by key: as they were written
  JsonBody(nlohmann::ordered_json object, Decimals decimals)
      : object_(std::move(object)), decimals_(std::move(decimals)) {}
  nlohmann::ordered_json object_;
  Decimals decimals_;
};

}  // namespace nightwatt::app

#pragma once

#include <initializer_list>
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

inline constexpr double asked_seconds_max = 30.0 * 86'400;  // of holds, freezes, maintenance

class JsonBody {
 public:
  // No text at all is an empty object. `known`: all keys that the request may have.
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
  // Any value, for what fits none of the above; null when it is missing.
  nlohmann::ordered_json value(const char* key) const;

 private:
  explicit JsonBody(nlohmann::ordered_json object) : object_(std::move(object)) {}
  nlohmann::ordered_json object_;
};

}  // namespace nightwatt::app

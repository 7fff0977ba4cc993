#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace nightwatt::config {

// "500ms", "30s", "1.5 s", "5m", "2h", "1d"; a bare number counts in `bare_unit`. Rounded to whole
// milliseconds. nullopt: not of that form, negative, or beyond 100 years.
std::optional<Duration> parse_duration(std::string_view text, Duration bare_unit);

// As people read it: "500 ms", "1.5 s", "30 s", "5 min", "2 h", "2 d".
std::string show(Duration duration);

// A whole finite decimal number, nothing before or after it.
std::optional<double> parse_number(std::string_view text);

}  // namespace nightwatt::config

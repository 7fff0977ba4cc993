#pragma once

#include <optional>
#include <string_view>

#include "base/time.h"

namespace nightwatt::app {

// "500ms", "90s", "10m", "2h", "1d", or a bare number of seconds; at most 366 days. Nothing for
// anything else.
std::optional<Duration> parse_duration(std::string_view text);

}  // namespace nightwatt::app

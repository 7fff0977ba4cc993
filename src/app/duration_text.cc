#include "app/duration_text.h"

#include <charconv>
#include <cmath>

namespace nightwatt::app {

std::optional<Duration> parse_duration(std::string_view text) {
  constexpr double longest_ms = 366.0 * 86'400'000.0;
  double number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, problem] = std::from_chars(text.data(), end, number);
  if (problem != std::errc() || !std::isfinite(number) || number < 0) return std::nullopt;
  const std::string_view unit(rest, static_cast<std::size_t>(end - rest));
  double scale = 0;
  if (unit == "ms") scale = 1;
  if (unit == "s" || unit.empty()) scale = 1'000;
  if (unit == "m") scale = 60'000;
  if (unit == "h") scale = 3'600'000;
  if (unit == "d") scale = 86'400'000;
  if (scale == 0 || number * scale > longest_ms) return std::nullopt;
  return Duration(static_cast<std::int64_t>(std::llround(number * scale)));
}

}  // namespace nightwatt::app

#include "config/duration.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstdint>

namespace nightwatt::config {
namespace {

struct Unit {
  std::string_view word;
  std::int64_t milliseconds;
};
constexpr Unit units[] = {{"ms", 1},       {"s", 1'000},     {"sec", 1'000},   {"m", 60'000},
                          {"min", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}};

}  // namespace

std::optional<double> parse_number(std::string_view text) {
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value);
  if (text.empty() || error != std::errc{} || stopped != end || !std::isfinite(value)) return {};
  return value;
}

std::optional<Duration> parse_duration(std::string_view text, Duration bare_unit) {
  const std::size_t digits = text.find_first_not_of("0123456789.");
  const auto number = parse_number(text.substr(0, digits));
  if (!number) return {};
  double factor = static_cast<double>(bare_unit.count());
  if (digits != std::string_view::npos) {
    std::string_view word = text.substr(digits);
    if (word.starts_with(' ')) word.remove_prefix(1);
    factor = 0;
    for (const Unit& unit : units) {
      if (word == unit.word) factor = static_cast<double>(unit.milliseconds);
    }
  }
  constexpr double century_ms = 100.0 * 366 * 86'400'000;
  const double milliseconds = *number * factor;
  if (factor == 0 || milliseconds > century_ms) return {};
  return Duration{std::llround(milliseconds)};
}

std::string show(Duration duration) {
  const std::int64_t ms = duration.count();
  if (ms == 0) return "0 s";
  if (ms % 86'400'000 == 0) return fmt::format("{} d", ms / 86'400'000);
  if (ms % 3'600'000 == 0) return fmt::format("{} h", ms / 3'600'000);
  if (ms % 60'000 == 0 && ms >= 300'000) return fmt::format("{} min", ms / 60'000);
  if (ms % 1'000 == 0) return fmt::format("{} s", ms / 1'000);
  if (ms > 1'000) return fmt::format("{} s", static_cast<double>(ms) / 1'000);
  return fmt::format("{} ms", ms);
}

}  // namespace nightwatt::config

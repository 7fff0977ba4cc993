#include "model/quantity.h"

#include <array>
#include <charconv>
#include <cmath>

namespace nightwatt {

namespace {

std::string in_decimals(double value, int decimals) {
  if (!std::isfinite(value)) return "?";
  std::array<char, 400> digits{};  // the largest double has 309 digits before the point
  const auto [end, ec] = std::to_chars(digits.data(), digits.data() + digits.size(), value,
                                       std::chars_format::fixed, decimals);
  if (ec != std::errc()) return "?";
  std::string text(digits.data(), end);
  while (text.ends_with('0')) text.pop_back();
  if (text.ends_with('.')) text.pop_back();
  return text == "-0" ? "0" : text;
}

}  // namespace

std::string quantity(double value) { return in_decimals(value, 1); }

std::string quantity(double value, std::string_view unit) {
  std::string text = quantity(value);
  text += ' ';
  text += unit;
  return text;
}

std::string fine_quantity(double value, std::string_view unit) {
  std::string text = in_decimals(value, 3);
  if (unit.empty()) return text;
  text += ' ';
  text += unit;
  return text;
}

}  // namespace nightwatt

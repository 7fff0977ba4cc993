#include "model/quantity.h"

#include <array>
#include <charconv>
#include <cmath>

namespace nightwatt {

std::string quantity(double value) {
  if (!std::isfinite(value)) return "?";
  std::array<char, 400> digits{};  // the largest double has 309 digits before the point
  const auto [end, ec] = std::to_chars(digits.data(), digits.data() + digits.size(), value,
                                       std::chars_format::fixed, 1);
  if (ec != std::errc()) return "?";
  std::string text(digits.data(), end);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text == "-0" ? "0" : text;
}

std::string quantity(double value, std::string_view unit) {
  std::string text = quantity(value);
  text += ' ';
  text += unit;
  return text;
}

}  // namespace nightwatt

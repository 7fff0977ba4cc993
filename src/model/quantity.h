#pragma once

#include <string>
#include <string_view>

// Numbers as people read them, the same on every machine: one decimal at most, no trailing zero.
namespace nightwatt {

// 14 -> "14", 14.26 -> "14.3", -0.04 -> "0". Not finite: "?".
std::string quantity(double value);
// quantity() and a unit: "14 %".
std::string quantity(double value, std::string_view unit);
// The same with three decimals at most, for numbers whose size nobody knows; no unit, no blank:
// 0.05 -> "0.05", 46.2004 and "°C" -> "46.2 °C".
std::string fine_quantity(double value, std::string_view unit);

}  // namespace nightwatt

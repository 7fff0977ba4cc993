#include "model/text_value.h"

#include <algorithm>
#include <array>

namespace nightwatt {
namespace {

// NUT's variables that stay as they are while a UPS is the same UPS, in order.
constexpr std::array<std::string_view, 19> names{
    "battery.date",     "battery.mfr.date", "battery.type",  "device.description", "device.mfr",
    "device.model",     "device.part",      "device.serial", "device.type",        "ups.firmware",
    "ups.firmware.aux", "ups.id",           "ups.mfr",       "ups.mfr.date",       "ups.model",
    "ups.productid",    "ups.serial",       "ups.type",      "ups.vendorid",
};

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

}  // namespace

bool is_nameplate(std::string_view name) {
  return std::ranges::any_of(names, [&](std::string_view each) {
    return std::ranges::equal(each, name, [](char a, char b) { return a == lower(b); });
  });
}

}  // namespace nightwatt

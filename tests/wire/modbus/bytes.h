#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// Bytes as the specification prints them: "03 00 6B 00 03".
namespace nightwatt::wire::modbus {

using Bytes = std::vector<std::uint8_t>;

inline Bytes hex_bytes(std::string_view text) {
  Bytes out;
  unsigned value = 0;
  int digits = 0;
  for (const char c : std::string(text) + " ") {
    if (c == ' ' || c == '\n') {
      if (digits > 0) out.push_back(static_cast<std::uint8_t>(value));
      value = 0;
      digits = 0;
      continue;
    }
    value = 16 * value + static_cast<unsigned>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    ++digits;
  }
  return out;
}

inline std::string hex_text(std::span<const std::uint8_t> bytes) {
  std::string out;
  for (const std::uint8_t byte : bytes) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    if (!out.empty()) out += ' ';
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
  return out;
}

}  // namespace nightwatt::wire::modbus

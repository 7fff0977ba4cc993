#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <string>

// One address of 127.0.0.0/8 for each simulated device, so that each has a line of its own and no
// client runs out of ports.
namespace nightwatt::bench {

inline constexpr std::size_t loopback_hosts_max = 126 * 62'500;

// 127.1.0.1, 127.1.0.2, ...; `index` below loopback_hosts_max.
inline std::uint32_t loopback_address(std::size_t index) {
  const auto part = [](std::size_t value, int shift) {
    return static_cast<std::uint32_t>(value) << shift;
  };
  return part(127, 24) | part(1 + index / 62'500, 16) | part(index / 250 % 250, 8) |
         part(1 + index % 250, 0);
}

inline std::string loopback_host(std::size_t index) {
  const std::uint32_t address = loopback_address(index);
  return fmt::format("127.{}.{}.{}", address >> 16 & 255, address >> 8 & 255, address & 255);
}

// The inverse; what is no such address (127.0.0.1) is host 0.
inline std::size_t loopback_index(std::uint32_t address) {
  const std::size_t a = address >> 16 & 255;
  const std::size_t c = address & 255;
  return a == 0 || c == 0 ? 0 : (a - 1) * 62'500 + (address >> 8 & 255) * 250 + c - 1;
}

}  // namespace nightwatt::bench

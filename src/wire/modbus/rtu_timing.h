#pragma once

#include <chrono>
#include <cstdint>

// The silences that delimit RTU frames (Modbus over Serial Line V1.02, 2.5.1.1).
namespace nightwatt::wire::modbus {

struct RtuTiming {
  std::chrono::microseconds between_bytes;   // t1.5: no longer pause inside a frame
  std::chrono::microseconds between_frames;  // t3.5: at least so long between frames
};

// From the time of one character of `bits` bits (start, data, parity or a second stop, stop: 11 as
// specified; 10 without parity and with one stop bit). Above 19200 baud the fixed 0.75 and 1.75 ms,
// because a receiver could not keep shorter ones apart. REQUIRES: baud and bits above 0.
constexpr RtuTiming rtu_timing(std::uint32_t baud, std::uint32_t bits = 11) {
  using std::chrono::microseconds;
  if (baud > 19'200) return {microseconds(750), microseconds(1'750)};
  const std::uint64_t half_character_us = (500'000ull * bits + baud - 1) / baud;
  return {microseconds(3 * half_character_us), microseconds(7 * half_character_us)};
}

// How long `bytes` bytes take on the line.
constexpr std::chrono::microseconds rtu_duration(std::uint32_t baud, std::uint64_t bytes,
                                                 std::uint32_t bits = 11) {
  return std::chrono::microseconds((1'000'000ull * bits * bytes + baud - 1) / baud);
}

}  // namespace nightwatt::wire::modbus

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

// The codes of an error reply (Modbus Application Protocol V1.1b3, section 7; 7 is the Modicon
// protocol's of 1996 and still sent by old devices).
namespace nightwatt::wire::modbus {

inline constexpr std::uint8_t illegal_function = 0x01;
inline constexpr std::uint8_t illegal_data_address = 0x02;
inline constexpr std::uint8_t illegal_data_value = 0x03;
inline constexpr std::uint8_t server_device_failure = 0x04;
inline constexpr std::uint8_t acknowledge = 0x05;
inline constexpr std::uint8_t server_device_busy = 0x06;
inline constexpr std::uint8_t negative_acknowledge = 0x07;
inline constexpr std::uint8_t memory_parity_error = 0x08;
inline constexpr std::uint8_t gateway_path_unavailable = 0x0A;
inline constexpr std::uint8_t gateway_target_silent = 0x0B;

// "illegal data address"; "not a code of the specification" for others.
std::string_view exception_name(std::uint8_t code);

// "exception 2 (illegal data address)"
std::string exception_text(std::uint8_t code);

// The gateway speaks for a device that it could not reach: the device itself said nothing, so the
// path to it has failed. All other codes come from the device and prove that the path works.
constexpr bool is_gateway_failure(std::uint8_t code) {
  return code == gateway_path_unavailable || code == gateway_target_silent;
}

}  // namespace nightwatt::wire::modbus

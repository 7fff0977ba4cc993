#pragma once

#include <cstdint>
#include <span>

namespace nightwatt::wire::modbus {

// CRC-16 of an RTU frame (Modbus over Serial Line V1.02, section 6.2.2): polynomial 0xA001
// reflected, start 0xFFFF. It is sent low byte first. Zero over a frame that includes its own.
std::uint16_t crc16(std::span<const std::uint8_t> bytes);

}  // namespace nightwatt::wire::modbus

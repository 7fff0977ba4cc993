#include "wire/modbus/crc.h"

#include <array>

namespace nightwatt::wire::modbus {
namespace {

constexpr std::array<std::uint16_t, 256> make_table() {
  std::array<std::uint16_t, 256> table{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xA001u : 0u);
    table.at(byte) = static_cast<std::uint16_t>(crc);
  }
  return table;
}

constexpr auto table = make_table();

}  // namespace

std::uint16_t crc16(std::span<const std::uint8_t> bytes) {
  std::uint16_t crc = 0xFFFF;
  for (const std::uint8_t byte : bytes) {
    crc = static_cast<std::uint16_t>((crc >> 8) ^ table[(crc ^ byte) & 0xFF]);
  }
  return crc;
}

}  // namespace nightwatt::wire::modbus

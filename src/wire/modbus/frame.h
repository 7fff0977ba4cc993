#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "wire/modbus/limits.h"

// One frame as it goes on the wire, of either kind:
//
//     tcp   transaction(2) 0(2) length(2) unit(1) | PDU           at most 260 bytes
//     rtu                                 unit(1) | PDU | CRC(2)  at most 256 bytes
//
// Numbers are big-endian, but for the CRC.
namespace nightwatt::wire::modbus {

enum class Framing : std::uint8_t { tcp, rtu };

class Frame {
 public:
  static Frame tcp(std::uint16_t transaction, std::uint8_t unit);
  static Frame rtu(std::uint8_t unit);

  // REQUIRES: the PDU stays within pdu_bytes_max.
  void byte(std::uint8_t value);
  void word(std::uint16_t value);
  // Writes the length or the CRC. Once, when the PDU is complete.
  void finish();

  std::span<const std::uint8_t> bytes() const { return {bytes_.data(), size_}; }

 private:
  Frame() {}  // leaves the bytes uninitialised: one is made for each message

  std::array<std::uint8_t, tcp_bytes_max> bytes_;
  std::size_t size_ = 0;
  Framing framing_ = Framing::tcp;
};

constexpr std::uint16_t word_at(std::span<const std::uint8_t> bytes, std::size_t at) {
  return static_cast<std::uint16_t>((bytes[at] << 8) | bytes[at + 1]);
}

}  // namespace nightwatt::wire::modbus

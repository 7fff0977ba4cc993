#include "wire/modbus/frame.h"

#include "base/check.h"
#include "wire/modbus/crc.h"

namespace nightwatt::wire::modbus {

Frame Frame::tcp(std::uint16_t transaction, std::uint8_t unit) {
  Frame out;
  out.word(transaction);
  out.word(0);  // the protocol: Modbus
  out.word(0);  // the length, written by finish()
  out.byte(unit);
  return out;
}

Frame Frame::rtu(std::uint8_t unit) {
  Frame out;
  out.framing_ = Framing::rtu;
  out.byte(unit);
  return out;
}

void Frame::byte(std::uint8_t value) {
  NW_CHECK(size_ < bytes_.size());
  bytes_[size_++] = value;
}

void Frame::word(std::uint16_t value) {
  byte(static_cast<std::uint8_t>(value >> 8));
  byte(static_cast<std::uint8_t>(value & 0xFF));
}

void Frame::finish() {
  if (framing_ == Framing::tcp) {
    const std::size_t length = size_ - (tcp_header_bytes - 1);  // from the unit on
    bytes_[4] = static_cast<std::uint8_t>(length >> 8);
    bytes_[5] = static_cast<std::uint8_t>(length & 0xFF);
    return;
  }
  NW_CHECK(size_ <= rtu_bytes_max - 2);
  const std::uint16_t crc = crc16(bytes());
  byte(static_cast<std::uint8_t>(crc & 0xFF));
  byte(static_cast<std::uint8_t>(crc >> 8));
}

}  // namespace nightwatt::wire::modbus

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "wire/modbus/frame.h"
#include "wire/modbus/function.h"

// What a client asks, in any of our functions.
//
//     read   {.function = Function::read_holding_registers, .address = 0, .count = 10}
//     write  {.function = Function::write_registers, .address = 7, .count = 2, .values = two}
namespace nightwatt::wire::modbus {

struct Request {
  Function function{};
  std::uint16_t address = 0;  // on the wire, from 0: 40001 is 0
  std::uint16_t count = 1;    // registers or bits; of function 23, what is read
  // What is written: registers, or 0 and 1 for coils; `count` of them (5, 6: one). Function 23
  // writes them from `write_address` on.
  std::span<const std::uint16_t> values{};
  std::uint16_t write_address = 0;
};

// Why it cannot be sent: a count of zero or beyond the function's limit, an end beyond address
// 65535, values that do not fit `count`. Empty: it can.
std::string_view problem_of(const Request& request);

// REQUIRES: no problem_of() it. A complete frame.
Frame tcp_request(std::uint16_t transaction, std::uint8_t unit, const Request& request);
Frame rtu_request(std::uint8_t unit, const Request& request);

// Bytes of the PDU that a normal reply has: function, then byte count and data, or the echo.
std::size_t reply_pdu_bytes(const Request& request);
// Bytes of the whole RTU frame, so that it is complete without a wait for silence.
inline std::size_t rtu_reply_bytes(const Request& request) { return reply_pdu_bytes(request) + 3; }

}  // namespace nightwatt::wire::modbus

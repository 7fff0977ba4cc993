#pragma once

#include <cstddef>
#include <cstdint>

// Sizes of Modbus (Application Protocol V1.1b3, sections 4.1 and 6; Serial Line V1.02, 2.5.1.1;
// Messaging on TCP/IP V1.0b, 3.1.3).
namespace nightwatt::wire::modbus {

inline constexpr std::size_t pdu_bytes_max = 253;
inline constexpr std::size_t tcp_header_bytes = 7;  // MBAP: transaction, protocol, length, unit
inline constexpr std::size_t tcp_bytes_max = tcp_header_bytes + pdu_bytes_max;  // 260
inline constexpr std::size_t rtu_bytes_max = 1 + pdu_bytes_max + 2;             // 256

inline constexpr std::uint16_t read_bits_max = 2'000;
inline constexpr std::uint16_t read_registers_max = 125;
inline constexpr std::uint16_t write_bits_max = 1'968;
inline constexpr std::uint16_t write_registers_max = 123;
inline constexpr std::uint16_t exchange_read_max = 125;  // function 23
inline constexpr std::uint16_t exchange_write_max = 121;

}  // namespace nightwatt::wire::modbus

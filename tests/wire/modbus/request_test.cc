#include "wire/modbus/request.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "tests/wire/modbus/bytes.h"
#include "wire/modbus/crc.h"
#include "wire/modbus/exception.h"
#include "wire/modbus/rtu_timing.h"

namespace nightwatt::wire::modbus {
namespace {

using Values = std::vector<std::uint16_t>;

// The request's PDU, taken out of a TCP frame.
std::string pdu(const Request& request) {
  return hex_text(tcp_request(1, 1, request).bytes().subspan(tcp_header_bytes));
}

// The examples of the application protocol's section 6, one for each function.
TEST(ModbusRequest, IsWrittenAsTheSpecificationPrintsIt) {
  EXPECT_EQ(pdu({.function = Function::read_coils, .address = 0x13, .count = 19}),
            "01 00 13 00 13");
  EXPECT_EQ(pdu({.function = Function::read_discrete_inputs, .address = 0xC4, .count = 22}),
            "02 00 C4 00 16");
  EXPECT_EQ(pdu({.function = Function::read_holding_registers, .address = 0x6B, .count = 3}),
            "03 00 6B 00 03");
  EXPECT_EQ(pdu({.function = Function::read_input_registers, .address = 8, .count = 1}),
            "04 00 08 00 01");
  const Values on{1};
  EXPECT_EQ(pdu({.function = Function::write_coil, .address = 0xAC, .values = on}),
            "05 00 AC FF 00");
  const Values three{3};
  EXPECT_EQ(pdu({.function = Function::write_register, .address = 1, .values = three}),
            "06 00 01 00 03");
  const Values ten{1, 0, 1, 1, 0, 0, 1, 1, 1, 0};
  EXPECT_EQ(pdu({.function = Function::write_coils, .address = 0x13, .count = 10, .values = ten}),
            "0F 00 13 00 0A 02 CD 01");
  const Values two{0x000A, 0x0102};
  EXPECT_EQ(pdu({.function = Function::write_registers, .address = 1, .count = 2, .values = two}),
            "10 00 01 00 02 04 00 0A 01 02");
  const Values exchanged{0xFF, 0xFF, 0xFF};
  EXPECT_EQ(pdu({.function = Function::read_write_registers,
                 .address = 3,
                 .count = 6,
                 .values = exchanged,
                 .write_address = 14}),
            "17 00 03 00 06 00 0E 00 03 06 00 FF 00 FF 00 FF");
}

// Messaging on TCP/IP, the example of section 3.1.3; Serial Line, section 6.2.2.
TEST(ModbusRequest, IsFramedAsTheSpecificationPrintsIt) {
  const Request read{.function = Function::read_holding_registers, .address = 4};
  EXPECT_EQ(hex_text(tcp_request(0x1501, 0xFF, read).bytes()),
            "15 01 00 00 00 06 FF 03 00 04 00 01");
  const Request ten{.function = Function::read_holding_registers, .address = 0, .count = 10};
  EXPECT_EQ(hex_text(rtu_request(1, ten).bytes()), "01 03 00 00 00 0A C5 CD");
  EXPECT_EQ(crc16(hex_bytes("02 07")), 0x1241);
  EXPECT_EQ(crc16(hex_bytes("02 07 41 12")), 0);
}

TEST(ModbusRequest, OfTheGreatestSizesFillsAFrameAndNoMore) {
  const Values registers(write_registers_max, 0xABCD);
  const Request write{
      .function = Function::write_registers, .count = write_registers_max, .values = registers};
  EXPECT_EQ(problem_of(write), "");
  EXPECT_EQ(tcp_request(1, 1, write).bytes().size(), 259u);
  const Values exchanged(exchange_write_max, 1);
  const Request exchange{
      .function = Function::read_write_registers, .count = exchange_read_max, .values = exchanged};
  EXPECT_EQ(problem_of(exchange), "");
  EXPECT_EQ(tcp_request(1, 1, exchange).bytes().size(), 259u);
  EXPECT_EQ(rtu_request(1, exchange).bytes().size(), 255u);
  const Values coils(write_bits_max, 1);
  const Request bits{.function = Function::write_coils, .count = write_bits_max, .values = coils};
  EXPECT_EQ(problem_of(bits), "");
  EXPECT_EQ(rtu_request(1, bits).bytes().size(), 255u);
}

TEST(ModbusRequest, ThatCannotBeSentSaysWhy) {
  const auto read = [](Function function, std::uint16_t address, std::uint16_t count) {
    return problem_of({.function = function, .address = address, .count = count});
  };
  constexpr auto holding = Function::read_holding_registers;
  EXPECT_EQ(read(holding, 0, 0), "nothing to read or write");
  EXPECT_EQ(read(holding, 0, 125), "");
  EXPECT_EQ(read(holding, 0, 126), "more than one request can carry");
  EXPECT_EQ(read(Function::read_coils, 0, 2'000), "");
  EXPECT_EQ(read(Function::read_coils, 0, 2'001), "more than one request can carry");
  EXPECT_EQ(read(holding, 65'535, 1), "");
  EXPECT_EQ(read(holding, 65'535, 2), "ends beyond address 65535");
  const Values two{1, 2};
  EXPECT_EQ(problem_of({.function = holding, .values = two}),
            "values in a request that only reads");
  EXPECT_EQ(problem_of({.function = Function::write_register, .values = two}),
            "values and count differ");
  EXPECT_EQ(problem_of({.function = Function::write_registers, .count = 3, .values = two}),
            "values and count differ");
  EXPECT_EQ(problem_of({.function = Function::read_write_registers}), "values and count differ");
  EXPECT_EQ(
      problem_of(
          {.function = Function::read_write_registers, .values = two, .write_address = 65'535}),
      "ends beyond address 65535");
}

TEST(ModbusRequest, SaysHowLongItsReplyIs) {
  const auto bytes = [](Function function, std::uint16_t count) {
    return rtu_reply_bytes({.function = function, .count = count});
  };
  EXPECT_EQ(bytes(Function::read_holding_registers, 10), 25u);
  EXPECT_EQ(bytes(Function::read_coils, 19), 8u);
  EXPECT_EQ(bytes(Function::read_holding_registers, 125), 255u);
  EXPECT_EQ(bytes(Function::write_registers, 10), 8u);
}

TEST(ModbusRequest, IsDescribedInTheNumbersOfManuals) {
  EXPECT_EQ(describe(Function::read_holding_registers, 0, 10), "reading holding 40001..40010");
  EXPECT_EQ(describe(Function::read_input_registers, 7, 1), "reading input 30008");
  EXPECT_EQ(describe(Function::read_discrete_inputs, 0, 1), "reading input 10001");
  EXPECT_EQ(describe(Function::write_coil, 16, 1), "writing coil 17");
  EXPECT_EQ(describe(Function::read_holding_registers, 9'999, 1), "reading holding 410000");
}

TEST(ModbusException, EveryCodeHasItsName) {
  EXPECT_EQ(exception_text(1), "exception 1 (illegal function)");
  EXPECT_EQ(exception_text(2), "exception 2 (illegal data address)");
  EXPECT_EQ(exception_text(3), "exception 3 (illegal data value)");
  EXPECT_EQ(exception_text(4), "exception 4 (server device failure)");
  EXPECT_EQ(exception_text(5), "exception 5 (acknowledge: accepted, still being done)");
  EXPECT_EQ(exception_text(6), "exception 6 (server device busy)");
  EXPECT_EQ(exception_text(7), "exception 7 (negative acknowledge)");
  EXPECT_EQ(exception_text(8), "exception 8 (memory parity error)");
  EXPECT_EQ(exception_text(10), "exception 10 (gateway path unavailable)");
  EXPECT_EQ(exception_text(11), "exception 11 (gateway target device failed to respond)");
  EXPECT_EQ(exception_text(9), "exception 9 (not a code of the specification)");
  for (int code = 0; code < 256; ++code) {
    EXPECT_EQ(is_gateway_failure(static_cast<std::uint8_t>(code)), code == 10 || code == 11);
  }
}

TEST(RtuTiming, IsFromTheBaudRateUpTo19200AndFixedAbove) {
  using std::chrono::microseconds;
  EXPECT_EQ(rtu_timing(9'600).between_bytes, microseconds(1'719));
  EXPECT_EQ(rtu_timing(9'600).between_frames, microseconds(4'011));
  EXPECT_EQ(rtu_timing(19'200).between_frames, microseconds(2'009));
  EXPECT_EQ(rtu_timing(19'201).between_frames, microseconds(1'750));
  EXPECT_EQ(rtu_timing(115'200).between_bytes, microseconds(750));
  EXPECT_EQ(rtu_timing(1'200, 10).between_frames, microseconds(29'169));
  EXPECT_EQ(rtu_duration(9'600, 8), microseconds(9'167));
}

}  // namespace
}  // namespace nightwatt::wire::modbus

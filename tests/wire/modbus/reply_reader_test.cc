#include "wire/modbus/reply_reader.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/wire/modbus/bytes.h"
#include "wire/modbus/crc.h"

namespace nightwatt::wire::modbus {
namespace {

const Request read_three{.function = Function::read_holding_registers, .address = 0x6B, .count = 3};

// All that a reply can come to, as text.
std::string outcome(ReplyReader& reader, Progress progress) {
  if (progress == Progress::more) return "more";
  if (progress == Progress::failed) {
    return std::string(to_string(reader.fault())) + ": " + reader.text();
  }
  if (reader.exception()) return "exception " + std::to_string(*reader.exception());
  return "data " + hex_text(reader.data());
}

std::string feed(ReplyReader& reader, const Bytes& bytes, std::size_t portion = 1'000) {
  std::span<const std::uint8_t> left(bytes);
  while (!left.empty()) {
    const std::size_t size = std::min(portion, left.size());
    std::span<const std::uint8_t> chunk = left.first(size);
    const Progress progress = reader.feed(chunk);
    if (progress != Progress::more) return outcome(reader, progress);
    left = left.subspan(size);
  }
  return "more";
}

// The same in every portion size, or the test fails.
std::string read(Framing framing, const Request& request, const Bytes& bytes) {
  ReplyReader whole;
  whole.expect(framing, 18, 3, request);
  const std::string out = feed(whole, bytes);
  for (std::size_t portion = 1; portion < bytes.size(); ++portion) {
    ReplyReader cut;
    cut.expect(framing, 18, 3, request);
    EXPECT_EQ(feed(cut, bytes, portion), out) << portion;
  }
  return out;
}

Bytes with_crc(std::string_view text) {
  Bytes out = hex_bytes(text);
  const std::uint16_t crc = crc16(out);
  out.push_back(static_cast<std::uint8_t>(crc & 0xFF));
  out.push_back(static_cast<std::uint8_t>(crc >> 8));
  return out;
}

std::string tcp(std::string_view text, const Request& request = read_three) {
  return read(Framing::tcp, request, hex_bytes(text));
}
std::string rtu(std::string_view text, const Request& request = read_three) {
  return read(Framing::rtu, request, with_crc(text));
}

// The replies of the application protocol's section 6, framed both ways.
TEST(ModbusReply, OfEachFunctionIsRead) {
  struct Row {
    Request request;
    std::string pdu;
    std::string data;
  };
  static const std::vector<std::uint16_t> on{1}, three{3}, ten(10, 1), two{10, 258}, ff(3, 255);
  const std::vector<Row> rows{
      {{.function = Function::read_coils, .address = 0x13, .count = 19},
       "01 03 CD 6B 05",
       "CD 6B 05"},
      {{.function = Function::read_discrete_inputs, .count = 22}, "02 03 AC DB 35", "AC DB 35"},
      {read_three, "03 06 02 2B 00 00 00 64", "02 2B 00 00 00 64"},
      {{.function = Function::read_input_registers, .address = 8}, "04 02 00 0A", "00 0A"},
      {{.function = Function::write_coil, .address = 0xAC, .values = on}, "05 00 AC FF 00", ""},
      {{.function = Function::write_register, .address = 1, .values = three}, "06 00 01 00 03", ""},
      {{.function = Function::write_coils, .address = 0x13, .count = 10, .values = ten},
       "0F 00 13 00 0A",
       ""},
      {{.function = Function::write_registers, .address = 1, .count = 2, .values = two},
       "10 00 01 00 02",
       ""},
      {{.function = Function::read_write_registers,
        .address = 3,
        .count = 6,
        .values = ff,
        .write_address = 14},
       "17 0C 00 FE 0A CD 00 01 00 03 00 0D 00 FF",
       "00 FE 0A CD 00 01 00 03 00 0D 00 FF"}};
  for (const Row& row : rows) {
    const std::size_t length = hex_bytes(row.pdu).size() + 1;
    const Bytes size{static_cast<std::uint8_t>(length)};
    EXPECT_EQ(tcp("00 12 00 00 00 " + hex_text(size) + " 03 " + row.pdu, row.request),
              "data " + row.data);
    EXPECT_EQ(rtu("03 " + row.pdu, row.request), "data " + row.data);
    Bytes refusal{static_cast<std::uint8_t>(code_of(row.request.function) | exception_bit), 2};
    EXPECT_EQ(tcp("00 12 00 00 00 03 03 " + hex_text(refusal), row.request), "exception 2");
    EXPECT_EQ(rtu("03 " + hex_text(refusal), row.request), "exception 2");
  }
}

TEST(ModbusReply, EachTcpFaultIsADifferentClearError) {
  const std::string data = " 02 2B 00 00 00 64";
  EXPECT_EQ(tcp("00 12 00 05 00 09 03 03 06" + data),
            "wrong_protocol: protocol 5 instead of 0 (Modbus)");
  EXPECT_EQ(tcp("00 12 00 00 00 FF 03 03 06" + data),
            "wrong_length: a header with length 255: a reply has 3 to 254");
  EXPECT_EQ(tcp("00 12 00 00 00 02 03 03"),
            "wrong_length: a header with length 2: a reply has 3 to 254");
  EXPECT_EQ(tcp("00 11 00 00 00 09 03 03 06" + data),
            "wrong_transaction: reply with transaction 17 instead of 18");
  EXPECT_EQ(tcp("00 12 00 00 00 09 07 03 06" + data), "wrong_unit: reply of unit 7 instead of 3");
  EXPECT_EQ(tcp("00 12 00 00 00 09 03 04 06" + data),
            "wrong_function: function 4 instead of function 3");
  EXPECT_EQ(tcp("00 12 00 00 00 03 03 84 02"),
            "wrong_function: an exception to function 4 instead of function 3");
  EXPECT_EQ(tcp("00 12 00 00 00 07 03 03 04 02 2B 00 00"),
            "wrong_byte_count: 4 bytes of data instead of 6");
  EXPECT_EQ(tcp("00 12 00 00 00 08 03 03 06 02 2B 00 00 00"),
            "truncated: short frame: 5 of 6 bytes of data");
  EXPECT_EQ(tcp("00 12 00 00 00 0A 03 03 06" + data + " 99"), "surplus: 1 bytes behind the data");
  EXPECT_EQ(tcp("00 12 00 00 00 05 03 83 02 00 00"), "surplus: 2 bytes behind an exception");
}

TEST(ModbusReply, EachRtuFaultIsADifferentClearError) {
  const std::string data = " 02 2B 00 00 00 64";
  EXPECT_EQ(read(Framing::rtu, read_three, hex_bytes("03 03 06" + data + " 12 34")),
            "wrong_crc: wrong CRC: 0x3412 instead of 0x1A1C");
  EXPECT_EQ(rtu("07 03 06" + data), "wrong_unit: reply of unit 7 instead of 3");
  EXPECT_EQ(rtu("03 04 06" + data), "wrong_function: function 4 instead of function 3");
  EXPECT_EQ(rtu("03 2B 0E 01"), "wrong_function: function 43, which nobody asked for");
  EXPECT_EQ(rtu("03 03 04 02 2B 00 00"), "wrong_byte_count: 4 bytes of data instead of 6");
  EXPECT_EQ(rtu("03 03 FF 00"), "wrong_byte_count: 255 bytes of data do not fit a frame");
}

TEST(ModbusReply, OfAWriteMustEchoWhatWasWritten) {
  static const std::vector<std::uint16_t> three{3}, two{10, 258};
  const Request single{.function = Function::write_register, .address = 1, .values = three};
  EXPECT_EQ(rtu("03 06 00 01 00 04", single),
            "wrong_echo: echo of address 1, value 4 instead of address 1, value 3");
  const Request several{
      .function = Function::write_registers, .address = 1, .count = 2, .values = two};
  EXPECT_EQ(tcp("00 12 00 00 00 06 03 10 00 02 00 02", several),
            "wrong_echo: echo of address 2, value 2 instead of address 1, value 2");
  EXPECT_EQ(tcp("00 12 00 00 00 05 03 10 00 01 00", several),
            "truncated: short frame: 4 of 5 bytes");
  EXPECT_EQ(tcp("00 12 00 00 00 07 03 10 00 01 00 02 00", several),
            "surplus: 1 bytes behind the echo");
}

TEST(ModbusReply, ThatEndsTooEarlySaysHowMuchCame) {
  ReplyReader reader;
  reader.expect(Framing::rtu, 0, 3, read_three);
  EXPECT_EQ(outcome(reader, reader.end()), "more");  // nothing had begun
  EXPECT_EQ(feed(reader, hex_bytes("03 03 06 02 2B")), "more");
  EXPECT_TRUE(reader.started());
  EXPECT_EQ(outcome(reader, reader.end()), "truncated: short frame: 5 of 11 bytes");
  reader.expect(Framing::rtu, 0, 3, read_three);
  EXPECT_FALSE(reader.started());
  EXPECT_EQ(feed(reader, hex_bytes("03")), "more");
  EXPECT_EQ(outcome(reader, reader.end()), "truncated: short frame: 1 bytes");
}

TEST(ModbusReply, LeavesTheBytesBehindItToTheCaller) {
  ReplyReader reader;
  reader.expect(Framing::rtu, 0, 3, read_three);
  Bytes bytes = with_crc("03 03 06 02 2B 00 00 00 64");
  bytes.insert(bytes.end(), {1, 2, 3});
  std::span<const std::uint8_t> chunk(bytes);
  EXPECT_EQ(reader.feed(chunk), Progress::done);
  EXPECT_EQ(hex_text(chunk), "01 02 03");
}

// --- late replies -------------------------------------------------------------------------------

TEST(LateReply, OfAnEarlierTransactionIsDroppedOnceAndOnlyWhenItIsOwed) {
  ReplyReader reader;
  reader.expect(Framing::tcp, 18, 3, read_three);
  reader.owed().add({.transaction = 17, .unit = 3, .function = 3});
  const Bytes late = hex_bytes("00 11 00 00 00 05 03 03 02 00 01");
  EXPECT_EQ(feed(reader, late), "more");
  EXPECT_EQ(reader.late(), 1u);
  EXPECT_EQ(feed(reader, hex_bytes("00 12 00 00 00 09 03 03 06 02 2B 00 00 00 64")),
            "data 02 2B 00 00 00 64");
  reader.expect(Framing::tcp, 19, 3, read_three);
  EXPECT_EQ(feed(reader, late), "wrong_transaction: reply with transaction 17 instead of 19");
}

TEST(LateReply, OfAnotherDeviceOnTheLineIsDroppedAndTheRightOneTaken) {
  for (const std::size_t portion : {1u, 2u, 7u, 100u}) {
    ReplyReader reader;
    reader.expect(Framing::rtu, 0, 3, read_three);
    reader.owed().add({.unit = 7, .function = 3});
    Bytes both = with_crc("07 03 06 00 01 00 02 00 03");
    const Bytes right = with_crc("03 03 06 02 2B 00 00 00 64");
    both.insert(both.end(), right.begin(), right.end());
    EXPECT_EQ(feed(reader, both, portion), "data 02 2B 00 00 00 64") << portion;
    EXPECT_EQ(reader.late(), 1u);
  }
}

TEST(LateReply, OfTheSameDeviceWithAnotherShapeIsDropped) {
  ReplyReader reader;
  reader.expect(Framing::rtu, 0, 3, read_three);
  reader.owed().add({.unit = 3, .function = 3});
  EXPECT_EQ(feed(reader, with_crc("03 03 02 00 01")), "more");
  reader.owed().add({.unit = 3, .function = 4});
  EXPECT_EQ(feed(reader, with_crc("03 84 02")), "more");
  EXPECT_EQ(feed(reader, with_crc("03 03 06 02 2B 00 00 00 64")), "data 02 2B 00 00 00 64");
}

TEST(LateReply, IsNoExcuseForAWrongCrc) {
  ReplyReader reader;
  reader.expect(Framing::rtu, 0, 3, read_three);
  reader.owed().add({.unit = 7, .function = 3});
  Bytes bytes = with_crc("07 03 02 00 01");
  bytes.back() ^= 1;
  EXPECT_TRUE(feed(reader, bytes).starts_with("wrong_crc: "));
}

TEST(LateReply, ThatNobodyAskedForIsAFaultWhenTheLineIsIdle) {
  ReplyReader reader;
  reader.expect_nothing(Framing::tcp);
  reader.owed().add({.transaction = 17});
  EXPECT_EQ(feed(reader, hex_bytes("00 11 00 00 00 05 03 03 02 00 01")), "more");
  EXPECT_EQ(feed(reader, hex_bytes("00 11 00 00 00 05 03 03 02 00 01")),
            "wrong_transaction: reply with transaction 17, which is not open");
  reader.expect_nothing(Framing::rtu);
  EXPECT_EQ(feed(reader, with_crc("07 03 02 00 01")),
            "wrong_unit: reply of unit 7, which nobody asked for");
}

TEST(OwedReplies, KeepsTheNewestAndTellsHowLongToWait) {
  OwedReplies owed;
  const auto at = [](int ms) { return Instant(Duration(ms)); };
  const OwedReply next{.unit = 3, .function = 3, .address = 100, .count = 2};
  EXPECT_EQ(owed.clear_at(next), Instant::min());
  for (std::uint16_t i = 0; i < owed_replies_max + 2; ++i) {
    owed.add({.transaction = i, .unit = 3, .function = 3, .count = 2, .until = at(100 + i)});
  }
  EXPECT_EQ(owed.size(), owed_replies_max);
  EXPECT_FALSE(owed.take_transaction(1));
  EXPECT_TRUE(owed.take_transaction(2));
  EXPECT_EQ(owed.clear_at(next), at(109));
  EXPECT_EQ(owed.clear_at({.unit = 3, .function = 4, .address = 100}), Instant::min());
  EXPECT_EQ(owed.clear_at({.unit = 4, .function = 3, .address = 100}), Instant::min());
  EXPECT_EQ(owed.clear_at({.unit = 3, .function = 3, .count = 2}), Instant::min());
  owed.renew(3, 3, at(500));
  EXPECT_EQ(owed.clear_at(next), at(500));
  EXPECT_TRUE(owed.take_like(3, 3));
  EXPECT_FALSE(owed.take_like(4, 3));
}

}  // namespace
}  // namespace nightwatt::wire::modbus

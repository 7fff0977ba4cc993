#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "base/rng.h"
#include "tests/wire/modbus/bytes.h"
#include "wire/modbus/command.h"
#include "wire/modbus/exception.h"
#include "wire/modbus/reply_reader.h"

// Client and server speak with each other, in random words and random portions.
namespace nightwatt::wire::modbus {
namespace {

constexpr std::array all{Function::read_coils,
                         Function::read_discrete_inputs,
                         Function::read_holding_registers,
                         Function::read_input_registers,
                         Function::write_coil,
                         Function::write_register,
                         Function::write_coils,
                         Function::write_registers,
                         Function::read_write_registers};

std::uint16_t below(Rng& rng, std::uint32_t limit) {
  return static_cast<std::uint16_t>(rng.next() % limit);
}

// A server without memory: what it sends is made of the addresses that are read.
Frame serve(const Indication& got) {
  Frame frame = Frame::tcp(got.transaction, got.unit);
  const auto command = parse_command(got.pdu);
  if (!command) {
    put_exception(frame, got.pdu.empty() ? 0 : got.pdu[0], command.error());
  } else if (reads_bits(command->function)) {
    std::vector<std::uint8_t> bits;
    for (int i = 0; i < command->count; ++i) bits.push_back((command->address + i) % 3 == 0);
    put_bits(frame, command->function, bits);
  } else if (reads(command->function)) {
    std::vector<std::uint16_t> registers;
    for (int i = 0; i < command->count; ++i) {
      registers.push_back(static_cast<std::uint16_t>(command->address + i));
    }
    put_registers(frame, command->function, registers);
  } else {
    put_written(frame, *command);
  }
  frame.finish();
  return frame;
}

struct Drawn {
  Request request{};
  std::vector<std::uint16_t> values{};
};

void draw(Rng& rng, Drawn& out) {
  Request& request = out.request;
  request = {.function = all[below(rng, all.size())], .address = below(rng, 65'536)};
  const bool bits = reads_bits(request.function) || request.function == Function::write_coil ||
                    request.function == Function::write_coils;
  request.count = static_cast<std::uint16_t>(1 + below(rng, bits ? 2'000 : 125));
  out.values.clear();
  if (writes(request.function)) {
    if (request.function == Function::write_coil || request.function == Function::write_register) {
      request.count = 1;
    }
    const bool exchange = request.function == Function::read_write_registers;
    const std::size_t count = exchange ? 1u + below(rng, 121) : request.count;
    for (std::size_t i = 0; i < count; ++i) out.values.push_back(below(rng, bits ? 2 : 65'536));
    if (exchange) request.write_address = below(rng, 65'536);
  }
  request.values = out.values;
}

void check_arrived(const Request& sent, const Command& got) {
  EXPECT_EQ(got.function, sent.function);
  EXPECT_EQ(got.address, sent.address);
  EXPECT_EQ(got.count, sent.count);
  for (std::size_t i = 0; i < sent.values.size(); ++i) {
    if (sent.function == Function::write_coils) {
      EXPECT_EQ(got.bit(i), sent.values[i] != 0);
    } else if (sent.function == Function::write_coil) {
      EXPECT_EQ(got.word(i), sent.values[i] != 0 ? 0xFF00 : 0);
    } else {
      EXPECT_EQ(got.word(i), sent.values[i]);
    }
  }
}

TEST(ModbusRoundTrip, WhatIsAskedArrivesAndWhatIsAnsweredComesBackInAnyPortions) {
  Rng rng(7);
  IndicationReader server;
  Drawn drawn;
  int sent = 0;
  for (int i = 0; i < 20'000; ++i) {
    draw(rng, drawn);
    if (!problem_of(drawn.request).empty()) continue;
    ++sent;
    const std::uint16_t transaction = below(rng, 65'536);
    const auto unit = static_cast<std::uint8_t>(below(rng, 248));
    const Frame frame = tcp_request(transaction, unit, drawn.request);
    std::span<const std::uint8_t> left = frame.bytes();
    std::optional<Indication> got;
    while (!left.empty() && !got) {
      std::span<const std::uint8_t> chunk = left.first(1u + below(rng, 40) % left.size());
      const std::size_t size = chunk.size();
      got = server.next(chunk);
      left = left.subspan(size - chunk.size());
    }
    ASSERT_TRUE(got && left.empty());
    ASSERT_EQ(got->transaction, transaction);
    ASSERT_EQ(got->unit, unit);
    const auto command = parse_command(got->pdu);
    ASSERT_TRUE(command);
    check_arrived(drawn.request, *command);
    const Frame reply = serve(*got);
    ASSERT_EQ(reply.bytes().size(), tcp_header_bytes + reply_pdu_bytes(drawn.request));
    ReplyReader client;
    client.expect(Framing::tcp, transaction, unit, drawn.request);
    Progress progress = Progress::more;
    left = reply.bytes();
    while (!left.empty()) {
      ASSERT_EQ(progress, Progress::more);
      std::span<const std::uint8_t> chunk = left.first(1u + below(rng, 40) % left.size());
      left = left.subspan(chunk.size());
      progress = client.feed(chunk);
    }
    ASSERT_EQ(progress, Progress::done) << client.text();
    if (reads(drawn.request.function) && !reads_bits(drawn.request.function)) {
      ASSERT_EQ(word_at(client.data(), 0), drawn.request.address);
    }
  }
  EXPECT_GT(sent, 10'000);
}

// Every single damaged byte of an RTU reply is noticed: a CRC-16 finds all errors of up to 16 bits.
TEST(ModbusRoundTrip, NoDamagedByteOfAnRtuReplyGoesUnnoticed) {
  const Request request{.function = Function::read_holding_registers, .count = 3};
  Frame reply = Frame::rtu(3);
  put_registers(reply, request.function, std::vector<std::uint16_t>{1, 2, 3});
  reply.finish();
  for (std::size_t at = 0; at < reply.bytes().size(); ++at) {
    for (int damage = 1; damage < 256; ++damage) {
      Bytes bytes(reply.bytes().begin(), reply.bytes().end());
      bytes[at] = static_cast<std::uint8_t>(bytes[at] ^ damage);
      ReplyReader reader;
      reader.expect(Framing::rtu, 0, 3, request);
      std::span<const std::uint8_t> chunk(bytes);
      ASSERT_NE(reader.feed(chunk), Progress::done) << at << ' ' << damage;
    }
  }
}

TEST(ModbusCommand, WhatTheSpecificationForbidsIsItsException) {
  const auto code = [](std::string_view text) -> int {
    const Bytes pdu = hex_bytes(text);
    const auto command = parse_command(pdu);
    return command ? 0 : command.error();
  };
  EXPECT_EQ(code("03 00 00 00 0A"), 0);
  EXPECT_EQ(code(""), illegal_function);
  EXPECT_EQ(code("2B 0E 01 00"), illegal_function);
  EXPECT_EQ(code("83 00 00 00 0A"), illegal_function);
  EXPECT_EQ(code("03 00 00 00 00"), illegal_data_value);
  EXPECT_EQ(code("03 00 00 00 7E"), illegal_data_value);
  EXPECT_EQ(code("03 00 00 00"), illegal_data_value);
  EXPECT_EQ(code("03 00 00 00 0A 00"), illegal_data_value);
  EXPECT_EQ(code("03 FF FF 00 02"), illegal_data_address);
  EXPECT_EQ(code("01 00 00 07 D0"), 0);
  EXPECT_EQ(code("01 00 00 07 D1"), illegal_data_value);
  EXPECT_EQ(code("05 00 00 12 34"), illegal_data_value);
  EXPECT_EQ(code("10 00 01 00 02 04 00 0A 01"), illegal_data_value);
  EXPECT_EQ(code("10 00 01 00 02 03 00 0A 01"), illegal_data_value);
  EXPECT_EQ(code("10 FF FF 00 02 04 00 0A 01 02"), illegal_data_address);
  EXPECT_EQ(code("17 00 03 00 06 00 0E 00 03 06 00 FF 00 FF 00 FF"), 0);
  EXPECT_EQ(code("17 00 03 00 06 FF FF 00 03 06 00 FF 00 FF 00 FF"), illegal_data_address);
}

TEST(ModbusCommand, WhatIsNotModbusBreaksTheReaderForGood) {
  IndicationReader reader;
  const Bytes http = hex_bytes("47 45 54 20 2F 20 48 54 54 50");
  std::span<const std::uint8_t> chunk(http);
  EXPECT_FALSE(reader.next(chunk));
  EXPECT_TRUE(reader.broken());
  const Frame good = tcp_request(1, 1, {.function = Function::read_holding_registers, .count = 1});
  chunk = good.bytes();
  EXPECT_FALSE(reader.next(chunk));
}

}  // namespace
}  // namespace nightwatt::wire::modbus

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/check.h"
#include "wire/modbus/crc.h"
#include "wire/modbus/reply_reader.h"

// A hostile server, or a noisy line. Whatever the bytes, and however they are cut, the reader comes
// to the same outcome, and data is only ever as much as was asked for.
namespace {

using namespace nightwatt::wire::modbus;
using Bytes = std::span<const std::uint8_t>;

struct Outcome {
  Progress progress = Progress::more;
  std::size_t taken = 0;
};

Outcome read(ReplyReader& reader, Bytes bytes, std::size_t portion) {
  Outcome out;
  while (!bytes.empty() && out.progress == Progress::more) {
    Bytes chunk = bytes.first(std::min(portion, bytes.size()));
    const std::size_t size = chunk.size();
    out.progress = reader.feed(chunk);
    out.taken += size - chunk.size();
    bytes = bytes.subspan(size);
  }
  return out;
}

constexpr std::array functions{Function::read_coils,
                               Function::read_discrete_inputs,
                               Function::read_holding_registers,
                               Function::read_input_registers,
                               Function::write_coil,
                               Function::write_register,
                               Function::write_coils,
                               Function::write_registers,
                               Function::read_write_registers};

}  // namespace

// Byte 0: framing (bit 0), CRC is put right (bit 1), portions (the rest). Byte 1: the function.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const Framing framing = (data[0] & 1) != 0 ? Framing::rtu : Framing::tcp;
  const std::size_t portion = 1 + (data[0] >> 2);
  std::vector<std::uint8_t> bytes(data + 2, data + size);
  if (framing == Framing::rtu && (data[0] & 2) != 0) {
    const std::uint16_t crc = crc16(bytes);
    bytes.push_back(static_cast<std::uint8_t>(crc & 0xFF));
    bytes.push_back(static_cast<std::uint8_t>(crc >> 8));
  }

  static const std::array<std::uint16_t, 2> values{1, 0};
  Request request{.function = functions[data[1] % functions.size()], .address = 1, .count = 2};
  const bool single =
      request.function == Function::write_coil || request.function == Function::write_register;
  if (single) request.count = 1;
  if (writes(request.function)) request.values = std::span(values).first(single ? 1 : 2);

  ReplyReader whole;
  ReplyReader cut;
  for (ReplyReader* reader : {&whole, &cut}) {
    reader->expect(framing, 0x0102, 3, request);
    reader->owed().add({.transaction = 0x0101, .unit = 7, .function = 3});
  }
  const Outcome a = read(whole, bytes, bytes.size());
  const Outcome b = read(cut, bytes, portion);
  NW_CHECK(a.progress == b.progress && whole.late() == cut.late());
  if (a.progress == Progress::done) {
    NW_CHECK(a.taken == b.taken && whole.exception() == cut.exception());
    NW_CHECK(std::ranges::equal(whole.data(), cut.data()));
    const bool has_data = reads(request.function) && !whole.exception();
    NW_CHECK(whole.data().size() == (has_data ? reply_pdu_bytes(request) - 2 : 0));
  }
  if (a.progress == Progress::more) NW_CHECK(whole.end() == cut.end());
  NW_CHECK(whole.fault() == cut.fault() && whole.text() == cut.text());
  NW_CHECK(whole.text().size() < 200);
  return 0;
}

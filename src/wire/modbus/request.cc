#include "wire/modbus/request.h"

#include "base/check.h"

namespace nightwatt::wire::modbus {
namespace {

constexpr std::uint16_t coil_on = 0xFF00;

bool overruns(std::uint16_t address, std::size_t count) { return address + count > 0x1'0000; }

std::size_t count_max(Function function) {
  switch (function) {
    case Function::read_coils:
    case Function::read_discrete_inputs: return read_bits_max;
    case Function::read_holding_registers:
    case Function::read_input_registers: return read_registers_max;
    case Function::write_coil:
    case Function::write_register: return 1;
    case Function::write_coils: return write_bits_max;
    case Function::write_registers: return write_registers_max;
    case Function::read_write_registers: return exchange_read_max;
  }
  return 0;
}

void put_packed(Frame& frame, std::span<const std::uint16_t> bits) {
  frame.byte(static_cast<std::uint8_t>((bits.size() + 7) / 8));
  for (std::size_t from = 0; from < bits.size(); from += 8) {
    unsigned packed = 0;
    for (std::size_t i = from; i < bits.size() && i < from + 8; ++i) {
      if (bits[i] != 0) packed |= 1u << (i - from);
    }
    frame.byte(static_cast<std::uint8_t>(packed));
  }
}

void put_words(Frame& frame, std::span<const std::uint16_t> words) {
  frame.byte(static_cast<std::uint8_t>(2 * words.size()));
  for (const std::uint16_t word : words) frame.word(word);
}

void put_pdu(Frame& frame, const Request& request) {
  NW_CHECK(problem_of(request).empty());
  frame.byte(code_of(request.function));
  frame.word(request.address);
  switch (request.function) {
    case Function::read_coils:
    case Function::read_discrete_inputs:
    case Function::read_holding_registers:
    case Function::read_input_registers: frame.word(request.count); return;
    case Function::write_coil: frame.word(request.values[0] != 0 ? coil_on : 0); return;
    case Function::write_register: frame.word(request.values[0]); return;
    case Function::write_coils:
      frame.word(request.count);
      put_packed(frame, request.values);
      return;
    case Function::write_registers:
      frame.word(request.count);
      put_words(frame, request.values);
      return;
    case Function::read_write_registers:
      frame.word(request.count);
      frame.word(request.write_address);
      frame.word(static_cast<std::uint16_t>(request.values.size()));
      put_words(frame, request.values);
      return;
  }
}

}  // namespace

std::string_view problem_of(const Request& request) {
  if (request.count == 0) return "nothing to read or write";
  if (request.count > count_max(request.function)) return "more than one request can carry";
  if (overruns(request.address, request.count)) return "ends beyond address 65535";
  if (!writes(request.function)) {
    return request.values.empty() ? "" : "values in a request that only reads";
  }
  if (request.function != Function::read_write_registers) {
    return request.values.size() == request.count ? "" : "values and count differ";
  }
  if (request.values.empty() || request.values.size() > exchange_write_max) {
    return "values and count differ";
  }
  return overruns(request.write_address, request.values.size()) ? "ends beyond address 65535" : "";
}

Frame tcp_request(std::uint16_t transaction, std::uint8_t unit, const Request& request) {
  Frame frame = Frame::tcp(transaction, unit);
  put_pdu(frame, request);
  frame.finish();
  return frame;
}

Frame rtu_request(std::uint8_t unit, const Request& request) {
  Frame frame = Frame::rtu(unit);
  put_pdu(frame, request);
  frame.finish();
  return frame;
}

std::size_t reply_pdu_bytes(const Request& request) {
  if (reads_bits(request.function)) return 2 + (request.count + 7u) / 8;
  if (reads(request.function)) return 2 + 2u * request.count;
  return 5;
}

}  // namespace nightwatt::wire::modbus

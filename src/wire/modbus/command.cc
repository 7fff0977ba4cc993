#include "wire/modbus/command.h"

#include <algorithm>
#include <utility>

#include "wire/modbus/exception.h"

namespace nightwatt::wire::modbus {
namespace {

using Bytes = std::span<const std::uint8_t>;

bool in_range(std::uint16_t count, std::uint16_t max) { return count >= 1 && count <= max; }
bool overruns(std::uint16_t address, std::uint16_t count) { return address + count > 0x1'0000; }

expected<Command, std::uint8_t> refuse(std::uint8_t exception) {
  return unexpected<std::uint8_t>(exception);
}

expected<Command, std::uint8_t> parse_read(Command command, Bytes pdu) {
  if (pdu.size() != 5) return refuse(illegal_data_value);
  command.count = word_at(pdu, 3);
  const auto max = reads_bits(command.function) ? read_bits_max : read_registers_max;
  if (!in_range(command.count, max)) return refuse(illegal_data_value);
  if (overruns(command.address, command.count)) return refuse(illegal_data_address);
  return command;
}

expected<Command, std::uint8_t> parse_single(Command command, Bytes pdu) {
  if (pdu.size() != 5) return refuse(illegal_data_value);
  command.count = 1;
  command.data = pdu.subspan(3);
  if (command.function == Function::write_coil) {
    const std::uint16_t value = word_at(pdu, 3);
    if (value != 0 && value != 0xFF00) return refuse(illegal_data_value);
  }
  return command;
}

expected<Command, std::uint8_t> parse_multiple(Command command, Bytes pdu) {
  if (pdu.size() < 6) return refuse(illegal_data_value);
  command.count = word_at(pdu, 3);
  const bool bits = command.function == Function::write_coils;
  const std::size_t bytes = bits ? (command.count + 7u) / 8 : 2u * command.count;
  if (!in_range(command.count, bits ? write_bits_max : write_registers_max) || pdu[5] != bytes ||
      pdu.size() != 6 + bytes) {
    return refuse(illegal_data_value);
  }
  if (overruns(command.address, command.count)) return refuse(illegal_data_address);
  command.data = pdu.subspan(6);
  return command;
}

expected<Command, std::uint8_t> parse_exchange(Command command, Bytes pdu) {
  if (pdu.size() < 10) return refuse(illegal_data_value);
  command.count = word_at(pdu, 3);
  command.write_address = word_at(pdu, 5);
  command.write_count = word_at(pdu, 7);
  const std::size_t bytes = 2u * command.write_count;
  if (!in_range(command.count, exchange_read_max) ||
      !in_range(command.write_count, exchange_write_max) || pdu[9] != bytes ||
      pdu.size() != 10 + bytes) {
    return refuse(illegal_data_value);
  }
  if (overruns(command.address, command.count) ||
      overruns(command.write_address, command.write_count)) {
    return refuse(illegal_data_address);
  }
  command.data = pdu.subspan(10);
  return command;
}

}  // namespace

std::optional<Indication> IndicationReader::next(Bytes& chunk) {
  if (std::exchange(spent_, false)) partial_.clear();
  while (!broken_ && !chunk.empty()) {
    const std::size_t size = partial_.size() < 6 ? 6 : 6u + word_at(partial_, 4);
    const std::size_t take = std::min(chunk.size(), size - partial_.size());
    partial_.insert(partial_.end(), chunk.begin(),
                    chunk.begin() + static_cast<std::ptrdiff_t>(take));
    chunk = chunk.subspan(take);
    if (partial_.size() < 6) continue;
    const std::size_t length = word_at(partial_, 4);
    broken_ = word_at(partial_, 2) != 0 || length < 2 || length > 1 + pdu_bytes_max;
    if (broken_ || partial_.size() < 6 + length) continue;
    spent_ = true;
    return Indication{word_at(partial_, 0), partial_[6], Bytes(partial_).subspan(7)};
  }
  return std::nullopt;
}

expected<Command, std::uint8_t> parse_command(Bytes pdu) {
  if (pdu.empty()) return refuse(illegal_function);
  const auto function = function_of(pdu[0]);
  if (!function) return refuse(illegal_function);
  if (pdu.size() < 5) return refuse(illegal_data_value);
  const Command command{.function = *function, .address = word_at(pdu, 1)};
  switch (*function) {
    case Function::read_coils:
    case Function::read_discrete_inputs:
    case Function::read_holding_registers:
    case Function::read_input_registers: return parse_read(command, pdu);
    case Function::write_coil:
    case Function::write_register: return parse_single(command, pdu);
    case Function::write_coils:
    case Function::write_registers: return parse_multiple(command, pdu);
    case Function::read_write_registers: return parse_exchange(command, pdu);
  }
  return refuse(illegal_function);
}

void put_bits(Frame& frame, Function function, Bytes one_each) {
  frame.byte(code_of(function));
  frame.byte(static_cast<std::uint8_t>((one_each.size() + 7) / 8));
  for (std::size_t from = 0; from < one_each.size(); from += 8) {
    unsigned packed = 0;
    for (std::size_t i = from; i < one_each.size() && i < from + 8; ++i) {
      if (one_each[i] != 0) packed |= 1u << (i - from);
    }
    frame.byte(static_cast<std::uint8_t>(packed));
  }
}

void put_registers(Frame& frame, Function function, std::span<const std::uint16_t> registers) {
  frame.byte(code_of(function));
  frame.byte(static_cast<std::uint8_t>(2 * registers.size()));
  for (const std::uint16_t value : registers) frame.word(value);
}

void put_written(Frame& frame, const Command& command) {
  frame.byte(code_of(command.function));
  frame.word(command.address);
  const bool single =
      command.function == Function::write_coil || command.function == Function::write_register;
  frame.word(single ? command.word(0) : command.count);
}

void put_exception(Frame& frame, std::uint8_t function_code, std::uint8_t exception) {
  frame.byte(static_cast<std::uint8_t>(function_code | exception_bit));
  frame.byte(exception);
}

}  // namespace nightwatt::wire::modbus

#include "wire/modbus/function.h"

namespace nightwatt::wire::modbus {
namespace {

struct Table {
  std::string_view words;
  std::uint32_t prefix;  // of the reference: 4 in 40001
};

Table table_of(Function function) {
  switch (function) {
    case Function::read_coils: return {"reading coil", 0};
    case Function::read_discrete_inputs: return {"reading input", 1};
    case Function::read_holding_registers: return {"reading holding", 4};
    case Function::read_input_registers: return {"reading input", 3};
    case Function::write_coil:
    case Function::write_coils: return {"writing coil", 0};
    case Function::write_register:
    case Function::write_registers: return {"writing holding", 4};
    case Function::read_write_registers: return {"exchanging holding", 4};
  }
  return {"unknown", 0};
}

// A reference counts from 1, the address on the wire from 0.
std::string reference(const Table& table, std::uint32_t address) {
  const std::uint32_t number = address + 1;
  if (table.prefix == 0) return std::to_string(number);
  return std::to_string(table.prefix * (number > 9'999 ? 100'000u : 10'000u) + number);
}

}  // namespace

std::optional<Function> function_of(std::uint8_t code) {
  switch (code) {
    case 1:
    case 2:
    case 3:
    case 4:
    case 5:
    case 6:
    case 15:
    case 16:
    case 23: return static_cast<Function>(code);
    default: return std::nullopt;
  }
}

bool reads_bits(Function function) {
  return function == Function::read_coils || function == Function::read_discrete_inputs;
}

bool reads(Function function) {
  return reads_bits(function) || function == Function::read_holding_registers ||
         function == Function::read_input_registers || function == Function::read_write_registers;
}

bool writes(Function function) {
  return !reads(function) || function == Function::read_write_registers;
}

std::string describe(Function function, std::uint16_t address, std::uint16_t count) {
  const Table table = table_of(function);
  std::string out(table.words);
  out += ' ';
  out += reference(table, address);
  if (count > 1) out += ".." + reference(table, address + count - 1u);
  return out;
}

}  // namespace nightwatt::wire::modbus

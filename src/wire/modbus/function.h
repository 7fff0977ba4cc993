#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// The functions that we speak, with their codes (Modbus Application Protocol V1.1b3, section 6).
namespace nightwatt::wire::modbus {

enum class Function : std::uint8_t {
  read_coils = 1,
  read_discrete_inputs = 2,
  read_holding_registers = 3,
  read_input_registers = 4,
  write_coil = 5,
  write_register = 6,
  write_coils = 15,
  write_registers = 16,
  read_write_registers = 23,
};

// Set in the function code of an error reply.
inline constexpr std::uint8_t exception_bit = 0x80;

std::optional<Function> function_of(std::uint8_t code);
constexpr std::uint8_t code_of(Function function) { return static_cast<std::uint8_t>(function); }

bool reads(Function function);       // its reply carries data
bool reads_bits(Function function);  // 1, 2
bool writes(Function function);      // 5, 6, 15, 16, 23

// For people, in the numbers that manuals print: "reading holding 40001..40010", "writing coil 17".
// Addresses beyond 9999 get the six-digit form (410001).
std::string describe(Function function, std::uint16_t address, std::uint16_t count);

}  // namespace nightwatt::wire::modbus

#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>

#include "rack/simulated_ups.h"

// A simulated UPS as Modbus tables (profiles/simulated-ups-modbus.yaml says the same to a client).
//
//     0     flags (ModbusFlag)                      8     ups.temperature   °C/10 signed
//     1     battery.charge     %/10                 9     input.voltage     V/10
//     2..3  battery.runtime    s      32 bits       10    input.frequency   Hz/100
//     4     battery.voltage    V/10                 11    output.voltage    V/10
//     5     ups.load           %/10                 12    ups.delay.shutdown s, kept as written
//     6..7  ups.realpower      W      32 bits
//     100   writing 1 starts a battery test; reads as 0
//     101   the beeper: 0 or 1, kept as written
//     coil 0  the output: 1 is off, kept as written
//
// Input and holding registers are the same; discrete inputs 0..15 are the flags. What the UPS does
// not know is 0xFFFF in each of its registers (0x8000: no temperature).
namespace nightwatt::rack {

enum class ModbusFlag : std::uint8_t {
  on_battery,  // and not on line
  low_battery,
  replace_battery,
  overload,
  bypass,
  calibrating,
  charging,
  discharging,
  off,
};

inline constexpr std::uint16_t modbus_measured_registers = 12;
inline constexpr std::uint16_t modbus_register_delay = 12;
inline constexpr std::uint16_t modbus_register_test = 100;
inline constexpr std::uint16_t modbus_register_beeper = 101;
inline constexpr std::uint16_t modbus_coil_off = 0;

class ModbusRegisters {
 public:
  explicit ModbusRegisters(const SimulatedUps& ups) : ups_(&ups) {}

  // nullopt: there is no such address.
  std::optional<std::uint16_t> read(std::uint16_t address);
  std::optional<bool> read_coil(std::uint16_t address) const;
  std::optional<bool> read_input(std::uint16_t address);
  bool write(std::uint16_t address, std::uint16_t value);
  bool write_coil(std::uint16_t address, bool on);

  std::uint32_t writes() const { return writes_; }  // that were taken, registers and coils
  std::uint32_t tests_started() const { return tests_; }
  bool lying = false;  // charge 250, runtime 10^9, load 6000

 private:
  void refresh();

  const SimulatedUps* ups_;
  std::array<std::uint16_t, modbus_measured_registers> words_{};
  std::optional<unsigned> version_{};  // of the UPS's variables in words_
  std::uint16_t delay_ = 20;
  std::uint16_t beeper_ = 1;
  bool off_ = false;
  std::uint32_t writes_ = 0;
  std::uint32_t tests_ = 0;
};

}  // namespace nightwatt::rack

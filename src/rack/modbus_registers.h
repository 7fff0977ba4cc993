#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>

#include "rack/simulated_ups.h"

// A simulated UPS as Modbus tables (profiles/simulated-ups-modbus.yaml says the same to a client).
//
//     0        status bits (ModbusStatusBit)        9..10  ups.realpower.nominal W   32 bits
//     1        battery.charge          %            11     ups.temperature     °C/10 signed
//     2..3     battery.runtime         s   32 bits  12     input.voltage       V/10
//     4        battery.voltage         V/10         13     input.voltage.nominal V
//     5        ups.load                %            14     input.transfer.low  V/10
//     6..7     ups.realpower           W   32 bits  15     input.transfer.high V/10
//     8        battery.charge.low      %            16     input.frequency     Hz/10
//                                                   17     output.voltage      V/10
//     100      writing 1 starts a battery test; reads as 0
//     101      ups.delay.shutdown      s   signed, kept as written
//     coil 0   the beeper, kept as written
//
// Input and holding registers are the same; discrete inputs 0..15 are the status bits. What the UPS
// does not know is 0xFFFF in each of its registers.
namespace nightwatt::rack {

enum class ModbusStatusBit : std::uint8_t {
  on_line,
  on_battery,
  low_battery,
  replace_battery,
  charging,
  discharging,
  bypass,
  overload,
  off,
  calibrating,
  trimming,
  boosting,
  forced_shutdown,
  testing,
};

inline constexpr std::uint16_t modbus_read_registers = 18;
inline constexpr std::uint16_t modbus_register_test = 100;
inline constexpr std::uint16_t modbus_register_delay = 101;
inline constexpr std::uint16_t modbus_coil_beeper = 0;

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
  bool lying = false;  // charge 250, runtime 10^9, load 60000

 private:
  void refresh();

  const SimulatedUps* ups_;
  std::array<std::uint16_t, modbus_read_registers> words_{};
  std::optional<unsigned> version_{};  // of the UPS's variables in words_
  std::uint16_t delay_ = 20;
  bool beeper_ = true;
  std::uint32_t writes_ = 0;
  std::uint32_t tests_ = 0;
};

}  // namespace nightwatt::rack

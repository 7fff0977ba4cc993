#include "rack/modbus_registers.h"

#include <cmath>
#include <string>
#include <string_view>

#include "model/reading.h"

namespace nightwatt::rack {
namespace {

constexpr std::uint16_t unknown = 0xFFFF;
constexpr std::uint16_t no_temperature = 0x8000;

struct Place {
  std::string_view name;
  std::uint16_t address;
  double scale;
  int words;
};

constexpr std::array<Place, 9> places{{
    {"battery.charge", 1, 10, 1},
    {"battery.runtime", 2, 1, 2},
    {"battery.voltage", 4, 10, 1},
    {"ups.load", 5, 10, 1},
    {"ups.realpower", 6, 1, 2},
    {"ups.temperature", 8, 10, 1},
    {"input.voltage", 9, 10, 1},
    {"input.frequency", 10, 100, 1},
    {"output.voltage", 11, 10, 1},
}};

// In the order of ModbusFlag.
constexpr std::array<StatusWord, 9> flag_words{
    StatusWord::OB,  StatusWord::LB,   StatusWord::RB,      StatusWord::OVER, StatusWord::BYPASS,
    StatusWord::CAL, StatusWord::CHRG, StatusWord::DISCHRG, StatusWord::OFF};

std::uint16_t flags_of(std::string_view text) {
  const StatusWords words = parse_status(text);
  unsigned bits = 0;
  for (std::size_t i = 0; i < flag_words.size(); ++i) {
    if (words.has(flag_words[i])) bits |= 1u << i;
  }
  return static_cast<std::uint16_t>(bits);
}

}  // namespace

void ModbusRegisters::refresh() {
  if (version_ == ups_->version()) return;
  version_ = ups_->version();
  words_.fill(unknown);
  words_[8] = no_temperature;
  for (const auto& [name, text] : ups_->variables()) {
    if (name == "ups.status") words_[0] = flags_of(text);
    for (const Place& place : places) {
      const auto number = place.name == name ? parse_number(text) : std::nullopt;
      if (!number || !std::isfinite(*number)) continue;
      const auto raw = static_cast<std::int64_t>(std::lround(*number * place.scale));
      words_[place.address] = static_cast<std::uint16_t>(place.words == 2 ? raw >> 16 : raw);
      if (place.words == 2) words_[place.address + 1u] = static_cast<std::uint16_t>(raw);
    }
  }
}

std::optional<std::uint16_t> ModbusRegisters::read(std::uint16_t address) {
  if (address == modbus_register_test) return 0;
  if (address == modbus_register_beeper) return beeper_;
  if (address == modbus_register_delay) return delay_;
  if (address >= modbus_measured_registers) return std::nullopt;
  refresh();
  if (lying) {
    if (address == 1) return 2'500;
    if (address == 2) return 0x3B9A;
    if (address == 5) return 60'000;
  }
  return words_[address];
}

std::optional<bool> ModbusRegisters::read_coil(std::uint16_t address) const {
  if (address != modbus_coil_off) return std::nullopt;
  return off_;
}

std::optional<bool> ModbusRegisters::read_input(std::uint16_t address) {
  if (address >= 16) return std::nullopt;
  refresh();
  return (words_[0] >> address & 1) != 0;
}

bool ModbusRegisters::write(std::uint16_t address, std::uint16_t value) {
  if (address == modbus_register_delay) {
    delay_ = value;
  } else if (address == modbus_register_beeper && value <= 1) {
    beeper_ = value;
  } else if (address == modbus_register_test && value == 1) {
    ++tests_;
  } else {
    return false;
  }
  ++writes_;
  return true;
}

bool ModbusRegisters::write_coil(std::uint16_t address, bool on) {
  if (address != modbus_coil_off) return false;
  off_ = on;
  ++writes_;
  return true;
}

}  // namespace nightwatt::rack

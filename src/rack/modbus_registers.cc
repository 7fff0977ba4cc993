#include "rack/modbus_registers.h"

#include <cmath>
#include <string>
#include <string_view>

#include "model/reading.h"

namespace nightwatt::rack {
namespace {

constexpr std::uint16_t unknown = 0xFFFF;

struct Place {
  std::string_view name;
  std::uint16_t address;
  double scale;
  int words;
};

constexpr std::array<Place, 14> places{{
    {"battery.charge", 1, 1, 1},
    {"battery.runtime", 2, 1, 2},
    {"battery.voltage", 4, 10, 1},
    {"ups.load", 5, 1, 1},
    {"ups.realpower", 6, 1, 2},
    {"battery.charge.low", 8, 1, 1},
    {"ups.realpower.nominal", 9, 1, 2},
    {"ups.temperature", 11, 10, 1},
    {"input.voltage", 12, 10, 1},
    {"input.voltage.nominal", 13, 1, 1},
    {"input.transfer.low", 14, 10, 1},
    {"input.transfer.high", 15, 10, 1},
    {"input.frequency", 16, 10, 1},
    {"output.voltage", 17, 10, 1},
}};

// In the order of ModbusStatusBit.
constexpr std::array<StatusWord, 14> status_words{
    StatusWord::OL,      StatusWord::OB,     StatusWord::LB,   StatusWord::RB,  StatusWord::CHRG,
    StatusWord::DISCHRG, StatusWord::BYPASS, StatusWord::OVER, StatusWord::OFF, StatusWord::CAL,
    StatusWord::TRIM,    StatusWord::BOOST,  StatusWord::FSD,  StatusWord::TEST};

std::uint16_t status_bits(std::string_view text) {
  const StatusWords words = parse_status(text);
  unsigned bits = 0;
  for (std::size_t i = 0; i < status_words.size(); ++i) {
    if (words.has(status_words[i])) bits |= 1u << i;
  }
  return static_cast<std::uint16_t>(bits);
}

}  // namespace

void ModbusRegisters::refresh() {
  if (version_ == ups_->version()) return;
  version_ = ups_->version();
  words_.fill(unknown);
  for (const auto& [name, text] : ups_->variables()) {
    if (name == "ups.status") words_[0] = status_bits(text);
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
  if (address == modbus_register_delay) return delay_;
  if (address >= modbus_read_registers) return std::nullopt;
  refresh();
  if (lying) {
    if (address == 1) return 250;
    if (address == 2) return 0x3B9A;
    if (address == 5) return 60'000;
  }
  return words_[address];
}

std::optional<bool> ModbusRegisters::read_coil(std::uint16_t address) const {
  if (address != modbus_coil_beeper) return std::nullopt;
  return beeper_;
}

std::optional<bool> ModbusRegisters::read_input(std::uint16_t address) {
  if (address >= 16) return std::nullopt;
  refresh();
  return (words_[0] >> address & 1) != 0;
}

bool ModbusRegisters::write(std::uint16_t address, std::uint16_t value) {
  if (address == modbus_register_delay) {
    delay_ = value;
  } else if (address == modbus_register_test && value == 1) {
    ++tests_;
  } else {
    return false;
  }
  ++writes_;
  return true;
}

bool ModbusRegisters::write_coil(std::uint16_t address, bool on) {
  if (address != modbus_coil_beeper) return false;
  beeper_ = on;
  ++writes_;
  return true;
}

}  // namespace nightwatt::rack

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "model/ids.h"

// The variables of one device at one instant, by which path. Names are NUT's standard variable
// names (NUT developer guide, "NUT command and variable naming scheme"); units are NUT's.
namespace nightwatt {

// One bit for each word of ups.status (NUT "Status data" table).
enum class StatusWord : std::uint32_t {
  OL = 1u << 0,       // on line
  OB = 1u << 1,       // on battery
  LB = 1u << 2,       // low battery, the UPS's own verdict
  HB = 1u << 3,       // high battery
  RB = 1u << 4,       // replace battery
  CHRG = 1u << 5,     // charging
  DISCHRG = 1u << 6,  // discharging
  BYPASS = 1u << 7,   // load is on bypass: no battery behind it
  CAL = 1u << 8,      // runtime calibration
  OFF = 1u << 9,      // output is off
  OVER = 1u << 10,    // overloaded
  TRIM = 1u << 11,    // trimming high input voltage
  BOOST = 1u << 12,   // boosting low input voltage
  FSD = 1u << 13,     // forced shutdown announced
  ALARM = 1u << 14,   // ups.alarm has text
  WAIT = 1u << 15,    // driver has no data yet
  TEST = 1u << 16,    // self-test in progress
  ECO = 1u << 17,
  other = 1u << 31,  // at least one word that we do not know
};

struct StatusWords {
  std::uint32_t bits = 0;

  constexpr bool has(StatusWord word) const {
    return (bits & static_cast<std::uint32_t>(word)) != 0;
  }
  constexpr void add(StatusWord word) { bits |= static_cast<std::uint32_t>(word); }
  constexpr void remove(StatusWord word) { bits &= ~static_cast<std::uint32_t>(word); }
  template <class A>
  void fields(A& a) {
    a(bits);
  }
  friend constexpr bool operator==(const StatusWords&, const StatusWords&) = default;
};

// Blank-separated words, any case. Empty text gives no bits.
StatusWords parse_status(std::string_view text);
// "OL CHRG": our words in the table's order, "?" for unknown ones.
std::string_view word_name(StatusWord word);

// The numbers that decisions use. Everything else a device reports is not kept in the core.
enum class Variable : std::uint8_t {
  battery_charge,         // battery.charge, percent 0..100 (up to 110 accepted, read as 100)
  battery_runtime,        // battery.runtime, seconds
  battery_voltage,        // battery.voltage, volts
  ups_load,               // ups.load, percent of nominal
  ups_realpower,          // ups.realpower, watts
  ups_realpower_nominal,  // ups.realpower.nominal, watts
  ups_power,              // ups.power, volt-amperes
  ups_power_nominal,      // ups.power.nominal, volt-amperes
  ups_temperature,        // ups.temperature, degrees C
  input_voltage,          // input.voltage, volts
  input_voltage_nominal,  // input.voltage.nominal, volts
  input_transfer_low,     // input.transfer.low, volts
  input_transfer_high,    // input.transfer.high, volts
  input_frequency,        // input.frequency, hertz
  output_voltage,         // output.voltage, volts
};
inline constexpr std::size_t variable_count = 15;

std::string_view variable_name(Variable variable);
std::string_view unit_of(Variable variable);  // "%", "s", "V", ...
// nullopt: a variable that decisions do not use.
std::optional<Variable> variable_named(std::string_view nut_name);

enum class ValueResult : std::uint8_t {
  accepted,
  not_a_number,  // empty, text, nan, inf, trailing rubbish
  absurd,        // a number outside what the variable can mean (charge -5, runtime 10^9)
};

// A decimal number with blanks around it and nothing else; "nan" and "inf" are numbers here.
std::optional<double> parse_number(std::string_view text);

class Values {
 public:
  std::optional<double> get(Variable variable) const {
    const auto index = static_cast<std::size_t>(variable);
    if ((present_ >> index & 1) == 0) return std::nullopt;
    return static_cast<double>(numbers_[index]);
  }
  bool rejected(Variable variable) const;  // was sent, and was not usable
  void set(Variable variable, double value);
  // Takes a value that a device sent, when the variable can have it; else as set_text.
  ValueResult set_number(Variable variable, double value);
  // Parses what a device sent. A value that is not accepted counts as absent and marks `rejected`.
  ValueResult set_text(Variable variable, std::string_view text);
  std::uint32_t rejected_bits() const { return rejected_; }
  std::uint32_t present_bits() const { return present_; }  // bit n: enum Variable n
  // What `part` has replaces ours.
  void merge(const Values& part);

  template <class A>
  void fields(A& a) {
    a(numbers_, present_, rejected_);
  }
  friend bool operator==(const Values&, const Values&) = default;

 private:
  std::array<float, variable_count> numbers_{};
  std::uint32_t present_ = 0;
  std::uint32_t rejected_ = 0;
};

// A variable of a site by number: those that decisions use (enum Variable), then ups.status, then
// whatever else its profiles and schedules name (core::Site::other_variables).
using VariableId = Id<struct VariableTag, std::uint16_t>;
constexpr VariableId id_of(Variable variable) {
  return VariableId{static_cast<std::uint16_t>(variable)};
}
inline constexpr VariableId status_variable{variable_count};
inline constexpr std::uint16_t first_other_variable = variable_count + 1;

// A variable that decisions do not use: shown, recorded, and open to a user's own triggers.
struct OtherValue {
  VariableId variable{};  // first_other_variable or above
  double number = 0;
  template <class A>
  void fields(A& a) {
    a(variable, number);
  }
  friend bool operator==(const OtherValue&, const OtherValue&) = default;
};

struct Reading {
  Instant at{};  // when the reply was complete
  PathRank path{};
  StatusWords status{};
  Values values{};
  std::vector<OtherValue> others{};  // ascending by variable

  // Empty ups.status, WAIT, or neither OL nor OB: the path answered and gave no data
  // (power-quorum, section 1). OFF, BYPASS and FSD alone still say what the UPS does, so a status
  // made of them is usable.
  bool usable() const;

  template <class A>
  void fields(A& a) {
    a(at, path, status, values, others);
  }
  // A variable that decisions do not use. Cheap when they come in ascending order.
  void set_other(VariableId variable, double number);
  // Takes over what `part` brought: the messages of one poll make one reading.
  void merge(const Reading& part);
  friend bool operator==(const Reading&, const Reading&) = default;
};

}  // namespace nightwatt

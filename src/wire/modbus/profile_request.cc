#include "wire/modbus/profile_request.h"

#include <cmath>
#include <cstdio>

#include "base/check.h"
#include "wire/modbus/value.h"

namespace nightwatt::wire::modbus {
namespace {

using profile::ModbusSource;
using profile::RegisterKind;

Function function_to_read(RegisterKind kind) {
  switch (kind) {
    case RegisterKind::coil: return Function::read_coils;
    case RegisterKind::discrete_input: return Function::read_discrete_inputs;
    case RegisterKind::input_register: return Function::read_input_registers;
    case RegisterKind::holding_register: return Function::read_holding_registers;
  }
  return Function::read_holding_registers;
}

std::string number_text(double number) {
  std::array<char, 32> out;
  std::snprintf(out.data(), out.size(), "%g", number);
  return out.data();
}

unexpected<std::string> cannot(std::string why) { return unexpected<std::string>(std::move(why)); }

// The number before scaling, or why there is none.
expected<double, std::string> ordered(const profile::Command& command,
                                      const profile::WriteStep& step, std::string_view value) {
  if (step.number) return *step.number;
  if (step.text) return cannot("a text cannot be written to a register");
  const auto number = parse_number(value);
  if (!number || !std::isfinite(*number)) {
    return cannot("'" + std::string(value.substr(0, 40)) + "' is not a number");
  }
  const bool limited = command.low != 0 || command.high != 0;
  if (limited && *number < command.low) {
    return cannot(number_text(*number) + " is below " + number_text(command.low));
  }
  if (limited && *number > command.high) {
    return cannot(number_text(*number) + " is above " + number_text(command.high));
  }
  return (*number - step.offset) / step.scale;
}

}  // namespace

Request read_request(const profile::ReadMessage& block) {
  return {.function = function_to_read(block.kind), .address = block.address, .count = block.count};
}

void take_items(const profile::Profile& profile, const profile::ReadPlan& plan,
                const profile::ReadMessage& block, std::span<const std::uint8_t> data,
                Reading& reading) {
  const auto items = std::span(plan.items).subspan(block.first, block.items);
  const bool others = !items.empty() && profile.items[items[0]].variable > status_variable;
  if (others) reading.others.reserve(reading.others.size() + items.size());
  for (const std::uint16_t index : items) {
    const profile::Item& item = profile.items[index];
    const auto* source = std::get_if<ModbusSource>(&item.source);
    NW_CHECK(source != nullptr && source->address >= block.address);
    const std::size_t at = source->address - block.address;
    const double raw = number_in(*source, data, at);
    profile::take(item, raw, reading);  // what it rejects is marked in the reading
  }
}

expected<Write, std::string> write_of(const profile::Command& command,
                                      const profile::WriteStep& step, std::string_view value) {
  const auto* target = std::get_if<ModbusSource>(&step.target);
  if (target == nullptr) return cannot("the profile's command is not one for Modbus");
  const bool coil = target->kind == RegisterKind::coil;
  if (!coil && target->kind != RegisterKind::holding_register) {
    return cannot("the profile writes to an input, which can only be read");
  }
  // A bit alone would take a read first, and another master's change in between would be undone.
  if (!coil && target->type == profile::NumberType::bit) {
    return cannot("one bit of a register cannot be written alone");
  }
  const auto number = ordered(command, step, value);
  if (!number) return cannot(number.error());
  Write out;
  if (!put_number(*target, *number, std::span<std::uint16_t, 4>(out.values_))) {
    return cannot(number_text(*number) + " does not fit " +
                  std::string(coil ? "a coil" : profile::to_string(target->type)));
  }
  out.address_ = target->address;
  out.count_ = coil ? 1 : static_cast<std::uint16_t>(profile::registers_of(target->type));
  out.function_ = coil              ? Function::write_coil
                  : out.count_ == 1 ? Function::write_register
                                    : Function::write_registers;
  return out;
}

}  // namespace nightwatt::wire::modbus

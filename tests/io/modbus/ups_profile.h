#pragma once

#include "profile/profile.h"

// The rack's register map (src/rack/modbus_registers.h) as a profile, in two blocks: status and
// numbers. And one command of each kind.
namespace nightwatt::io {

inline profile::Item number_item(Variable variable, std::uint16_t address, profile::NumberType type,
                                 double scale = 1) {
  profile::Item item;
  item.variable = id_of(variable);
  item.source = profile::ModbusSource{
      .kind = profile::RegisterKind::input_register, .address = address, .type = type};
  item.scale = scale;
  return item;
}

inline profile::Item status_item() {
  profile::Item item;
  item.variable = status_variable;
  item.source = profile::ModbusSource{.kind = profile::RegisterKind::input_register};
  item.map = profile::MapKind::bits;
  const StatusWord words[] = {StatusWord::OL, StatusWord::OB, StatusWord::LB};
  for (std::int64_t i = 0; i < 3; ++i) {
    profile::Meaning meaning{.raw = i};
    meaning.words.add(words[i]);
    item.meanings.push_back(meaning);
  }
  return item;
}

inline profile::Command write_command(ControlKind kind, const std::string& name,
                                      profile::ModbusSource target, std::optional<double> number) {
  profile::WriteStep step;
  step.target = target;
  step.number = number;
  profile::Command command;
  command.kind = kind;
  command.name = name;
  command.steps.push_back(step);
  return command;
}

inline profile::Profile ups_profile() {
  using profile::NumberType;
  using profile::RegisterKind;
  profile::Profile out;
  out.name = "simulated-ups";
  out.protocol = profile::Protocol::modbus;
  out.items = {status_item(), number_item(Variable::battery_charge, 1, NumberType::u16),
               number_item(Variable::battery_runtime, 2, NumberType::u32),
               number_item(Variable::ups_temperature, 11, NumberType::s16, 0.1),
               number_item(Variable::output_voltage, 17, NumberType::u16, 0.1)};
  out.commands = {
      write_command(ControlKind::command, "test.battery.start", {.address = 100}, 1),
      write_command(ControlKind::command, "beeper.disable", {.kind = RegisterKind::coil}, 0),
      write_command(ControlKind::write, "ups.delay.shutdown",
                    {.address = 101, .type = NumberType::s16}, std::nullopt),
      write_command(ControlKind::command, "wrong.place", {.address = 900}, 1),
      write_command(ControlKind::command, "wrong.kind", {.kind = RegisterKind::input_register}, 1)};
  out.commands[2].low = -1;
  out.commands[2].high = 600;
  return out;
}

}  // namespace nightwatt::io

#include "rack/modbus_server.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "config/profiles/profile_file.h"
#include "config/profiles/profiles.h"
#include "rack/modbus_registers.h"
#include "wire/modbus/profile_request.h"

namespace nightwatt::rack {
namespace {

TEST(ModbusRegisters, SayWhatTheUpsSays) {
  SimulatedUps ups;
  ModbusRegisters registers(ups);
  EXPECT_EQ(registers.read(0), 1);  // on line
  EXPECT_EQ(registers.read(1), 100);
  EXPECT_EQ(registers.read(12), 2'300);
  ups.set_feed(false);
  ups.set_charge(12);
  EXPECT_EQ(registers.read(0), 1u << 1 | 1u << 2 | 1u << 5);  // OB LB DISCHRG
  EXPECT_EQ(registers.read(1), 12);
  EXPECT_EQ(registers.read_input(1), true);
  EXPECT_EQ(registers.read_input(3), false);
  ups.override_variable("ups.temperature", "-4.5");
  EXPECT_EQ(registers.read(11), 0xFFD3);
  ups.override_variable("ups.temperature", "broken");
  EXPECT_EQ(registers.read(11), 0xFFFF);
}

TEST(ModbusRegisters, TakeWhatMayBeWrittenAndNothingElse) {
  SimulatedUps ups;
  ModbusRegisters registers(ups);
  EXPECT_TRUE(registers.write(101, 30));
  EXPECT_EQ(registers.read(101), 30);
  EXPECT_TRUE(registers.write(100, 1));
  EXPECT_EQ(registers.tests_started(), 1u);
  EXPECT_FALSE(registers.write(100, 2));
  EXPECT_FALSE(registers.write(1, 500));
  EXPECT_TRUE(registers.write_coil(0, false));
  EXPECT_EQ(registers.read_coil(0), false);
  EXPECT_FALSE(registers.write_coil(1, true));
  EXPECT_EQ(registers.writes(), 3u);
  EXPECT_FALSE(registers.read(18));
  EXPECT_FALSE(registers.read_coil(1));
  EXPECT_FALSE(registers.read_input(16));
}

profile::Profile shipped(std::string_view name) {
  std::vector<std::string> others;
  config::VariableNames names(others);
  for (const auto& shipped : config::shipped_profiles()) {
    if (shipped.name != name) continue;
    auto loaded = config::load_profile(shipped.text, names);
    if (loaded.profile) return *loaded.profile;
  }
  ADD_FAILURE() << "no profile " << name;
  return {};
}

// The registers as a reply to one block would have them; empty when a register is not there.
std::vector<std::uint8_t> block_of(ModbusRegisters& registers, const profile::ReadMessage& block) {
  std::vector<std::uint8_t> out;
  for (unsigned i = 0; i < block.count; ++i) {
    const auto word = registers.read(static_cast<std::uint16_t>(block.address + i));
    if (!word) return {};
    out.push_back(static_cast<std::uint8_t>(*word >> 8));
    out.push_back(static_cast<std::uint8_t>(*word & 0xFF));
  }
  return out;
}

TEST(ModbusRegisters, AreThoseOfTheShippedProfile) {
  SimulatedUps ups;
  ups.set_feed(false);
  ups.set_charge(15);
  ModbusRegisters registers(ups);
  const profile::Profile profile = shipped("simulated-ups-modbus");
  const profile::ReadPlan plan = profile::plan(profile, {});
  ASSERT_FALSE(plan.messages.empty());
  Reading reading;
  for (const profile::ReadMessage& block : plan.messages) {
    const auto data = block_of(registers, block);
    ASSERT_FALSE(data.empty()) << block.address;
    wire::modbus::take_items(profile, plan, block, data, reading);
  }
  EXPECT_EQ(reading.status, parse_status(ups.status()));
  int compared = 0;
  for (const auto& [name, text] : ups.variables()) {
    const auto variable = variable_named(name);
    if (!variable) continue;
    const auto got = reading.values.get(*variable);
    if (!got) continue;
    EXPECT_NEAR(*got, *parse_number(text), 0.06) << name;
    ++compared;
  }
  EXPECT_GE(compared, 12);
  for (const profile::Command& command : profile.commands) {
    for (const profile::WriteStep& step : command.steps) {
      const auto write = wire::modbus::write_of(command, step, "30");
      ASSERT_TRUE(write) << command.name << ": " << write.error();
      const auto request = write->request();
      const bool coil = request.function == wire::modbus::Function::write_coil;
      EXPECT_TRUE(coil ? registers.write_coil(request.address, request.values[0] != 0)
                       : registers.write(request.address, request.values[0]))
          << command.name;
    }
  }
}

TEST(ModbusFaults, EachHasAName) {
  for (std::size_t i = 0; i < modbus_fault_count; ++i) {
    EXPECT_NE(to_string(static_cast<ModbusFault>(i)), "?");
  }
}

}  // namespace
}  // namespace nightwatt::rack

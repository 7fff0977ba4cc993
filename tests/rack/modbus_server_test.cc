#include "rack/modbus_server.h"

#include <gtest/gtest.h>

#include <string>

#include "rack/modbus_registers.h"

namespace nightwatt::rack {
namespace {

TEST(ModbusRegisters, SayWhatTheUpsSays) {
  SimulatedUps ups;
  ModbusRegisters registers(ups);
  EXPECT_EQ(registers.read(0), 0);  // on line
  EXPECT_EQ(registers.read(1), 1'000);
  EXPECT_EQ(registers.read(9), 2'300);
  EXPECT_EQ(registers.read(10), 5'000);
  ups.set_feed(false);
  ups.set_charge(12);
  EXPECT_EQ(registers.read(0), 1u << 0 | 1u << 1 | 1u << 7);  // OB LB DISCHRG
  EXPECT_EQ(registers.read(1), 120);
  EXPECT_EQ(registers.read_input(1), true);
  EXPECT_EQ(registers.read_input(2), false);
  ups.override_variable("ups.temperature", "-4.5");
  EXPECT_EQ(registers.read(8), 0xFFD3);
  ups.override_variable("ups.temperature", "broken");
  EXPECT_EQ(registers.read(8), 0x8000);
}

TEST(ModbusRegisters, TakeWhatMayBeWrittenAndNothingElse) {
  SimulatedUps ups;
  ModbusRegisters registers(ups);
  EXPECT_TRUE(registers.write(12, 30));
  EXPECT_EQ(registers.read(12), 30);
  EXPECT_TRUE(registers.write(100, 1));
  EXPECT_EQ(registers.tests_started(), 1u);
  EXPECT_FALSE(registers.write(100, 2));
  EXPECT_FALSE(registers.write(1, 500));
  EXPECT_FALSE(registers.write(101, 7));
  EXPECT_TRUE(registers.write_coil(0, true));
  EXPECT_FALSE(registers.write_coil(1, true));
  EXPECT_EQ(registers.writes(), 3u);
  EXPECT_FALSE(registers.read(13));
  EXPECT_FALSE(registers.read_coil(1));
  EXPECT_FALSE(registers.read_input(16));
}

TEST(ModbusFaults, EachHasAName) {
  for (std::size_t i = 0; i < modbus_fault_count; ++i) {
    EXPECT_NE(to_string(static_cast<ModbusFault>(i)), "?");
  }
}

}  // namespace
}  // namespace nightwatt::rack

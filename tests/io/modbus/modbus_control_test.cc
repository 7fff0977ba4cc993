#include <gtest/gtest.h>

#include <string>

#include "rack/modbus_server.h"
#include "tests/io/modbus/modbus_story.h"

// Orders: what is written, and what is known when something goes wrong.
namespace nightwatt::io {
namespace {

using rack::ModbusFault;
using rack::ModbusServer;
using rack::SimulatedUps;
constexpr auto command = ControlKind::command;
constexpr auto write = ControlKind::write;

class ModbusControl : public testing::Test {
 protected:
  ModbusStory story;
  SimulatedUps ups;
  ModbusServer server{story.io};
  std::string prefix = "plc-1 (127.0.0.1:" + std::to_string(server.port()) + "): ";

  ModbusControl() {
    server.add(1, ups);
    story.open(server.port());
  }
  const rack::ModbusRegisters& registers() const { return server.registers(1); }
};

TEST_F(ModbusControl, ARegisterACoilAndAValueAreWritten) {
  EXPECT_EQ(story.control(command, "test.battery.start"), "replied -");
  EXPECT_EQ(registers().tests_started(), 1u);
  EXPECT_EQ(story.control(command, "beeper.disable"), "replied -");
  EXPECT_FALSE(*registers().read_coil(0));
  EXPECT_EQ(story.control(write, "ups.delay.shutdown", "-1"), "replied -");
  EXPECT_EQ(*rack::ModbusRegisters(registers()).read(101), 0xFFFF);
}

TEST_F(ModbusControl, WhatTheDeviceRefusesIsRefused) {
  EXPECT_EQ(story.control(command, "wrong.place"),
            "refused by it: " + prefix +
                "unit 1: exception 2 (illegal data address) writing holding 40901");
}

TEST_F(ModbusControl, WhatCannotBeWrittenIsNeverSent) {
  const auto never = [&](const std::string& why) { return "refused (not sent): " + prefix + why; };
  EXPECT_EQ(story.control(command, "load.off"),
            never("profile simulated-ups has no command 'load.off'"));
  EXPECT_EQ(story.control(write, "ups.delay.shutdown", "soon"),
            never("ups.delay.shutdown: 'soon' is not a number"));
  EXPECT_EQ(story.control(write, "ups.delay.shutdown", "601"),
            never("ups.delay.shutdown: 601 is above 600"));
  EXPECT_EQ(story.control(write, "ups.delay.shutdown", "-2"),
            never("ups.delay.shutdown: -2 is below -1"));
  EXPECT_EQ(story.control(command, "wrong.kind"),
            never("wrong.kind: the profile writes to an input, which can only be read"));
  EXPECT_EQ(server.stats().accepted, 0u);
}

// not_sent is the engine's leave to try again: it may only ever be said when it is certain.
TEST_F(ModbusControl, NotSentIsSaidExactlyWhenNothingLeftUs) {
  server.set_fault(ModbusFault::down);
  EXPECT_EQ(story.control(command, "test.battery.start"),
            "unreachable (not sent): " + prefix + "connection refused");
  for (const ModbusFault fault :
       {ModbusFault::reset, ModbusFault::cut_reply, ModbusFault::wrong_unit,
        ModbusFault::gateway_path, ModbusFault::gateway_target, ModbusFault::acknowledge}) {
    server.set_fault(fault);
    const std::string got = story.control(command, "test.battery.start");
    EXPECT_EQ(got.find("not sent"), std::string::npos) << got;
    EXPECT_FALSE(got.starts_with("refused by it")) << got;
    EXPECT_FALSE(got.starts_with("replied")) << got;
  }
}

TEST_F(ModbusControl, AnOrderIsNotRepeatedWhenItsConnectionTurnsOutToBeGone) {
  ASSERT_EQ(story.poll(), "replied OL 100");
  server.set_fault(ModbusFault::reset);
  const std::uint64_t before = server.stats().requests;
  EXPECT_EQ(story.control(command, "test.battery.start"),
            "unreachable: " + prefix + "unit 1: connection reset before the reply");
  EXPECT_EQ(server.stats().requests, before + 1);
  server.set_fault(ModbusFault::none);
  EXPECT_EQ(registers().tests_started(), 0u);
}

TEST_F(ModbusControl, AnEchoOfSomethingElseIsNoSuccess) {
  server.set_fault(ModbusFault::wrong_byte_count);  // of a write: the echoed address
  EXPECT_EQ(story.control(command, "test.battery.start"),
            "bad_reply: " + prefix +
                "unit 1: echo of address 356, value 1 instead of address 100, value 1");
}

}  // namespace
}  // namespace nightwatt::io

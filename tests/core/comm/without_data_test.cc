// A valid error reply instead of data is a success of the path (T5): nothing moves, so somebody
// must be told, and what the poll's other messages brought must not be lost.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/core/comm/world.h"

namespace nightwatt::core {
namespace {

using testing::ElementsAre;

constexpr const char* exception = "exception 2 (illegal data address)";

DeviceRule ups_in_two_messages() {
  DeviceRule rule = device("UPS-A", {CommId{0}});
  rule.poll_interval = Duration(1'000);
  rule.paths[0].messages = {2};
  return rule;
}

void refuse(World& world, double s) {
  world.comm.refused(world.sends().back().transaction, exception, at(s), world.out);
  world.comm.advance(at(s), world.out);
}

World begun(DeviceRule rule) {
  World world({CommRule{.name = "modbus-a"}}, {std::move(rule)});
  world.advance(0);
  return world;
}

TEST(WithoutData, ARefusedSecondMessageLeavesWhatTheFirstBrought) {
  World world = begun(ups_in_two_messages());
  world.answer(0.1);
  refuse(world, 0.2);
  ASSERT_EQ(world.out.reports.size(), 1u);
  const PollReport& report = world.out.reports[0];
  EXPECT_EQ(report.result, PollResult::protocol_exception);
  ASSERT_TRUE(report.reading);
  EXPECT_TRUE(report.reading->usable());
  EXPECT_EQ(report.reading->at, at(0.2));
  EXPECT_EQ(report.reading->path, primary);
}

TEST(WithoutData, ARefusedFirstMessageIsNoReading) {
  World world = begun(ups_in_two_messages());
  refuse(world, 0.1);
  ASSERT_EQ(world.out.reports.size(), 1u);
  EXPECT_FALSE(world.out.reports[0].reading);
}

TEST(WithoutData, PartsThatDecisionsCouldNotUseAreNoReading) {
  World world = begun(ups_in_two_messages());
  Reading charge;
  charge.values.set(Variable::battery_charge, 80);
  world.answer(0.1, charge);
  refuse(world, 0.2);
  ASSERT_EQ(world.out.reports.size(), 1u);
  EXPECT_FALSE(world.out.reports[0].reading);
}

TEST(WithoutData, IsToldOnceAndItsEndToo) {
  DeviceRule rule = device("UPS-A", {CommId{0}});
  rule.poll_interval = Duration(1'000);
  World world = begun(rule);
  refuse(world, 0.1);
  world.advance(1);
  refuse(world, 1.1);
  world.advance(2);
  world.answer(2.1);
  world.advance(3);
  world.answer(3.1);
  EXPECT_THAT(world.messages(),
              ElementsAre("UPS-A answers over its primary path (modbus-a) with an error instead of "
                          "data: exception 2 (illegal data address).",
                          "UPS-A gives data again over its primary path (modbus-a)."));
}

// A network that lets small answers through and loses large ones, or an agent whose values are
// nonsense: a user saw two messages for each poll, for ever.
TEST(WithoutData, AFailureOfTheSecondMessageIsToldOnceAndItsEndToo) {
  for (const FailoverMode mode : {FailoverMode::compat, FailoverMode::guarded}) {
    DeviceRule rule = ups_in_two_messages();
    rule.mode = mode;
    World world = begun(rule);
    for (int second = 0; second < 4; ++second) {
      world.advance(second);
      world.answer(second + 0.1);
      world.fail(second + 0.2, MessageFailure::bad_reply, "cut off");
    }
    EXPECT_THAT(world.messages(),
                ElementsAre("A poll of UPS-A over its primary path (modbus-a) failed: cut off."));
    world.advance(4);
    world.answer(4.1);
    EXPECT_EQ(world.messages().size(), 1u);
    world.answer(4.2);
    ASSERT_EQ(world.messages().size(), 2u);
    EXPECT_THAT(world.messages()[1], testing::HasSubstr("answers again"));
  }
}

// The same device with another path. compat counts messages (T5) and stays for ever.
TEST(WithoutData, GuardedLeavesAPathThatNeverGivesTheWhole) {
  for (const FailoverMode mode : {FailoverMode::compat, FailoverMode::guarded}) {
    DeviceRule rule = device("UPS-A", {CommId{0}, CommId{1}}, mode);
    rule.poll_interval = Duration(1'000);
    for (PathRule& path : rule.paths) {
      path.messages = {2};
      path.initial_fail = Duration(5'000);
    }
    World world({CommRule{.name = "modbus-a"}, CommRule{.name = "modbus-b"}}, {rule});
    for (int second = 0; second < 9; ++second) {
      world.advance(second);
      if (world.comm.view(DeviceId{0}, at(second)).active != primary) break;
      world.answer(second + 0.1);
      world.fail(second + 0.2, MessageFailure::timed_out, "no answer");
    }
    EXPECT_EQ(world.comm.view(DeviceId{0}, at(9)).active,
              mode == FailoverMode::guarded ? PathRank{2} : primary);
  }
}

}  // namespace
}  // namespace nightwatt::core

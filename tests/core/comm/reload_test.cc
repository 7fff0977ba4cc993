#include <gtest/gtest.h>

#include "core/comm/comm.h"
#include "tests/core/comm/world.h"

// A reload of the configuration keeps what is known of devices and comm devices of the same name.
namespace nightwatt::core {
namespace {

constexpr DeviceId a{0};
constexpr DeviceId b{1};
constexpr PathRank p1{1};
constexpr PathRank p2{2};

struct Reloaded : World {
  Reloaded() : World({{"L1"}, {"L2"}}, {device("ups-a", {CommId{0}, CommId{1}})}) {
    ask(10, a, 1);
    advance(11);  // failed over to L2
    answer(11.1);
    out = CommOut{};
  }
};

TEST(Reload, TheActivePathIsKeptAlsoWhenItsRankAndIdsChange) {
  Reloaded world;
  const Comm next = under_rules(
      world.comm, {{"L2"}, {"L1"}},
      {device("ups-b", {CommId{1}}), device("ups-a", {CommId{0}, CommId{1}})}, at(20), world.out);
  EXPECT_EQ(next.active(b), p1) << "L2 is its first path now";
  const DeviceView view = next.view(b, at(20));
  EXPECT_EQ(view.active_comm, "L2");
  EXPECT_TRUE(view.primary_failed_over);
  EXPECT_EQ(view.paths[1].attempts, 1u);
  EXPECT_EQ(view.last_ok, at(20)) << "T8";
}

TEST(Reload, AVanishedActivePathMeansPrimary) {
  Reloaded world;
  const Comm next =
      under_rules(world.comm, {{"L1"}}, {device("ups-a", {CommId{0}})}, at(20), world.out);
  EXPECT_EQ(next.active(a), p1);
}

TEST(Reload, AStateOfACommDeviceThatWasReportedIsKept) {
  Reloaded world;
  world.comm.comm_state(CommId{0}, CommState::driver_down, at(15), world.out);
  const Comm next = under_rules(world.comm, {{"L1"}, {"L2"}},
                                {device("ups-a", {CommId{0}, CommId{1}})}, at(20), world.out);
  EXPECT_EQ(next.state(CommId{0}), CommState::driver_down);
  EXPECT_EQ(next.active(a), p2);
}

TEST(Reload, WhatIsUnderWayIsReadAgainAndAControlEndsUnknown) {
  World world({{"L1"}, {"L2"}}, {device("ups-a", {CommId{0}}), device("ups-b", {CommId{1}})});
  world.ask(10, a, 1);
  world.ask(10, b, 2, PollClass::control);
  const auto old = world.sends();
  world.out = CommOut{};
  Comm next = under_rules(world.comm, {{"L1"}, {"L2"}},
                          {device("ups-a", {CommId{0}}), device("ups-b", {CommId{1}})}, at(10.5),
                          world.out);
  EXPECT_EQ(world.all<CancelMessage>().size(), 2u);
  ASSERT_EQ(world.out.results.size(), 1u);
  EXPECT_EQ(world.out.results[0].tag, 2u);
  EXPECT_EQ(world.out.results[0].result, PollResult::failed);
  world.out = CommOut{};
  next.advance(at(10.5), world.out);
  ASSERT_EQ(world.sends().size(), 1u);
  EXPECT_NE(world.sends()[0].transaction, old[0].transaction);
  next.replied(old[0].transaction, on_line(), at(10.6), world.out);
  EXPECT_EQ(next.late_replies(), 1u);
}

TEST(Reload, PollsOfAVanishedDeviceEnd) {
  World world({{"L1"}}, {device("ups-a", {CommId{0}})});
  world.ask(10, a, 1);
  world.ask(10, a, 2);
  const Comm next = under_rules(world.comm, {{"L1"}}, {}, at(11), world.out);
  EXPECT_EQ(world.out.results.size(), 2u);
  EXPECT_EQ(next.next_deadline(), std::nullopt);
}

// What the first schedule does not read may come once a day: a reload must not blind what uses it.
TEST(Reload, WhatADeviceLastSaidIsKept) {
  for (const bool same_variables : {true, false}) {
    DeviceRule tank = device("tank", {CommId{0}});
    tank.is_ups = false;
    World world({{"L1"}}, {tank});
    Reading reading;
    reading.values.set_text(Variable::ups_temperature, "21");
    reading.others = {{VariableId{first_other_variable}, 7}};
    world.ask(10, a, 1);
    world.answer(10.1, reading);
    ASSERT_EQ(world.comm.variables(a).size(), 2u);
    const SiteRules rules = shared_rules({{"L1"}}, {device("new", {CommId{0}}), tank});
    const Comm next = world.comm.with_rules(rules, at(20), world.out, same_variables);
    EXPECT_TRUE(next.variables(a).empty());
    ASSERT_EQ(next.variables(b).size(), same_variables ? 2u : 1u)
        << "other names may have the numbers now";
    EXPECT_EQ(next.variables(b)[0].variable, id_of(Variable::ups_temperature));
    EXPECT_EQ(next.variables(b)[0].at, at(10.1));
  }
}

}  // namespace
}  // namespace nightwatt::core

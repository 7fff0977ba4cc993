#include "core/comm/comm.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <map>

#include "tests/core/comm/world.h"

namespace nightwatt::core {
namespace {

using namespace std::chrono_literals;

constexpr DeviceId a{0};
constexpr DeviceId b{1};
constexpr CommId l1{0};
constexpr CommId l2{1};
constexpr CommId l3{2};
constexpr PathRank p1{1};
constexpr PathRank p2{2};

std::vector<CommRule> three_lines() { return {{"L1"}, {"L2"}, {"L3"}}; }

TEST(Comm, AHungShellCannotHangTheCore) {
  World world(three_lines(), {device("ups-a", {l1, l2})});
  world.ask(10, a, 1);
  ASSERT_EQ(world.sends().size(), 1u);
  EXPECT_EQ(world.comm.next_deadline(), at(11));
  world.advance(11);
  ASSERT_EQ(world.all<CancelMessage>().size(), 1u);
  EXPECT_EQ(world.all<CancelMessage>()[0].transaction, world.sends()[0].transaction);
  ASSERT_EQ(world.sends().size(), 2u);
  EXPECT_EQ(world.sends()[1].path, p2);
  EXPECT_EQ(world.comm.active(a), p2);
}

TEST(Comm, ALateReplyIsDiscardedAndCounted) {
  World world(three_lines(), {device("ups-a", {l1, l2})});
  world.ask(10, a, 1);
  const Transaction late = world.sends()[0].transaction;
  world.advance(11);
  world.comm.replied(late, on_line(), at(11.5), world.out);
  EXPECT_EQ(world.comm.late_replies(), 1u);
  EXPECT_EQ(world.comm.view(a, at(12)).paths[0].last_ok, std::nullopt);
  EXPECT_TRUE(world.out.results.empty());
}

TEST(Comm, AReadingWithoutDataIsAFailureOfThePath) {
  World world(three_lines(), {device("ups-a", {l1, l2})});
  world.ask(10, a, 1);
  Reading waiting;
  waiting.status.add(StatusWord::WAIT);
  world.answer(10.1, waiting);
  EXPECT_EQ(world.comm.active(a), p2);
  world.answer(10.2);
  ASSERT_EQ(world.out.reports.size(), 1u);
  ASSERT_TRUE(world.out.reports[0].reading);
  EXPECT_EQ(world.out.reports[0].reading->path, p2);
  EXPECT_EQ(world.out.reports[0].reading->at, at(10.2));
}

TEST(Comm, OneMessageAtATimeOnAComm) {
  World world(three_lines(), {device("ups-a", {l1}), device("ups-b", {l1})});
  world.ask(1, a, 1);
  world.ask(1, b, 2);
  EXPECT_EQ(world.sends().size(), 1u);
  world.answer(1.5);
  ASSERT_EQ(world.sends().size(), 2u);
  EXPECT_EQ(world.sends()[1].device, b);
}

TEST(Comm, AHungServerCostsOneTimeOutForAllDevicesBehindIt) {
  auto comms = three_lines();
  comms[0].shared_fate = true;
  World world(comms, {device("ups-a", {l1, l2}), device("ups-b", {l1, l3})});
  world.ask(10, a, 1);
  world.ask(10, b, 2);
  world.advance(11);
  EXPECT_EQ(world.comm.active(a), p2);
  EXPECT_EQ(world.comm.active(b), p2);
  ASSERT_EQ(world.sends().size(), 3u);
  EXPECT_EQ(world.sends()[1].comm, l2);
  EXPECT_EQ(world.sends()[2].comm, l3);
  EXPECT_EQ(world.comm.view(b, at(11)).paths[0].attempts, 0u);
}

// Devices that follow each other may be behind one thin line: few of them are polled at the same
// time, and all of the time is used.
TEST(Comm, ALargeSiteIsPolledEvenlyAndFewNeighboursAtOnce) {
  constexpr std::uint32_t count = 5'000;
  std::vector<CommRule> comms;
  std::vector<DeviceRule> devices;
  for (std::uint32_t i = 0; i < count; ++i) {
    comms.push_back({"L" + std::to_string(i)});
    devices.push_back(device("d" + std::to_string(i), {CommId{i}}));
    devices.back().poll_interval = 1s;
  }
  World world(std::move(comms), std::move(devices));
  std::map<Instant, std::vector<std::uint32_t>> at_once;
  std::size_t taken = 0;
  for (auto next = world.comm.next_deadline(); next && *next < at(1);
       next = world.comm.next_deadline()) {
    world.comm.advance(*next, world.out);
    for (; taken < world.out.effects.size(); ++taken) {
      const auto* sent = std::get_if<SendMessage>(&world.out.effects[taken]);
      if (sent != nullptr) at_once[*next].push_back(sent->device.value);
    }
  }
  ASSERT_EQ(at_once.size(), 50u) << "slots of 20 ms";
  for (const auto& [when, here] : at_once) {
    EXPECT_GE(here.size(), 64u) << "two blocks of neighbours";
    EXPECT_LE(here.size(), 130u) << "four of them";
    for (const std::uint32_t first : here) {
      const auto near = std::ranges::count_if(
          here, [first](std::uint32_t it) { return it >= first && it < first + 200; });
      EXPECT_LE(near, 64);
    }
  }
}

TEST(Comm, WithoutSharedFateTheNeighbourKeepsItsPath) {
  World world(three_lines(), {device("ups-a", {l1, l2}), device("ups-b", {l1, l3})});
  world.ask(10, a, 1);
  world.ask(10, b, 2);
  world.advance(11);
  EXPECT_EQ(world.comm.active(b), p1);
}

TEST(Comm, AConnectThatTimesOutFailsAllThatWaitForItWhateverTheDriver) {
  World world(three_lines(), {device("ups-a", {l1, l2}), device("ups-b", {l1, l3})});
  world.ask(10, a, 1);
  world.ask(10, b, 2);
  world.fail(10.9, MessageFailure::timed_out, "no connection in 1000 ms", true);
  EXPECT_EQ(world.comm.active(a), p2);
  EXPECT_EQ(world.comm.active(b), p2);
  EXPECT_EQ(world.comm.view(b, at(11)).paths[0].attempts, 0u);
  EXPECT_EQ(world.comm.view(b, at(11)).paths[0].last_error,
            "given up with its connection after a time-out of ups-a: no connection in 1000 ms");
}

TEST(Comm, ARefusalBeforeAnythingWasSentIsOfOneMessageOnly) {
  World world(three_lines(), {device("ups-a", {l1, l2}), device("ups-b", {l1, l3})});
  world.ask(10, a, 1);
  world.ask(10, b, 2);
  world.fail(10.1, MessageFailure::unreachable, "connection refused", true);
  EXPECT_EQ(world.comm.active(a), p2);
  EXPECT_EQ(world.comm.active(b), p1);
}

TEST(Comm, WhatComesBackToAHungServerWaitsForItsNextConnection) {
  auto comms = three_lines();
  comms[0].shared_fate = true;
  auto rule = device("ups-a", {l1, l1});
  rule.paths[1].unit = "other";
  World world(comms, {rule});
  world.ask(10, a, 1);
  world.advance(11);
  EXPECT_TRUE(world.out.results.empty()) << "it was forwarded, not given up with the others";
  ASSERT_EQ(world.sends().size(), 2u);
  EXPECT_EQ(world.sends()[1].path, p2);
}

TEST(Comm, AnAnswerInErrorDoesNotSpendTheSharedFate) {
  auto comms = three_lines();
  comms[0].shared_fate = true;
  World world(comms, {device("ups-a", {l1, l2}), device("ups-b", {l1, l3})});
  world.ask(10, a, 1);
  world.ask(10, b, 2);
  world.fail(10.1, MessageFailure::data_stale, "DATA-STALE");
  EXPECT_EQ(world.comm.active(a), p2);
  EXPECT_EQ(world.comm.active(b), p1);
}

TEST(Comm, AScheduleKeepsOnePollWaiting) {
  auto rule = device("ups-a", {l1});
  rule.poll_interval = std::chrono::seconds(1);
  rule.paths[0].message_timeout = std::chrono::seconds(10);
  World world({{"L1"}}, {rule});
  for (int s = 0; s <= 9; ++s) world.advance(s);
  EXPECT_EQ(world.sends().size(), 1u);
  const DeviceView view = world.comm.view(a, at(9));
  EXPECT_EQ(view.polls_waiting, 1u);
  EXPECT_EQ(view.polls_skipped, 8u);
}

TEST(Comm, FirstPollsAreSpreadOverAtMostOneSecond) {
  std::vector<DeviceRule> devices;
  std::vector<CommRule> comms;
  for (std::uint32_t i = 0; i < 200; ++i) {
    comms.push_back({"L" + std::to_string(i)});
    devices.push_back(device("ups-" + std::to_string(i), {CommId{i}}));
    devices.back().poll_interval = std::chrono::seconds(30);
  }
  World world(comms, devices);
  world.advance(0.5);
  EXPECT_NEAR(static_cast<double>(world.sends().size()), 100, 20);
  world.advance(1.0);
  EXPECT_EQ(world.sends().size(), 200u);
}

TEST(Comm, MissedSchedulesAreNotFiredInABurst) {
  auto rule = device("ups-a", {l1});
  rule.poll_interval = std::chrono::seconds(1);
  World world({{"L1"}}, {rule});
  world.advance(0);
  world.answer(0.1);
  world.advance(3600);
  world.answer(3600.1);
  EXPECT_EQ(world.sends().size(), 2u);
}

TEST(Comm, AControlInFlightEndsWhenItsCommDeviceIsDisabled) {
  World world(three_lines(), {device("ups-a", {l1, l2})});
  world.ask(10, a, 1, PollClass::control);
  world.comm.comm_state(l1, CommState::disabled, at(10.5), world.out);
  world.advance(10.5);
  ASSERT_EQ(world.out.results.size(), 1u);
  EXPECT_EQ(world.out.results[0].result, PollResult::failed);
  EXPECT_EQ(world.out.results[0].path, p1);
  EXPECT_EQ(world.all<CancelMessage>().size(), 1u);
  EXPECT_EQ(world.sends().size(), 1u);
  EXPECT_EQ(world.comm.active(a), p2);
}

TEST(Comm, DisablingDuringTheMessageDelaySendsNothing) {
  auto rule = device("ups-a", {l1});
  rule.paths[0].message_delay = std::chrono::seconds(2);
  World world({{"L1"}}, {rule});
  world.ask(10, a, 1);
  world.comm.comm_state(l1, CommState::disabled, at(11), world.out);
  world.advance(20);
  EXPECT_TRUE(world.sends().empty());
  ASSERT_EQ(world.out.results.size(), 1u);
  EXPECT_EQ(world.out.results[0].result, PollResult::failed);
}

TEST(Comm, AManualOverrideInAutomaticModeEndsWithRetryPrimary) {
  auto rule = device("ups-a", {l1, l2});
  rule.paths[1].retry_primary = std::chrono::seconds(20);
  World world(three_lines(), {rule});
  const auto text = world.comm.select_path(a, p2, at(5), world.out);
  ASSERT_TRUE(text);
  EXPECT_EQ(*text, "ups-a moved from its primary path (L1) to its first failover path (L2)");
  EXPECT_TRUE(world.comm.automatic(a));
  world.ask(25, a, 1);
  EXPECT_EQ(world.comm.active(a), p2) << "20 s are not more than 20 s";
  world.answer(25.1);
  world.ask(25.2, a, 2);
  EXPECT_EQ(world.comm.active(a), p1);
}

TEST(Comm, AutomaticModeSwitchedOffOnAnAlternateStaysThere) {
  auto rule = device("ups-a", {l1, l2});
  rule.paths[1].retry_primary = Duration::zero();
  World world(three_lines(), {rule});
  (void)world.comm.select_path(a, p2, at(5), world.out);
  world.comm.set_auto(a, false, at(6), world.out);
  world.ask(10, a, 1);
  world.advance(11);
  EXPECT_EQ(world.comm.active(a), p2);
  (void)world.comm.select_path(a, std::nullopt, at(12), world.out);
  world.ask(13, a, 2);
  EXPECT_EQ(world.comm.active(a), p1);
}

TEST(Comm, SelectingWhatCannotBeUsedIsRefusedWithTheReason) {
  World world(three_lines(), {device("ups-a", {l1, l2})});
  world.comm.comm_state(l2, CommState::out_of_service, at(1), world.out);
  const auto refused = world.comm.select_path(a, p2, at(2), world.out);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(),
            "ups-a stays on its primary path (L1): comm device L2 is out of service");
  const auto absent = world.comm.select_path(a, PathRank{3}, at(2), world.out);
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error(), "ups-a stays on its primary path (L1): it has no path 3, only 1 to 2");
}

TEST(Comm, AMoveDoesNotDoubleTheScheduledPollThatWaits) {
  auto rule = device("ups-a", {l1, l2});
  rule.poll_interval = std::chrono::seconds(1);
  World world(three_lines(), {rule});
  world.advance(0);
  (void)world.comm.select_path(a, p2, at(0.5), world.out);
  for (int tenth = 5; tenth <= 60; ++tenth) world.advance(tenth / 10.0);
  EXPECT_LE(world.comm.view(a, at(6)).polls_waiting, 1u);
  EXPECT_EQ(world.comm.view(a, at(6)).polls_skipped, 0u);
}

}  // namespace
}  // namespace nightwatt::core

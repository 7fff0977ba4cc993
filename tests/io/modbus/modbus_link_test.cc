#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "rack/modbus_server.h"
#include "tests/io/modbus/modbus_story.h"
#include "tests/peers/black_hole.h"

// The link against the rack's server on loopback: each step of a conversation failing once.
namespace nightwatt::io {
namespace {

using rack::ModbusFault;
using rack::ModbusServer;
using rack::SimulatedUps;

class ModbusLinkTcp : public testing::Test {
 protected:
  ModbusStory story;
  SimulatedUps ups;
  SimulatedUps other;
  ModbusServer server{story.io, {.slow_delay = Duration(60), .drip_delay = Duration(0)}};
  std::string prefix = "plc-1 (127.0.0.1:" + std::to_string(server.port()) + "): ";

  ModbusLinkTcp() {
    server.add(1, ups);
    server.add(2, other);
    story.open(server.port());
  }
};

TEST_F(ModbusLinkTcp, ConnectsAtTheFirstPollAndKeepsTheConnection) {
  story.settle();
  EXPECT_EQ(server.stats().accepted, 0u);
  for (int poll = 0; poll < 5; ++poll) EXPECT_EQ(story.poll(), "replied OL 100");
  EXPECT_EQ(server.stats().accepted, 1u);
  const auto stats = story.link->stats();
  EXPECT_EQ(stats.connects, 1u);
  EXPECT_EQ(stats.requests, 5u);
  EXPECT_EQ(stats.replies, 5u);
  EXPECT_EQ(stats.failures, 0u);
  EXPECT_EQ(stats.bytes_out, 5 * 12u);
  EXPECT_EQ(stats.bytes_in, 5 * (9u + 2 * 18));
  EXPECT_TRUE(stats.connected);
}

TEST_F(ModbusLinkTcp, AConnectionIsMadeAheadAndTheFirstPollUsesIt) {
  story.link->prepare();
  ASSERT_TRUE(story.until([&] { return story.link->stats().connected; }));
  EXPECT_EQ(story.link->stats().requests, 0u);
  story.link->prepare();  // again: nothing
  EXPECT_EQ(story.poll(), "replied OL 100");
  EXPECT_EQ(story.link->stats().connects, 1u);
  story.link->close();
  story.link->prepare();
  EXPECT_EQ(story.poll(), "replied OL 100") << "it waits for the one that is being made";
  EXPECT_EQ(story.link->stats().connects, 2u);
}

TEST_F(ModbusLinkTcp, OneMadeAheadThatFailsIsNobodysFailure) {
  server.set_fault(ModbusFault::down);
  story.link->prepare();
  ASSERT_TRUE(story.until([&] { return story.link->stats().connect_failures == 1; }));
  story.settle();
  EXPECT_TRUE(story.events.empty());
  server.set_fault(ModbusFault::none);
  EXPECT_EQ(story.poll(), "replied OL 100");
}

// What the engine gives up itself ends as unknown, and goes over no other path.
TEST_F(ModbusLinkTcp, AnOrderThatJoinsAConnectionMadeAheadKeepsItsOwnLimit) {
  const peers::BlackHole hole;
  story.open(hole.port());
  story.link->prepare();
  story.settle();
  const auto start = std::chrono::steady_clock::now();
  const Transaction sent =
      story.order(ControlKind::command, "beeper.disable", "", "1", Duration(300));
  ASSERT_TRUE(story.answered(1));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(2));
  EXPECT_EQ(ModbusStory::text(story.events.back(), sent),
            "timed_out (not sent): plc-1 (127.0.0.1:" + std::to_string(hole.port()) +
                "): no connection in 300 ms");
}

TEST_F(ModbusLinkTcp, OneMadeAheadThatWasClosedBeforeItsUseIsReplaced) {
  story.link->prepare();
  ASSERT_TRUE(story.until([&] { return story.link->stats().connected; }));
  server.drop_connections();
  EXPECT_EQ(story.poll(), "replied OL 100");
}

TEST_F(ModbusLinkTcp, SeesWhatTheUpsDoes) {
  ASSERT_EQ(story.plan.messages.size(), 1u);
  ups.set_feed(false);
  ups.set_charge(42);
  ASSERT_EQ(story.poll(), "replied OB 42");
  const auto& values = std::get<MessageReplied>(story.events.back()).reading.values;
  EXPECT_NEAR(*values.get(Variable::battery_runtime), ups.runtime_s(), 1);
  EXPECT_FLOAT_EQ(static_cast<float>(*values.get(Variable::ups_temperature)), 28.5f);
  EXPECT_FLOAT_EQ(static_cast<float>(*values.get(Variable::output_voltage)), 230.0f);
}

TEST_F(ModbusLinkTcp, ReadsEachUnitBehindTheConnection) {
  other.set_charge(7);
  EXPECT_EQ(story.poll("1"), "replied OL 100");
  EXPECT_EQ(story.poll("2"), "replied OL 7");
  EXPECT_EQ(story.poll("3"), "timed_out: " + prefix +
                                 "unit 3: exception 11 (gateway target device failed to respond) "
                                 "reading input 30001..30018");
  EXPECT_EQ(server.stats().accepted, 1u);
}

TEST_F(ModbusLinkTcp, ARefusedConnectionIsOneFailureAndNothingWasSent) {
  server.set_fault(ModbusFault::down);
  EXPECT_EQ(story.poll(), "unreachable (not sent): " + prefix + "connection refused");
  EXPECT_EQ(story.link->stats().connect_failures, 1u);
  server.set_fault(ModbusFault::none);
  EXPECT_EQ(story.poll(), "replied OL 100");
}

TEST_F(ModbusLinkTcp, AnExceptionOfTheDeviceProvesThePath) {
  const auto says = [&](const std::string& what) {
    return "refused by it: " + prefix + "unit 1: " + what + " reading input 30001..30018";
  };
  server.set_fault(ModbusFault::illegal_address);
  EXPECT_EQ(story.poll(), says("exception 2 (illegal data address)"));
  server.set_fault(ModbusFault::busy);
  EXPECT_EQ(story.poll(), says("exception 6 (server device busy)"));
  EXPECT_EQ(story.link->stats().failures, 0u);
  EXPECT_EQ(server.stats().accepted, 1u);
}

TEST_F(ModbusLinkTcp, AnExceptionOfTheGatewayIsAFailureOfThePath) {
  server.set_fault(ModbusFault::gateway_path);
  EXPECT_EQ(story.poll(), "unreachable: " + prefix +
                              "unit 1: exception 10 (gateway path unavailable) reading input "
                              "30001..30018");
  server.set_fault(ModbusFault::none);
  EXPECT_EQ(story.poll(), "replied OL 100");
  EXPECT_EQ(server.stats().accepted, 1u);
}

TEST_F(ModbusLinkTcp, EachBadReplySaysWhatIsWrongAndClosesTheConnection) {
  struct Row {
    ModbusFault fault;
    std::string why;
  };
  const std::vector<Row> rows{
      {ModbusFault::wrong_transaction, "reply with transaction 16385 instead of 1"},
      {ModbusFault::wrong_unit, "reply of unit 2 instead of 1"},
      {ModbusFault::wrong_function, "function 43 instead of function 4"},
      {ModbusFault::wrong_byte_count, "37 bytes of data instead of 36"},
      {ModbusFault::short_frame, "short frame: 35 of 36 bytes of data"},
      {ModbusFault::surplus, "1 bytes behind the data"}};
  for (const Row& row : rows) {
    story.open(server.port());
    server.set_fault(row.fault);
    EXPECT_EQ(story.poll(), "bad_reply: " + prefix + "unit 1: " + row.why);
    EXPECT_FALSE(story.link->stats().connected);
    server.set_fault(ModbusFault::none);
    EXPECT_EQ(story.poll(), "replied OL 100");
  }
  server.set_fault(ModbusFault::garbage);
  EXPECT_TRUE(story.poll().starts_with("bad_reply: " + prefix + "unit 1: protocol "));
}

TEST_F(ModbusLinkTcp, AReplyThatIsCutOffIsAFailureWithTheReason) {
  server.set_fault(ModbusFault::cut_reply);
  EXPECT_EQ(story.poll(), "unreachable: " + prefix +
                              "unit 1: connection closed by the server in the middle of the reply");
  server.set_fault(ModbusFault::reset);
  EXPECT_EQ(story.poll(), "unreachable: " + prefix + "unit 1: connection reset before the reply");
}

TEST_F(ModbusLinkTcp, BytesThatComeOneByOneAreAReply) {
  server.set_fault(ModbusFault::drip);
  EXPECT_EQ(story.poll(), "replied OL 100");
}

TEST_F(ModbusLinkTcp, AbsurdValuesAreMarkedAndTheRestIsTaken) {
  server.set_fault(ModbusFault::lies);
  EXPECT_EQ(story.poll(), "replied OL -");
  const auto& values = std::get<MessageReplied>(story.events.back()).reading.values;
  EXPECT_TRUE(values.rejected(Variable::battery_charge));
  EXPECT_TRUE(values.get(Variable::output_voltage));
}

TEST_F(ModbusLinkTcp, AConnectionThatWasClosedWhileIdleIsReplacedWithoutAFailure) {
  ASSERT_EQ(story.poll(), "replied OL 100");
  server.drop_connections();
  EXPECT_EQ(story.poll(), "replied OL 100");  // before the link has looked at its socket
  EXPECT_EQ(story.link->stats().reconnects, 1u);
  server.drop_connections();
  story.settle();  // and after
  EXPECT_FALSE(story.link->stats().connected);
  EXPECT_EQ(story.poll(), "replied OL 100");
  EXPECT_EQ(story.link->stats().failures, 0u);
}

// --- time-outs ----------------------------------------------------------------------------------

TEST_F(ModbusLinkTcp, ALateReplyIsDroppedAndTheConnectionServesTheNext) {
  ASSERT_EQ(story.poll(), "replied OL 100");
  server.set_fault(ModbusFault::slow);
  story.give_up("1", 20);
  server.set_fault(ModbusFault::none);
  other.set_charge(7);
  EXPECT_EQ(story.poll("2"), "replied OL 7");
  story.settle(100);  // the late one comes
  EXPECT_EQ(story.poll("2"), "replied OL 7");
  EXPECT_EQ(server.stats().accepted, 1u);
  EXPECT_EQ(story.events.size(), 3u);
  EXPECT_EQ(story.link->stats().cancels, 1u);
}

TEST_F(ModbusLinkTcp, AMuteDeviceDoesNotCloseTheGatewayForItsNeighbours) {
  server.set_fault(ModbusFault::mute);
  server.set_faulty_unit(2);
  for (int round = 0; round < 3; ++round) {
    story.give_up("2", 20);
    EXPECT_EQ(story.poll("1"), "replied OL 100");
  }
  EXPECT_EQ(server.stats().accepted, 1u);
}

TEST_F(ModbusLinkTcp, TwoSilencesInARowAreAReasonForANewConnection) {
  ASSERT_EQ(story.poll(), "replied OL 100");
  server.set_fault(ModbusFault::mute);
  story.give_up("1", 20);
  EXPECT_TRUE(story.link->stats().connected);
  story.give_up("1", 20);
  EXPECT_FALSE(story.link->stats().connected);
  server.set_fault(ModbusFault::none);
  EXPECT_EQ(story.poll(), "replied OL 100");
  EXPECT_EQ(server.stats().accepted, 2u);
}

TEST_F(ModbusLinkTcp, GivingUpDuringTheConnectLeavesNothingBehind) {
  const Transaction sent = story.send();
  const Transaction behind = story.send("2");
  story.link->cancel(sent);
  ASSERT_TRUE(story.answered(1));
  EXPECT_EQ(ModbusStory::text(story.events[0], behind),
            "cancelled (not sent): " + prefix + "closed because of the message before");
  EXPECT_EQ(story.poll(), "replied OL 100");
}

TEST_F(ModbusLinkTcp, MessagesThatWaitAreSentInOrderOneAtATime) {
  const Transaction first = story.send("1");
  const Transaction second = story.send("2");
  other.set_charge(7);
  ASSERT_TRUE(story.answered(2));
  EXPECT_EQ(ModbusStory::text(story.events[0], first), "replied OL 100");
  EXPECT_EQ(ModbusStory::text(story.events[1], second), "replied OL 7");
}

TEST_F(ModbusLinkTcp, CloseForgetsEverythingAndTheLinkCanBeUsedAgain) {
  story.send("1");
  story.send("2");
  story.link->close();
  story.settle();
  EXPECT_TRUE(story.events.empty());
  EXPECT_EQ(story.poll(), "replied OL 100");
}

TEST_F(ModbusLinkTcp, TheSinkMaySendAgainAndMayLetGoOfTheLink) {
  int left = 5;
  story.on_event = [&](const Event&) {
    if (--left > 0) story.send();
    if (left == 0) story.link.reset();
  };
  story.send();
  ASSERT_TRUE(story.answered(5));
  story.settle();
  EXPECT_EQ(story.events.size(), 5u);
}

TEST_F(ModbusLinkTcp, WhatCannotBeAskedIsRefusedWithoutASingleByte) {
  const auto unit = [&](const std::string& text, const std::string& range) {
    return "refused (not sent): " + prefix + "unit '" + text + "' is none: it is a number from " +
           range;
  };
  EXPECT_EQ(story.poll("ups1"), unit("ups1", "0 to 255"));
  EXPECT_EQ(story.poll("256"), unit("256", "0 to 255"));
  story.open(server.port(), ModbusFraming::rtu_over_tcp);
  EXPECT_EQ(story.poll("248"), unit("248", "1 to 247"));
  EXPECT_EQ(story.poll(""), unit("", "1 to 247"));
  story.link->send({.transaction = Transaction{99}}, {.unit = "1"});
  ASSERT_TRUE(story.answered(5));
  EXPECT_EQ(ModbusStory::text(story.events.back(), Transaction{99}),
            "refused (not sent): " + prefix + "this path has no profile");
  EXPECT_EQ(server.stats().accepted, 0u);
}

}  // namespace
}  // namespace nightwatt::io

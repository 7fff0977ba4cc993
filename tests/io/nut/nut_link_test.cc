#include <gtest/gtest.h>

#include <boost/asio/ip/tcp.hpp>
#include <string>
#include <vector>

#include "rack/nut_server.h"
#include "tests/io/nut/link_story.h"

// The link against the rack's server on loopback: each step of a conversation failing once.
namespace nightwatt::io {
namespace {

using rack::Fault;
using rack::NutServer;
using rack::SimulatedUps;

class NutLink : public testing::Test {
 protected:
  LinkStory story;
  SimulatedUps ups;
  NutServer server{story.io, {.drip_delay = Duration(0)}};
  std::string prefix = "nut-a1 (127.0.0.1:" + std::to_string(server.port()) + "): ";

  NutLink() {
    server.add(ups, "ups1");
    story.open(server.port());
  }
};

TEST_F(NutLink, ConnectsAtTheFirstPollAndKeepsTheConnection) {
  story.settle();
  EXPECT_EQ(server.stats().accepted, 0u);
  for (int poll = 0; poll < 5; ++poll) EXPECT_EQ(story.poll(), "replied OL 100");
  EXPECT_EQ(server.stats().accepted, 1u);
  const auto stats = story.link->stats();
  EXPECT_EQ(stats.connects, 1u);
  EXPECT_EQ(stats.requests, 5u);
  EXPECT_EQ(stats.replies, 5u);
  EXPECT_EQ(stats.failures, 0u);
  EXPECT_EQ(stats.bytes_out, 5 * std::string("LIST VAR ups1\n").size());
  EXPECT_GT(stats.bytes_in, 5 * 400u);
  EXPECT_TRUE(stats.connected);
}

TEST_F(NutLink, SeesWhatTheUpsDoes) {
  EXPECT_EQ(story.poll(), "replied OL 100");
  ups.set_feed(false);
  ups.set_charge(42);
  EXPECT_EQ(story.poll(), "replied OB 42");
}

TEST_F(NutLink, ARefusedConnectionIsOneFailureWithTheAddress) {
  server.set_fault(Fault::down);
  EXPECT_EQ(story.poll(), "unreachable: " + prefix + "connection refused");
  EXPECT_EQ(story.link->stats().connect_failures, 1u);
  server.set_fault(Fault::none);
  EXPECT_EQ(story.poll(), "replied OL 100");
}

TEST_F(NutLink, AnUnknownNameIsOneFailure) {
  const std::string host(70, 'x');  // no label of a name is so long: fails without asking anybody
  story.open({.name = "nut-a1", .host = host});
  const std::string got = story.poll();
  EXPECT_TRUE(got.starts_with("unreachable: nut-a1 (" + host + ":3493): name not found: ")) << got;
}

TEST_F(NutLink, ANameIsLookedUpAndEachOfItsAddressesTried) {
  story.open({.name = "nut-a1", .host = "localhost", .port = server.port()});
  EXPECT_EQ(story.poll(), "replied OL 100");
  story.link->close();
  EXPECT_EQ(story.poll(), "replied OL 100");
}

TEST_F(NutLink, Ipv6AddressesAreWrittenInBrackets) {
  story.open({.name = "nut-a1", .host = "::1", .port = server.port()});
  const std::string got = story.poll();
  EXPECT_TRUE(
      got.starts_with("unreachable: nut-a1 ([::1]:" + std::to_string(server.port()) + "): "))
      << got;
}

// A listener whose queue is full: further SYNs are dropped, as by a host that is not there.
TEST_F(NutLink, AHostThatDoesNotAnswerCostsTheTimeoutAndNoMore) {
  using boost::asio::ip::tcp;
  tcp::acceptor full(story.io, tcp::v4());
  full.bind({boost::asio::ip::address_v4::loopback(), 0});
  full.listen(0);
  std::vector<tcp::socket> fillers;
  for (int i = 0; i < 4; ++i) {
    fillers.emplace_back(story.io).async_connect(full.local_endpoint(), [](const auto&) {});
  }
  story.settle();
  const auto port = full.local_endpoint().port();
  story.open(port);
  EXPECT_EQ(story.poll("ups1", Duration(100)),
            "timed_out: nut-a1 (127.0.0.1:" + std::to_string(port) + "): no connection in 100 ms");
  EXPECT_EQ(story.link->stats().connect_failures, 1u);
}

TEST_F(NutLink, ErrorRepliesLeaveTheConnectionOpen) {
  ASSERT_EQ(story.poll(), "replied OL 100");
  server.set_fault(Fault::stale);
  EXPECT_EQ(story.poll(),
            "data_stale: " + prefix + "ups1: ERR DATA-STALE: the driver has stopped reporting");
  server.set_fault(Fault::driver_gone);
  EXPECT_EQ(story.poll(),
            "driver_down: " + prefix +
                "ups1: ERR DRIVER-NOT-CONNECTED: the driver of this UPS is not running");
  server.set_fault(Fault::unknown_ups);
  EXPECT_EQ(story.poll(),
            "refused: " + prefix + "ups1: ERR UNKNOWN-UPS: the server has no UPS of that name");
  server.set_fault(Fault::none);
  EXPECT_EQ(story.poll(), "replied OL 100");
  EXPECT_EQ(server.stats().accepted, 1u);
}

TEST_F(NutLink, WhatIsNotTheProtocolClosesTheConnection) {
  const auto bad = [&](const std::string& why) { return "bad_reply: " + prefix + "ups1: " + why; };
  server.set_fault(Fault::wrong_ups);
  EXPECT_EQ(story.poll(), bad("the list of another UPS: another"));
  EXPECT_FALSE(story.link->stats().connected);
  server.set_fault(Fault::garbage);
  EXPECT_TRUE(story.poll().starts_with(bad("")));
  server.set_fault(Fault::flood);
  EXPECT_EQ(story.poll(), bad("a reply of more than 8192 lines"));
  server.set_fault(Fault::long_line);
  EXPECT_EQ(story.poll(), bad("the reply has a line of more than 2048 bytes"));
  server.set_fault(Fault::none);
  EXPECT_EQ(story.poll(), "replied OL 100");
  EXPECT_EQ(server.stats().accepted, 5u);
}

TEST_F(NutLink, AReplyThatIsCutOffIsAFailure) {
  server.set_fault(Fault::cut_reply);
  EXPECT_EQ(story.poll(), "unreachable: " + prefix +
                              "connection closed by the server in the middle of the reply");
  server.set_fault(Fault::reset_at_login);
  EXPECT_EQ(story.poll(), "unreachable: " + prefix + "connection reset before the reply");
  server.set_fault(Fault::none);
  EXPECT_EQ(story.poll(), "replied OL 100");
}

TEST_F(NutLink, LiesArriveAsAReadingWithoutThem) {
  server.set_fault(Fault::lies);
  EXPECT_EQ(story.poll(), "replied OL -");
  const auto& values = std::get<MessageReplied>(story.events.back()).reading.values;
  EXPECT_TRUE(values.rejected(Variable::battery_charge));
  EXPECT_TRUE(values.rejected(Variable::battery_runtime));
  EXPECT_TRUE(values.rejected(Variable::ups_load));
}

TEST_F(NutLink, ASlowReplyIsReadByteForByte) {
  server.set_fault(Fault::drip);
  server.drop_connections();
  EXPECT_EQ(story.poll(), "replied OL 100");
}

// --- silence ------------------------------------------------------------------------------------

TEST_F(NutLink, SilenceEndsWhenTheEngineCancels) {
  for (const Fault fault : {Fault::mute, Fault::half_line}) {
    server.set_fault(fault);
    const Transaction hung = story.send();
    const auto asked = server.stats().requests;
    ASSERT_TRUE(story.until([&] { return server.stats().requests > asked; }));
    story.settle();
    EXPECT_TRUE(story.events.empty());
    story.link->cancel(hung);
    EXPECT_FALSE(story.link->stats().connected);
    story.settle();
    EXPECT_TRUE(story.events.empty());  // a cancelled message has no event
    EXPECT_EQ(server.stats().connections, 0u);
  }
  server.set_fault(Fault::none);
  EXPECT_EQ(story.poll(), "replied OL 100");
}

TEST_F(NutLink, AReplyThatComesAfterTheCancelIsNotTakenForTheNext) {
  server.set_fault(Fault::mute);
  const Transaction hung = story.send();
  ASSERT_TRUE(story.until([&] { return server.stats().requests == 1; }));
  server.set_fault(Fault::none);  // too late for the first request; the connection is gone anyway
  story.link->cancel(hung);
  ups.set_feed(false);
  EXPECT_EQ(story.poll(), "replied OB 100");
  EXPECT_EQ(server.stats().accepted, 2u);
}

TEST_F(NutLink, CancelBeforeTheConnectionIsUp) {
  const Transaction early = story.send();
  story.link->cancel(early);
  story.settle();
  EXPECT_TRUE(story.events.empty());
  EXPECT_EQ(story.poll(), "replied OL 100");
}

TEST_F(NutLink, AFailureThatWasNotToldYetIsCancelledToo) {
  story.link->cancel(story.send("not\na name"));
  story.settle();
  EXPECT_TRUE(story.events.empty());
}

TEST_F(NutLink, CancellingSomethingUnknownChangesNothing) {
  ASSERT_EQ(story.poll(), "replied OL 100");
  story.link->cancel(Transaction{999});
  EXPECT_EQ(story.poll(), "replied OL 100");
  EXPECT_EQ(server.stats().accepted, 1u);
}

// --- connections that end between polls ---------------------------------------------------------

TEST_F(NutLink, AnIdleConnectionThatTheServerClosedIsReplacedUnseen) {
  ASSERT_EQ(story.poll(), "replied OL 100");
  server.drop_connections();
  story.settle();
  EXPECT_FALSE(story.link->stats().connected);  // noticed at once
  EXPECT_EQ(story.poll(), "replied OL 100");
  EXPECT_EQ(story.events.size(), 2u);
}

TEST_F(NutLink, AConnectionFoundClosedAtSendTimeIsReplacedOnce) {
  ASSERT_EQ(story.poll(), "replied OL 100");
  server.drop_connections();  // the loop has not run: the link cannot know yet
  EXPECT_EQ(story.poll(), "replied OL 100");
  EXPECT_EQ(story.link->stats().reconnects, 1u);
  EXPECT_EQ(story.link->stats().requests, 3u);
  EXPECT_EQ(story.link->stats().failures, 0u);
}

TEST_F(NutLink, ButNotASecondTime) {
  ASSERT_EQ(story.poll(), "replied OL 100");
  server.set_fault(Fault::reset_at_login);
  EXPECT_EQ(story.poll(), "unreachable: " + prefix + "connection reset before the reply");
  EXPECT_EQ(server.stats().accepted, 2u);
}

TEST_F(NutLink, AServerThatWentAwayIsRefusedNotReconnected) {
  ASSERT_EQ(story.poll(), "replied OL 100");
  server.set_fault(Fault::down);
  EXPECT_EQ(story.poll(), "unreachable: " + prefix + "connection refused");
}

// --- several devices on one connection ----------------------------------------------------------

TEST_F(NutLink, TwoUpsesShareTheConnectionInOrder) {
  SimulatedUps other;
  other.set_charge(50);
  server.add(other, "ups2");
  std::vector<Transaction> sent{story.send("ups1"), story.send("ups2"), story.send("UPS1"),
                                story.send("ups2")};
  ASSERT_TRUE(story.answered(4));
  EXPECT_EQ(LinkStory::text(story.events[0], sent[0]), "replied OL 100");
  EXPECT_EQ(LinkStory::text(story.events[1], sent[1]), "replied OL 50");
  EXPECT_EQ(LinkStory::text(story.events[2], sent[2]), "replied OL 100");
  EXPECT_EQ(LinkStory::text(story.events[3], sent[3]), "replied OL 50");
  EXPECT_EQ(server.stats().accepted, 1u);
}

TEST_F(NutLink, AHungServerCostsOneTimeoutForAllOfThem) {
  server.set_fault(Fault::mute);
  const Transaction hung = story.send("ups1");
  const Transaction second = story.send("ups2");
  const Transaction third = story.send("ups3");
  ASSERT_TRUE(story.until([&] { return server.stats().requests == 1; }));
  story.link->cancel(hung);
  EXPECT_TRUE(story.events.empty());  // never from inside a call
  ASSERT_TRUE(story.answered(2));
  story.settle();
  ASSERT_EQ(story.events.size(), 2u);
  const std::string why = "cancelled: " + prefix + "closed because of the message before";
  EXPECT_EQ(LinkStory::text(story.events[0], second), why);
  EXPECT_EQ(LinkStory::text(story.events[1], third), why);
}

TEST_F(NutLink, ACancelledMessageInTheQueueLeavesTheOthersAlone) {
  const Transaction first = story.send("ups1");
  const Transaction second = story.send("ups1");
  const Transaction third = story.send("ups1");
  story.link->cancel(second);
  ASSERT_TRUE(story.answered(2));
  story.settle();
  ASSERT_EQ(story.events.size(), 2u);
  EXPECT_EQ(LinkStory::text(story.events[0], first), "replied OL 100");
  EXPECT_EQ(LinkStory::text(story.events[1], third), "replied OL 100");
}

TEST_F(NutLink, ADeadServerEndsTheQueueWithOneReason) {
  server.set_fault(Fault::down);
  const Transaction first = story.send();
  const Transaction second = story.send();
  ASSERT_TRUE(story.answered(2));
  EXPECT_EQ(LinkStory::text(story.events[0], first),
            "unreachable: " + prefix + "connection refused");
  EXPECT_EQ(LinkStory::text(story.events[1], second),
            "cancelled: " + prefix + "closed because of the message before");
}

TEST_F(NutLink, TheSinkMaySendAndCancelAndClose) {
  int polls = 0;
  story.on_event = [&](const Event&) {
    if (++polls < 20) story.send();
    if (polls == 5) server.set_fault(Fault::down);
    if (polls == 6) server.set_fault(Fault::none);
    if (polls == 10) story.link->cancel(Transaction{story.last});
    if (polls == 10) story.send();
    if (polls == 15) story.link->close();
    if (polls == 15) story.send();
  };
  story.send();
  ASSERT_TRUE(story.until([&] { return polls == 20; }));
  story.settle();
  EXPECT_EQ(polls, 20);
}

// --- who we are ---------------------------------------------------------------------------------

class NutLogin : public testing::Test {
 protected:
  LinkStory story;
  SimulatedUps ups;
  NutServer server{story.io, {.username = "mon", .password = "se \"cret\""}};
  std::string prefix = "nut-a1 (127.0.0.1:" + std::to_string(server.port()) + "): ";

  NutLogin() { server.add(ups, "ups1"); }
  void open(const std::string& password, bool login) {
    story.open({.name = "nut-a1",
                .host = "127.0.0.1",
                .port = server.port(),
                .username = "mon",
                .password = password,
                .login = login});
  }
};

TEST_F(NutLogin, UserAndPasswordComeFirstAndOnce) {
  open("se \"cret\"", false);
  EXPECT_EQ(story.poll(), "replied OL 100");
  EXPECT_EQ(story.poll(), "replied OL 100");
  EXPECT_EQ(server.stats().requests, 4u);
}

TEST_F(NutLogin, LoginAttachesOncePerConnection) {
  open("se \"cret\"", true);
  EXPECT_EQ(story.poll(), "replied OL 100");
  EXPECT_EQ(story.poll(), "replied OL 100");
  EXPECT_EQ(server.stats().requests, 5u);
  server.drop_connections();
  EXPECT_EQ(story.poll(), "replied OL 100");
  EXPECT_EQ(server.stats().accepted, 2u);
}

TEST_F(NutLogin, AWrongPasswordShowsAtLogin) {
  open("wrong", true);
  EXPECT_EQ(story.poll(), "unauthorised: " + prefix +
                              "ERR ACCESS-DENIED: user, password or address is not allowed");
  EXPECT_FALSE(story.link->stats().connected);
  open("wrong", false);
  EXPECT_EQ(story.poll(), "replied OL 100");  // upsd never looked at it
}

TEST_F(NutLogin, EachStepCanFail) {
  open("se \"cret\"", true);
  server.set_fault(Fault::refuse_login);
  EXPECT_TRUE(story.poll().starts_with("unauthorised: " + prefix + "ERR ACCESS-DENIED"));
  server.set_fault(Fault::reset_at_login);
  EXPECT_EQ(story.poll(), "unreachable: " + prefix + "connection reset before the reply");
  server.set_fault(Fault::mute);
  const Transaction hung = story.send();
  const auto asked = server.stats().requests;
  ASSERT_TRUE(story.until([&] { return server.stats().requests > asked; }));
  story.link->cancel(hung);
  server.set_fault(Fault::none);
  EXPECT_EQ(story.poll(), "replied OL 100");
}

TEST_F(NutLogin, APasswordThatNutCannotCarryIsNeverSent) {
  open("caf\xc3\xa9", false);
  EXPECT_EQ(story.poll(), "unauthorised: " + prefix +
                              "user name or password has characters that NUT cannot carry");
  EXPECT_EQ(server.stats().accepted, 0u);
}

TEST_F(NutLogin, ANameThatIsNoNameIsRefused) {
  open("", false);
  const std::string why = "refused: " + prefix + "not a NUT name for a UPS";
  EXPECT_EQ(story.poll("a\nLIST UPS"), why);
  EXPECT_EQ(story.poll(""), why);
}

}  // namespace
}  // namespace nightwatt::io

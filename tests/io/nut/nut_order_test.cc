#include <gtest/gtest.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <string>
#include <vector>

#include "tests/io/nut/link_story.h"
#include "tests/peers/real_upsd.h"

// Instant commands and variable writes: against Debian's upsd, and against a server that dies or
// lies at each step. What must never happen: an order that is sent twice, and an outcome that says
// more than is known.
namespace nightwatt::io {
namespace {

using peers::RealUpsd;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

ControlOrder command(std::string name, std::string parameter = "") {
  ControlOrder order;
  order.kind = ControlKind::command;
  order.name = std::move(name);
  order.value = std::move(parameter);
  return order;
}
ControlOrder write(std::string name, std::string value) {
  ControlOrder order = command(std::move(name), std::move(value));
  order.kind = ControlKind::write;
  return order;
}

// "done", "refused: ...", "not sent: ..." or "unknown: ..."
std::string text_of(const Event& event) {
  if (std::holds_alternative<MessageReplied>(event)) return "done";
  if (const auto* refused = std::get_if<MessageRefused>(&event)) return "refused: " + refused->text;
  const auto* failed = std::get_if<MessageFailed>(&event);
  if (failed == nullptr) return "another event";
  return (failed->not_sent ? "not sent: " : "unknown: ") + failed->text;
}

struct OrderStory : LinkStory {
  Transaction give(ControlOrder order, const std::string& unit = "ups1") {
    const Transaction transaction{++last};
    link->send({.transaction = transaction,
                .timeout = Duration(5'000),
                .order = std::make_shared<const ControlOrder>(std::move(order))},
               {.unit = unit});
    return transaction;
  }
  std::string order(ControlOrder order, const std::string& unit = "ups1") {
    const std::size_t before = events.size();
    give(std::move(order), unit);
    if (!answered(before + 1)) return "no answer";
    return text_of(events.back());
  }
};

class RealNutOrder : public testing::Test {
 protected:
  OrderStory story;
  std::optional<RealUpsd> upsd;
  std::string prefix;

  void SetUp() override {
    if (const std::string why = RealUpsd::missing(); !why.empty()) GTEST_SKIP() << why;
    upsd.emplace(RealUpsd::Settings{.upses = {"ups1", "ups2"}});
    upsd->take_orders("ups1");
    prefix = "nut-a1 (127.0.0.1:" + std::to_string(upsd->port()) + "): ups1: ";
    open("admin", "adminpw");
  }
  void open(const std::string& user, const std::string& password) {
    story.open({.name = "nut-a1",
                .host = "127.0.0.1",
                .port = upsd->port(),
                .username = user,
                .password = password});
  }
  bool orders_arrived(std::size_t count) {
    return story.until([&] {
      story.settle(5);
      return upsd->orders("ups1").size() >= count;
    });
  }
};

TEST_F(RealNutOrder, IsDoneWhenTheDriverSaysSo) {
  EXPECT_EQ(story.order(command("test.battery.start")), "done");
  EXPECT_EQ(story.order(command("load.off", "120")), "done");
  EXPECT_EQ(story.order(write("ups.delay.shutdown", "30")), "done");
  EXPECT_THAT(upsd->orders("ups1"),
              ElementsAre("INSTCMD test.battery.start", "INSTCMD load.off 120",
                          "SET ups.delay.shutdown \"30\""));
  EXPECT_EQ(story.poll(), "replied OL 100");
  EXPECT_EQ(story.link->stats().connects, 1u);
}

TEST_F(RealNutOrder, WaitsForTheDriverAndSendsOnce) {
  upsd->take_orders("ups1", -1);
  story.give(command("test.battery.start"));
  ASSERT_TRUE(orders_arrived(1));
  story.settle(200);  // it asks again and again, and gives the order once
  EXPECT_TRUE(story.events.empty());
  upsd->finish_order("ups1", 0);
  ASSERT_TRUE(story.answered(1));
  EXPECT_EQ(text_of(story.events[0]), "done");
  EXPECT_EQ(upsd->orders("ups1").size(), 1u);
}

TEST_F(RealNutOrder, WhatTheDriverRefusesIsRefusedAndWhatItCannotTellIsUnknown) {
  upsd->take_orders("ups1", 3);
  EXPECT_EQ(story.order(command("load.off")),
            "refused: " + prefix + "ERR FAILED: the command failed");
  upsd->take_orders("ups1", 2);
  EXPECT_EQ(story.order(command("load.off")),
            "refused: " + prefix +
                "ERR INVALID-ARGUMENT: the server does not take the request's arguments");
  upsd->take_orders("ups1", 1);
  EXPECT_EQ(story.order(command("load.off")),
            "unknown: " + prefix + "ERR UNKNOWN: the command's result is unknown");
  EXPECT_EQ(story.link->stats().connects, 1u);
}

TEST_F(RealNutOrder, WhatUpsdRefusesNeverReachesTheDriver) {
  EXPECT_EQ(story.order(command("shutdown.return")),
            "refused: " + prefix + "ERR CMD-NOT-SUPPORTED: the UPS has no such command");
  EXPECT_EQ(story.order(write("no.such.variable", "1")),
            "refused: " + prefix + "ERR VAR-NOT-SUPPORTED: the UPS has no such variable");
  EXPECT_EQ(story.order(write("battery.charge", "1")),
            "refused: " + prefix + "ERR READONLY: the variable cannot be set");
  EXPECT_EQ(story.order(write("ups.delay.shutdown", "123456789")),
            "refused: " + prefix + "ERR TOO-LONG: the value is too long");
  EXPECT_EQ(story.order(write("input.sensitivity", "medium")),
            "refused: " + prefix + "ERR INVALID-VALUE: the value is not one of those allowed");
  EXPECT_THAT(story.order(command("load.off"), "nobody"), testing::HasSubstr("ERR UNKNOWN-UPS"));
  EXPECT_THAT(upsd->orders("ups1"), IsEmpty());
  EXPECT_EQ(story.link->stats().connects, 1u);
}

TEST_F(RealNutOrder, NeedsAUserWhoMay) {
  open("mute", "mutepw");
  EXPECT_EQ(story.order(command("beeper.mute")), "done");
  const std::string denied =
      "refused: " + prefix + "ERR ACCESS-DENIED: user, password or address is not allowed";
  EXPECT_EQ(story.order(command("load.off")), denied);
  EXPECT_EQ(story.order(write("ups.delay.shutdown", "30")), denied);
  open("admin", "wrong");
  EXPECT_EQ(story.order(command("load.off")), denied);
  open("", "");
  EXPECT_EQ(story.order(command("load.off")),
            "refused: " + prefix + "ERR USERNAME-REQUIRED: a user name is needed");
  EXPECT_THAT(upsd->orders("ups1"), ElementsAre("INSTCMD beeper.mute"));
}

TEST_F(RealNutOrder, AUpsWithoutADriverIsAFailureOfThePathAndNothingWasSent) {
  upsd->set_stale("ups1", true);
  EXPECT_THAT(story.order(command("load.off")),
              StartsWith("not sent: " + prefix + "ERR DATA-STALE"));
  upsd->stop_driver("ups1");
  EXPECT_THAT(story.order(command("load.off")),
              StartsWith("not sent: " + prefix + "ERR DRIVER-NOT-CONNECTED"));
  EXPECT_THAT(upsd->orders("ups1"), IsEmpty());
}

TEST_F(RealNutOrder, AServerThatIsGoneOrRestartedWasSentNothingYet) {
  ASSERT_EQ(story.order(command("beeper.mute")), "done");
  upsd->restart();  // the loop has not run: the link cannot know yet
  upsd->take_orders("ups1");
  EXPECT_EQ(story.order(command("load.off")), "done");
  upsd->kill();
  EXPECT_THAT(story.order(command("load.off")), StartsWith("not sent: "));
  EXPECT_THAT(upsd->orders("ups1"), ElementsAre("INSTCMD beeper.mute", "INSTCMD load.off"));
}

TEST_F(RealNutOrder, AServerThatDiesWhileTheDriverWorksLeavesItUnknown) {
  upsd->take_orders("ups1", -1);
  story.give(command("load.off"));
  ASSERT_TRUE(orders_arrived(1));
  story.settle(50);
  upsd->kill();
  ASSERT_TRUE(story.answered(1));
  EXPECT_THAT(text_of(story.events[0]), StartsWith("unknown: "));
  upsd->start();
  upsd->take_orders("ups1", 0);
  EXPECT_EQ(story.poll(), "replied OL 100");
  EXPECT_EQ(upsd->orders("ups1").size(), 1u);  // and nobody sent it again
}

TEST_F(RealNutOrder, ACancelledOneSaysNothingMore) {
  upsd->take_orders("ups1", -1);
  const Transaction hung = story.give(command("load.off"));
  ASSERT_TRUE(orders_arrived(1));
  story.settle(50);
  story.link->cancel(hung);
  EXPECT_EQ(story.poll(), "replied OL 100");
  upsd->finish_order("ups1", 0);
  story.settle(100);
  EXPECT_EQ(story.events.size(), 1u);
  EXPECT_EQ(story.link->stats().connects, 2u);
}

TEST_F(RealNutOrder, WhatNutCannotCarryIsNotSent) {
  EXPECT_THAT(story.order(command("")), StartsWith("not sent: "));
  EXPECT_THAT(story.order(write("ups.delay.shutdown", "1\n2")), StartsWith("not sent: "));
  EXPECT_THAT(story.order(command("caf\xc3\xa9")), StartsWith("not sent: "));
  EXPECT_THAT(upsd->orders("ups1"), IsEmpty());
}

// --- a server of the test's own: each step of the conversation spoiled once ---------------------

class SpoiledOrder : public testing::Test {
 protected:
  using tcp = boost::asio::ip::tcp;
  OrderStory story;
  tcp::acceptor acceptor{story.io, {boost::asio::ip::address_v4::loopback(), 0}};
  tcp::socket peer{story.io};
  std::vector<std::string> lines{};
  std::string tracking = "OK\n";
  std::string accepted = "OK TRACKING 7\n";
  std::string state = "SUCCESS\n";
  std::array<char, 256> request{};

  SpoiledOrder() {
    accept();
    story.open(acceptor.local_endpoint().port());
  }
  void accept() {
    acceptor.async_accept([this](const auto& ec, tcp::socket socket) {
      if (ec) return;
      peer = std::move(socket);
      answer();
      accept();
    });
  }
  void answer() {
    peer.async_read_some(boost::asio::buffer(request), [this](const auto& ec, std::size_t size) {
      if (ec) return;
      lines.emplace_back(request.data(), size - 1);
      const std::string& line = lines.back();
      const std::string& reply = line == "SET TRACKING ON"          ? tracking
                                 : line.starts_with("GET TRACKING") ? state
                                                                    : accepted;
      boost::system::error_code failed;
      if (reply.empty()) return peer.close(failed), void();
      boost::asio::write(peer, boost::asio::buffer(reply), failed);
      answer();
    });
  }
  long sent() const { return std::ranges::count(lines, "INSTCMD ups1 load.off"); }
};

TEST_F(SpoiledOrder, IsTrackedOncePerConnection) {
  EXPECT_EQ(story.order(command("load.off")), "done");
  EXPECT_EQ(story.order(command("load.off")), "done");
  EXPECT_THAT(lines, ElementsAre("SET TRACKING ON", "INSTCMD ups1 load.off", "GET TRACKING 7",
                                 "INSTCMD ups1 load.off", "GET TRACKING 7"));
}

TEST_F(SpoiledOrder, AServerWithoutTrackingLeavesItUnknown) {
  tracking = "ERR INVALID-ARGUMENT\n";
  accepted = "OK\n";
  EXPECT_THAT(story.order(command("load.off")),
              testing::MatchesRegex("unknown: .*passed to the.*"));
  EXPECT_EQ(sent(), 1);
  EXPECT_TRUE(story.link->stats().connected);
}

TEST_F(SpoiledOrder, AConnectionLostBeforeTheOrderHasSentNothing) {
  tracking = "";
  EXPECT_THAT(story.order(command("load.off")), StartsWith("not sent: "));
  tracking = "OK\nOK\n";
  EXPECT_THAT(story.order(command("load.off")), StartsWith("not sent: "));
  EXPECT_EQ(sent(), 0);
}

TEST_F(SpoiledOrder, AConnectionLostAfterTheOrderLeavesItUnknown) {
  accepted = "";
  EXPECT_THAT(story.order(command("load.off")), StartsWith("unknown: "));
  accepted = "OK TRACKING 7\n";
  state = "";
  EXPECT_THAT(story.order(command("load.off")), StartsWith("unknown: "));
  EXPECT_EQ(sent(), 2);
}

TEST_F(SpoiledOrder, AnAnswerThatIsNoneLeavesItUnknownAndClosesTheConnection) {
  for (const char* lie : {"SUCCESS\n", "OK TRACKING\n", "ERR NEVER-HEARD-OF\n", "OK\nOK\n"}) {
    accepted = lie;
    EXPECT_THAT(story.order(command("load.off")), StartsWith("unknown: ")) << lie;
    EXPECT_FALSE(story.link->stats().connected) << lie;
  }
  accepted = "OK TRACKING 7\n";
  for (const char* lie : {"OK\n", "SUCCESS\nSUCCESS\n", "PENDING\nSUCCESS\n"}) {
    state = lie;
    EXPECT_THAT(story.order(command("load.off")), StartsWith("unknown: ")) << lie;
  }
  EXPECT_EQ(sent(), 7);
}

TEST_F(SpoiledOrder, AServerThatSpeaksWhileWeWaitIsOutOfStep) {
  state = "PENDING\n";
  story.give(command("load.off"));
  // After some rounds the pause is half a second long: what comes now is no answer to a question.
  ASSERT_TRUE(story.until([&] { return lines.size() == 8; }));
  const auto heard = [&] { return story.link->stats().bytes_in; };
  ASSERT_TRUE(story.until([&] { return heard() == 17 + 6 * state.size(); }));
  boost::asio::write(peer, boost::asio::buffer(std::string("SUCCESS\n")));
  ASSERT_TRUE(story.answered(1));
  EXPECT_THAT(text_of(story.events[0]), StartsWith("unknown: "));
}

}  // namespace
}  // namespace nightwatt::io

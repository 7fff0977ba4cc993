#include <gtest/gtest.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <string>
#include <vector>

#include "tests/io/nut/link_story.h"
#include "tests/peers/black_hole.h"

// What has to come before an order fails: it is told in time that nothing was sent, since what the
// engine gives up itself ends as unknown and goes over no other path.
namespace nightwatt::io {
namespace {

using boost::asio::ip::tcp;

constexpr Duration limit{300};

struct UnsentStory : LinkStory {
  // "not sent: ...", or "unknown" when nothing was told before the engine would have given up.
  std::string order() {
    auto order = std::make_shared<ControlOrder>();
    order->kind = ControlKind::command;
    order->name = "load.off";
    const Transaction sent{++last};
    bool gave_up = false;  // of the same loop, so that a slow machine changes no order
    boost::asio::steady_timer engine(io, limit);
    engine.async_wait([&](const auto&) { gave_up = true; });
    link->send({.transaction = sent, .timeout = limit, .order = std::move(order)},
               {.unit = "ups1"});
    EXPECT_TRUE(until([&] { return gave_up || !events.empty(); }));
    engine.cancel();
    settle(0);
    if (events.empty()) return "unknown";
    const auto* failed = std::get_if<MessageFailed>(&events.back());
    if (failed == nullptr || failed->transaction != sent) return "another event";
    EXPECT_EQ(failed->failure, MessageFailure::timed_out);
    return (failed->not_sent ? "not sent: " : "unknown: ") + failed->text;
  }
};

TEST(NutUnsent, AnOrderThatJoinsAConnectionMadeAheadKeepsItsOwnLimit) {
  const peers::BlackHole hole;
  UnsentStory story;
  story.open(hole.port());
  story.link->prepare();
  story.settle();
  EXPECT_EQ(story.order(), "not sent: nut-a1 (127.0.0.1:" + std::to_string(hole.port()) +
                               "): no connection in 300 ms");
}

// Accepts, answers OK to so many lines, and then nothing.
class SilentServer : public testing::Test {
 protected:
  UnsentStory story;
  tcp::acceptor acceptor{story.io, {boost::asio::ip::address_v4::loopback(), 0}};
  tcp::socket peer{story.io};
  std::string prefix =
      "nut-a1 (127.0.0.1:" + std::to_string(acceptor.local_endpoint().port()) + "): ";
  std::array<char, 256> line{};
  int answers = 0;
  bool ended = false;

  void open(bool account) {
    acceptor.async_accept([this](const auto& ec, tcp::socket socket) {
      if (ec) return;
      peer = std::move(socket);
      answer();
    });
    const std::string word = account ? "secret" : "";
    story.open({.name = "nut-a1",
                .host = "127.0.0.1",
                .port = acceptor.local_endpoint().port(),
                .username = word,
                .password = word});
  }
  void answer() {
    peer.async_read_some(boost::asio::buffer(line), [this](const auto& ec, std::size_t) {
      if (ec) {
        ended = true;
        return;
      }
      boost::system::error_code failed;
      if (answers-- > 0) boost::asio::write(peer, boost::asio::buffer("OK\n", 3), failed);
      answer();
    });
  }
};

TEST_F(SilentServer, SaysNothingToTheUser) {
  open(true);
  EXPECT_EQ(story.order(), "not sent: " + prefix + "no answer to USERNAME in 300 ms");
  EXPECT_TRUE(story.until([&] { return ended; })) << "its connection is in doubt";
}

TEST_F(SilentServer, SaysNothingToThePassword) {
  answers = 1;
  open(true);
  EXPECT_EQ(story.order(), "not sent: " + prefix + "no answer to PASSWORD in 300 ms");
}

TEST_F(SilentServer, SaysNothingToSetTracking) {
  open(false);
  EXPECT_EQ(story.order(), "not sent: " + prefix + "no answer to SET TRACKING in 300 ms");
}

TEST_F(SilentServer, SaysNothingToAConnectionMadeAheadThatAnOrderJoins) {
  open(true);
  story.link->prepare();
  story.settle(50);
  EXPECT_EQ(story.order(), "not sent: " + prefix + "no answer to USERNAME in 300 ms");
}

TEST_F(SilentServer, IsNotOnesPreparedConnectionForGood) {
  open(true);
  story.link->prepare();
  ASSERT_TRUE(story.until([&] { return story.link->stats().connected; }));
  ASSERT_TRUE(story.until([&] { return ended; }));
  EXPECT_FALSE(story.link->stats().connected);
  EXPECT_TRUE(story.events.empty());
}

TEST_F(SilentServer, AnOrderThatWasSentIsLeftToTheEngine) {
  answers = 1;
  open(false);
  EXPECT_EQ(story.order(), "unknown");
}

}  // namespace
}  // namespace nightwatt::io

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <variant>

#include "rack/modbus_server.h"
#include "tests/io/modbus/modbus_story.h"

// A link that was made at once, and one that stands by until it is needed: the same to its user.
namespace nightwatt::io {
namespace {

class EitherLink : public ::testing::TestWithParam<ports::LinkUse> {
 protected:
  EitherLink() { server_.add(1, ups_); }
  void open() {
    story_.link = story_.driver->open(
        {.name = "plc-1", .host = "127.0.0.1", .port = server_.port(), .line = {}}, GetParam());
  }
  ModbusStory story_{};
  rack::SimulatedUps ups_{};
  rack::ModbusServer server_{story_.io, {}};
};

TEST_P(EitherLink, AsksNobodyBeforeItsFirstMessage) {
  open();
  story_.link->cancel(Transaction{7});
  story_.settle();
  EXPECT_EQ(story_.link->stats().connects, 0u);
  story_.link->close();
  EXPECT_TRUE(story_.events.empty());
}

TEST_P(EitherLink, Answers) {
  open();
  story_.send();
  ASSERT_TRUE(story_.answered(1));
  EXPECT_TRUE(std::holds_alternative<MessageReplied>(story_.events[0]));
  EXPECT_EQ(story_.link->stats().replies, 1u);
}

TEST_P(EitherLink, ConnectsAhead) {
  open();
  story_.link->prepare();
  ASSERT_TRUE(story_.until([&] { return story_.link->stats().connected; }));
  story_.send();
  ASSERT_TRUE(story_.answered(1));
  EXPECT_EQ(story_.link->stats().connects, 1u);
}

TEST_P(EitherLink, MayBeReleasedByWhoeverHearsOfIt) {
  open();
  story_.on_event = [this](const Event&) { story_.link.reset(); };
  story_.send();
  ASSERT_TRUE(story_.answered(1));
  story_.settle();
  EXPECT_EQ(story_.events.size(), 1u);
}

INSTANTIATE_TEST_SUITE_P(Uses, EitherLink,
                         ::testing::Values(ports::LinkUse::now, ports::LinkUse::later),
                         [](const auto& each) {
                           return std::string(each.param == ports::LinkUse::now ? "Now" : "Later");
                         });

}  // namespace
}  // namespace nightwatt::io

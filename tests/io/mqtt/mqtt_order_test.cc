#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "tests/io/mqtt/mqtt_story.h"

// Orders to devices behind a real broker: done, refused, unknown.
namespace nightwatt::io {
namespace {

using namespace std::chrono_literals;
using peers::Publisher;
using peers::RealMosquitto;
using testing::HasSubstr;
using testing::StartsWith;

class MqttOrders : public testing::Test {
 protected:
  void SetUp() override {
    if (!RealMosquitto::missing().empty()) GTEST_SKIP() << RealMosquitto::missing();
    start({});
  }
  void start(RealMosquitto::Settings settings) {
    device.reset();
    broker = std::make_unique<RealMosquitto>(settings);
    device = std::make_unique<Publisher>(*broker);
    story.open(broker->port());
  }
  Transaction test(Duration timeout = 5s) {
    return story.order(ControlKind::command, "test.battery.start", {}, timeout);
  }
  std::unique_ptr<RealMosquitto> broker{};
  std::unique_ptr<Publisher> device{};
  MqttStory story{};
};

TEST_F(MqttOrders, OneThatIsAcknowledgedIsDone) {
  device->answer("ups/a/command", "ups/a/command/ack", "OK");
  EXPECT_EQ(story.ended(test()), "done");
  EXPECT_EQ(device->received(), "test\n");
  EXPECT_EQ(story.ended(test()), "done");
  EXPECT_EQ(device->received(), "test\ntest\n");
}

TEST_F(MqttOrders, TheDevicesOwnWordsRefuseIt) {
  device->answer("ups/a/command", "ups/a/command/ack", "battery not charged");
  EXPECT_EQ(story.ended(test()), "refused 'battery not charged'");
}

TEST_F(MqttOrders, ARetainedAcknowledgementIsNotForUs) {
  device->publish("ups/a/command/ack", "ok", true);
  EXPECT_THAT(story.ended(test(500ms)), HasSubstr("no acknowledgement on ups/a/command/ack"));
}

TEST_F(MqttOrders, SilenceEndsAsUnknown) {
  const std::string got = story.ended(test(500ms));
  EXPECT_THAT(got, StartsWith("timed_out: mqtt-a1"));
  EXPECT_THAT(got, HasSubstr("no acknowledgement on ups/a/command/ack"));
}

TEST_F(MqttOrders, ALateAcknowledgementIsNotTheNextOrders) {
  EXPECT_THAT(story.ended(test(300ms)), HasSubstr("no acknowledgement"));
  const Transaction next = test(800ms);
  story.settle(100);
  device->publish("ups/a/command/ack", "ok");  // the first one's
  EXPECT_THAT(story.ended(next), HasSubstr("no acknowledgement"));
}

TEST_F(MqttOrders, WithoutAnAcknowledgementTopicNobodyKnows) {
  device->answer("ups/a/command", "", "");
  const std::string got = story.ended(story.order(ControlKind::write, "ups.delay.shutdown", "30"));
  EXPECT_THAT(got, StartsWith("timed_out: "));  // without not_sent: unknown
  EXPECT_THAT(got, HasSubstr("nobody says whether the device obeyed"));
  ASSERT_TRUE(story.until([&] { return device->received() == "{\"delay\":30}\n"; }));
}

TEST_F(MqttOrders, WhatCannotBeSentIsNotSent) {
  EXPECT_THAT(story.ended(story.order(ControlKind::write, "ups.delay.shutdown", "soon")),
              HasSubstr("not sent, refused: mqtt-a1"));
  EXPECT_THAT(story.ended(story.order(ControlKind::command, "load.off")),
              HasSubstr("the profile has no load.off"));
  story.link->close();
  broker->kill();
  EXPECT_THAT(story.ended(test()), StartsWith("not sent, unreachable: "));
  EXPECT_THAT(story.ended(test()), StartsWith("not sent, unreachable: "));  // in the pause
}

TEST_F(MqttOrders, OneThatWasPublishedWhenTheBrokerDiedIsUnknown) {
  const Transaction sent = test();
  ASSERT_TRUE(story.until([&] { return story.link->stats().requests == 1; }));
  story.settle(50);
  broker->kill();
  EXPECT_THAT(story.ended(sent), StartsWith("unreachable: "));
}

TEST_F(MqttOrders, ACancelledOneIsNeverPublishedOrIsForgotten) {
  story.link->cancel(test());
  story.settle(200);
  EXPECT_EQ(story.link->stats().requests, 0u);
  device->answer("ups/a/command", "", "");
  story.link->cancel(test());
  story.settle(200);
  EXPECT_TRUE(story.events.empty());
}

TEST_F(MqttOrders, TheyAreCarriedOutOneAfterTheOther) {
  device->answer("ups/a/command", "ups/a/command/ack", "ok");
  const Transaction first = test();
  const Transaction second = test();
  ASSERT_TRUE(story.until([&] { return story.events.size() == 2; }));
  EXPECT_EQ(std::get<MessageReplied>(story.events[0]).transaction, first);
  EXPECT_EQ(std::get<MessageReplied>(story.events[1]).transaction, second);
}

TEST_F(MqttOrders, ATopicThatTheBrokerRefusesIsToldAsSuch) {
  start({.acl = "user mon\ntopic read ups/a/battery\n"});
  const std::string got = story.poll();
  EXPECT_THAT(got, testing::AnyOf(HasSubstr("the broker refuses the subscription"),
                                  HasSubstr("no message on ups/a/status")));
}

}  // namespace
}  // namespace nightwatt::io

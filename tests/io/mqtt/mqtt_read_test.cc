#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "tests/io/mqtt/mqtt_story.h"

// Reading UPSes through a real broker.
namespace nightwatt::io {
namespace {

using namespace std::chrono_literals;
using peers::Publisher;
using peers::RealMosquitto;
using testing::HasSubstr;
using testing::StartsWith;

class MqttRead : public testing::Test {
 protected:
  void SetUp() override {
    if (!RealMosquitto::missing().empty()) GTEST_SKIP() << RealMosquitto::missing();
    broker = std::make_unique<RealMosquitto>();
    device = std::make_unique<Publisher>(*broker);
  }
  void say(const std::string& status, int charge) {
    device->publish("ups/a/status", status);
    device->publish("ups/a/battery", "{\"charge\":" + std::to_string(charge) + "}");
  }
  // A link that has heard the device.
  void listen() {
    story.open(broker->port());
    ASSERT_TRUE(story.subscribed());
    say("OL", 87);
    ASSERT_EQ(story.poll(), "replied OL 87");
  }
  std::unique_ptr<RealMosquitto> broker{};
  std::unique_ptr<Publisher> device{};
  MqttStory story{};
};

TEST_F(MqttRead, NoClientIsMadeBeforeTheFirstMessage) {
  story.open(broker->port());
  story.settle();
  EXPECT_EQ(story.sockets->hub.watched(), 0u);
  EXPECT_EQ(story.link->stats().connects, 0u);
}

TEST_F(MqttRead, TheFirstMessageWaitsForTheDeviceToSpeak) {
  story.open(broker->port());
  const Transaction sent = story.send();
  ASSERT_TRUE(story.until([&] { return story.link->stats().connected; }));
  story.settle(50);
  EXPECT_TRUE(story.events.empty());
  say("OL CHRG", 42);
  EXPECT_EQ(story.ended(sent), "replied OL 42");
  EXPECT_EQ(story.link->stats().connects, 1u);
}

TEST_F(MqttRead, WhatWasHeardAnswersAtOnce) {
  listen();
  const auto before = story.link->stats().bytes_in;
  say("OB", 86);
  ASSERT_TRUE(story.until([&] { return story.link->stats().bytes_in >= before + 15; }));
  const Transaction sent = story.send();
  EXPECT_TRUE(story.events.empty());  // never from inside send()
  EXPECT_EQ(story.ended(sent), "replied OB 86");
  EXPECT_EQ(story.link->stats().connects, 1u);
}

TEST_F(MqttRead, AStatusThatChangesIsToldAtOnce) {
  listen();
  const int before = story.spoke;
  ASSERT_GE(before, 1);
  device->publish("ups/a/status", "OL");  // no news
  device->publish("ups/a/battery", "{\"charge\":1}");
  story.settle(1'100);
  EXPECT_EQ(story.spoke, before);
  device->publish("ups/a/status", "OB");
  EXPECT_TRUE(story.until([&] { return story.spoke == before + 1; }));
}

TEST_F(MqttRead, ARetainedMessageIsNoReading) {
  device->publish("ups/a/status", "OL", true);
  device->publish("ups/a/battery", "{\"charge\":87}", true);
  story.open(broker->port());
  const std::string got = story.poll_subscribed(600ms);
  EXPECT_THAT(got, StartsWith("data_stale: mqtt-a1 (127.0.0.1:"));
  EXPECT_THAT(got, HasSubstr("ups/a/status has only a retained message, whose age nobody knows"));
  say("OL", 87);
  EXPECT_EQ(story.poll(), "replied OL 87");
}

TEST_F(MqttRead, AStaleValueIsNoAnswerAndSaysHowOldItIs) {
  listen();
  story.clock.ahead += 93s;
  EXPECT_THAT(story.poll(300ms), HasSubstr("ups/a/status is 93 s old (freshness 60 s)"));
  const Transaction sent = story.send();
  say("OL", 88);
  EXPECT_EQ(story.ended(sent), "replied OL 88");
}

TEST_F(MqttRead, OneStaleTopicMakesTheWholeReadingStale) {
  listen();
  story.clock.ahead += 50s;
  device->publish("ups/a/status", "OL");
  story.settle(50);
  story.clock.ahead += 20s;
  EXPECT_THAT(story.poll(300ms), HasSubstr("ups/a/battery is 70 s old (freshness 60 s)"));
}

TEST_F(MqttRead, ATopicThatNobodyFeedsIsNamed) {
  story.open(broker->port());
  EXPECT_THAT(story.poll_subscribed(300ms),
              HasSubstr("no message on ups/a/status since it was subscribed"));
}

TEST_F(MqttRead, NothingFromBeforeTheBrokersDeathIsBelievedAfterwards) {
  listen();
  story.clock.ahead += 61s;
  const Transaction waiting = story.send();
  broker->kill();
  EXPECT_THAT(story.ended(waiting), StartsWith("unreachable: mqtt-a1"));
  EXPECT_THAT(story.poll(), HasSubstr("; next attempt in "));
  story.clock.ahead = {};
  broker->start();
  ASSERT_TRUE(story.until([&] { return story.link->stats().reconnects == 1; }));
  EXPECT_THAT(story.poll_subscribed(300ms),
              HasSubstr("no message on ups/a/status since the connection came back"));
  device = std::make_unique<Publisher>(*broker);
  say("OB", 50);
  EXPECT_EQ(story.poll(), "replied OB 50");
}

TEST_F(MqttRead, ABrokerThatIsNotThereIsTriedAgainByItself) {
  broker->kill();
  story.open(broker->port());
  EXPECT_THAT(story.poll(), HasSubstr("connection refused"));
  EXPECT_EQ(story.link->stats().connect_failures, 1u);
  broker->start();
  EXPECT_TRUE(story.until([&] { return story.link->stats().connected; }));
}

TEST_F(MqttRead, ABrokerThatHangsCostsTheConnectionTimeout) {
  broker->hang();
  auto target = MqttStory::target(broker->port());
  target.broker.connection_timeout = 300ms;
  story.open(target);
  EXPECT_THAT(story.poll(), HasSubstr("no session in 300 ms"));
  broker->go_on();
  EXPECT_TRUE(story.until([&] { return story.link->stats().connected; }));
}

TEST_F(MqttRead, AWrongPasswordIsUnauthorised) {
  auto target = MqttStory::target(broker->port());
  target.password = "wrong";
  story.open(target);
  EXPECT_THAT(story.poll(), StartsWith("unauthorised: mqtt-a1"));
}

TEST_F(MqttRead, ANameIsLookedUpOnItsOwnThread) {
  auto target = MqttStory::target(broker->port());
  target.host = "localhost";
  story.open(target);
  ASSERT_TRUE(story.subscribed());
  say("OL", 12);
  EXPECT_EQ(story.poll(), "replied OL 12");
}

TEST_F(MqttRead, TheDevicesLastWillFailsItAtOnce) {
  auto doomed = std::make_unique<Publisher>(*broker, "ups/a/online");
  listen();
  doomed->tear_off();
  ASSERT_TRUE(story.until([&] { return story.spoke >= 2; }));
  EXPECT_THAT(story.poll(), HasSubstr("the device is gone: ups/a/online says 'offline'"));
  MqttStory later;  // a will is retained, and there for those who come later
  later.open(broker->port());
  EXPECT_THAT(later.poll(), StartsWith("driver_down: mqtt-a1"));
  const auto before = story.link->stats().bytes_in;
  device->publish("ups/a/online", "online", true);
  say("OL", 90);
  ASSERT_TRUE(story.until([&] { return story.link->stats().bytes_in >= before + 21; }));
  EXPECT_EQ(story.poll(), "replied OL 90");
}

TEST_F(MqttRead, GarbageIsABadReplyUntilSomethingBetterComes) {
  listen();
  const std::pair<std::string, std::string> cases[] = {
      {"{\"charge\":", "ups/a/battery: not JSON: '{\"charge\":'"},
      {"{\"charge\":\"full\"}", "ups/a/battery: /charge: 'full' is no number"},
      {"{\"charge\":{}}", "ups/a/battery: /charge: is an object"},
      {"{}", "ups/a/battery: nothing at /charge"},
      {std::string("\0\1\2", 3), "ups/a/battery: not text"},
      {"", "ups/a/battery: an empty message"},
      {std::string(70'000, 'x'), "ups/a/battery: a message of 70000 bytes (at most 65536)"},
      {std::string(5'000'000, '['), "ups/a/battery: a message of 5000000 bytes (at most 65536)"},
  };
  for (const auto& [payload, text] : cases) {
    const auto whole = story.link->stats().bytes_in + payload.size();
    device->publish("ups/a/battery", payload);
    ASSERT_TRUE(story.until([&] { return story.link->stats().bytes_in >= whole; }));
    if (payload.empty()) story.settle(50);
    const std::string got = story.poll();
    EXPECT_THAT(got, StartsWith("bad_reply: "));
    EXPECT_THAT(got, HasSubstr(text));
  }
  device->publish("ups/a/battery", "{\"charge\":33}");
  story.settle(50);
  EXPECT_EQ(story.poll(), "replied OL 33");
}

TEST_F(MqttRead, CloseIsSilentAndTheLinkCanBeUsedAgain) {
  listen();
  story.clock.ahead += 61s;
  story.send();
  story.link->close();
  story.settle(100);
  EXPECT_TRUE(story.events.empty());
  EXPECT_EQ(story.sockets->hub.watched(), 0u);
  ASSERT_TRUE(story.subscribed());
  say("OL", 1);
  EXPECT_EQ(story.poll(), "replied OL 1");
  story.send();
  story.link.reset();
  story.settle(100);
  EXPECT_TRUE(story.events.empty());
}

TEST_F(MqttRead, CancelIsObeyedAtEveryStep) {
  story.open(broker->port());
  story.link->cancel(story.send());  // before anything is connected
  story.settle(200);
  EXPECT_TRUE(story.events.empty());
  const Transaction waiting = story.send();
  const Transaction other = story.send();
  story.link->cancel(waiting);
  story.link->cancel(Transaction{999});
  ASSERT_TRUE(story.until([&] { return story.link->stats().connected; }));
  story.settle(50);
  say("OL", 5);
  EXPECT_EQ(story.ended(other), "replied OL 5");
  story.link->cancel(story.send());  // answered, and not told yet
  story.settle(50);
  EXPECT_TRUE(story.events.empty());
}

TEST_F(MqttRead, TheSinkMayCloseTheLinkFromWithin) {
  listen();
  story.clock.ahead += 61s;
  story.on_event = [&](const Event&) { story.link->close(); };
  story.send();
  story.send();
  say("OL", 1);
  ASSERT_TRUE(story.until([&] { return !story.events.empty(); }));
  story.settle(50);
  EXPECT_EQ(story.events.size(), 1u);
}

TEST_F(MqttRead, OurOwnWillSaysThatWeAreGone) {
  auto target = MqttStory::target(broker->port());
  target.broker.will_topic = "nightwatt/status";
  story.open(target);
  ASSERT_TRUE(story.subscribed());
  MqttStory watcher;
  watcher.profile.presence.topic = "status";
  watcher.open(broker->port());
  const Transaction online = watcher.send(2s, "nightwatt");
  EXPECT_THAT(watcher.ended(online), HasSubstr("data_stale"));  // "online": not gone
  story.link->close();
  EXPECT_THAT(watcher.ended(watcher.send(5s, "nightwatt")), HasSubstr("says 'offline'"));
}

TEST_F(MqttRead, WhatIsNoTopicIsRefusedWithoutAsking) {
  story.open(broker->port());
  EXPECT_THAT(story.ended(story.send(5s, "ups/+")), HasSubstr("'ups/+/status' is no topic name"));
  story.profile.protocol = profile::Protocol::snmp;
  EXPECT_THAT(story.poll(), HasSubstr("no profile for MQTT"));
  EXPECT_EQ(story.link->stats().connects, 0u);
}

TEST_F(MqttRead, AFloodStarvesNobody) {
  listen();
  constexpr std::uint64_t messages = 20'000;
  const std::uint64_t whole = story.link->stats().bytes_in + messages * 13;
  for (std::uint64_t i = 0; i < messages; ++i) device->throw_in("ups/a/battery", "{\"charge\":55}");
  const auto begun = std::chrono::steady_clock::now();
  std::uint64_t before = story.link->stats().bytes_in;
  std::uint64_t most = 0;  // of one handler: between any two everybody else has their turn
  ASSERT_TRUE(story.until([&] {
    const std::uint64_t now = story.link->stats().bytes_in;
    most = std::max(most, now - before);
    before = now;
    return now >= whole;
  }));
  const auto took = std::chrono::steady_clock::now() - begun;
  EXPECT_LE(most, 2 * 64 * 13u);
  const double rate = static_cast<double>(messages) / std::chrono::duration<double>(took).count();
  RecordProperty("messages_per_second", std::to_string(static_cast<int>(rate)));
  EXPECT_EQ(story.poll(), "replied OL 55");
}

}  // namespace
}  // namespace nightwatt::io

#include "tests/peers/real_upsd.h"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>

#include "tests/io/nut/link_story.h"

// The link against Debian's upsd.
namespace nightwatt::io {
namespace {

using peers::RealUpsd;

class RealNut : public testing::Test {
 protected:
  LinkStory story;
  std::optional<RealUpsd> upsd;
  std::string prefix;

  void SetUp() override {
    if (const std::string why = RealUpsd::missing(); !why.empty()) GTEST_SKIP() << why;
    upsd.emplace(RealUpsd::Settings{.upses = {"ups1", "ups2"}});
    prefix = "nut-a1 (127.0.0.1:" + std::to_string(upsd->port()) + "): ";
    story.open(upsd->port());
  }
  const Reading& last_reading() { return std::get<MessageReplied>(story.events.back()).reading; }
};

TEST_F(RealNut, GivesTheReadingThatTheDriverHas) {
  upsd->set("ups1", "ups.status", "OB DISCHRG LB");
  upsd->set("ups1", "battery.charge", "17.5");
  upsd->set("ups1", "ups.model", "a \"quoted\" \\ #model");
  ASSERT_EQ(story.poll(), "replied OB 17");
  const Reading& reading = last_reading();
  EXPECT_EQ(reading.status, parse_status("OB DISCHRG LB"));
  EXPECT_EQ(reading.values.get(Variable::battery_charge), 17.5);
  EXPECT_EQ(reading.values.get(Variable::battery_runtime), 1'800);
  EXPECT_EQ(reading.values.get(Variable::ups_load), 23);
  EXPECT_EQ(reading.values.get(Variable::input_voltage), 230);
  EXPECT_EQ(reading.values.get(Variable::ups_realpower_nominal), 1'000);
  EXPECT_EQ(reading.values.get(Variable::ups_temperature), std::nullopt);
  EXPECT_EQ(reading.values.rejected_bits(), 0u);
}

TEST_F(RealNut, TwoUpsesShareTheConnection) {
  upsd->set("ups2", "ups.status", "OB");
  EXPECT_EQ(story.poll("ups1"), "replied OL 100");
  EXPECT_EQ(story.poll("ups2"), "replied OB 100");
  EXPECT_EQ(story.poll("UPS2"), "replied OB 100");
  EXPECT_EQ(story.link->stats().connects, 1u);
}

TEST_F(RealNut, AListTakesNoDelayedAcknowledgements) {
  ASSERT_EQ(story.poll(), "replied OL 100");
  const auto start = std::chrono::steady_clock::now();
  for (int poll = 0; poll < 20; ++poll) ASSERT_EQ(story.poll(), "replied OL 100");
  const auto took = std::chrono::steady_clock::now() - start;
  EXPECT_LT(took, std::chrono::milliseconds(400));  // a plain client needs 20 x 44 ms
}

TEST_F(RealNut, EachErrorOfAUpsIsAFailureOfThePath) {
  EXPECT_EQ(story.poll("nobody"),
            "refused: " + prefix + "nobody: ERR UNKNOWN-UPS: the server has no UPS of that name");
  upsd->set_stale("ups1", true);
  EXPECT_EQ(story.poll(),
            "data_stale: " + prefix + "ups1: ERR DATA-STALE: the driver has stopped reporting");
  EXPECT_EQ(story.poll("ups2"), "replied OL 100");
  upsd->set_stale("ups1", false);
  EXPECT_EQ(story.poll(), "replied OL 100");
  upsd->stop_driver("ups1");
  EXPECT_EQ(story.poll(),
            "driver_down: " + prefix +
                "ups1: ERR DRIVER-NOT-CONNECTED: the driver of this UPS is not running");
  EXPECT_EQ(story.poll("ups2"), "replied OL 100");
  upsd->start_driver("ups1");
  EXPECT_EQ(story.poll(), "replied OL 100");
  EXPECT_EQ(story.link->stats().connects, 1u);
}

TEST_F(RealNut, AHungUpsdIsLeftAndFoundAgain) {
  ASSERT_EQ(story.poll(), "replied OL 100");
  upsd->hang();
  const Transaction hung = story.send();
  story.settle(100);
  ASSERT_EQ(story.events.size(), 1u);
  story.link->cancel(hung);
  const Transaction again = story.send();  // connects (the kernel accepts) and hangs too
  story.settle(100);
  ASSERT_EQ(story.events.size(), 1u);
  story.link->cancel(again);
  upsd->go_on();
  upsd->set("ups1", "ups.status", "OB");
  EXPECT_EQ(story.poll(), "replied OB 100");
  story.settle(100);
  EXPECT_EQ(story.events.size(), 2u);  // nothing of the old requests came through
}

TEST_F(RealNut, AKilledUpsdIsRefusedAndFoundAgain) {
  ASSERT_EQ(story.poll(), "replied OL 100");
  upsd->kill();
  EXPECT_EQ(story.poll(), "unreachable: " + prefix + "connection refused");
  upsd->start();
  EXPECT_EQ(story.poll(), "replied OL 100");
  upsd->restart();  // between two polls: not a failure at all
  EXPECT_EQ(story.poll(), "replied OL 100");
}

TEST_F(RealNut, TheRightPasswordLogsIn) {
  story.open({.name = "nut-a1",
              .host = "127.0.0.1",
              .port = upsd->port(),
              .username = "mon",
              .password = "monpw",
              .login = true});
  EXPECT_EQ(story.poll(), "replied OL 100");
  EXPECT_EQ(upsd->ask("GET NUMLOGINS ups1"), "NUMLOGINS ups1 1");
  EXPECT_EQ(story.poll("ups2"), "replied OL 100");
}

TEST_F(RealNut, AWrongPasswordIsSeenAtLoginOnly) {
  NutTarget target{.name = "nut-a1",
                   .host = "127.0.0.1",
                   .port = upsd->port(),
                   .username = "mon",
                   .password = "wrong",
                   .login = true};
  story.open(target);
  EXPECT_EQ(story.poll(), "unauthorised: " + prefix +
                              "ERR ACCESS-DENIED: user, password or address is not allowed");
  target.login = false;
  story.open(target);
  EXPECT_EQ(story.poll(), "replied OL 100");
}

TEST_F(RealNut, AUpsWithoutAStatusIsAReadingWithoutData) {
  upsd->remove("ups1", "ups.status");
  ASSERT_TRUE(story.poll().starts_with("replied"));
  EXPECT_FALSE(last_reading().usable());
}

}  // namespace
}  // namespace nightwatt::io

#include <gtest/gtest.h>

#include <deque>

#include "tests/io/hub/hub_story.h"

namespace nightwatt::io {
namespace {

using Clock = Deadlines::Clock;
using std::chrono::milliseconds;

struct Alarm final : DeadlineListener {
  std::optional<Clock::time_point> rang{};
  std::function<void()> act{};
  void overdue() override {
    rang = Clock::now();
    if (act) act();
  }
};

TEST(Deadlines, AreCalledInOrderNotEarlyAndOnce) {
  HubStory story;
  Alarm late, soon;
  Deadline one(story.shared.deadlines, late), two(story.shared.deadlines, soon);
  const auto start = Clock::now();
  one.set(start + milliseconds(40));
  two.set(start + milliseconds(15));
  ASSERT_TRUE(story.until([&] { return soon.rang.has_value(); }));
  EXPECT_FALSE(late.rang);
  EXPECT_GE(*soon.rang, start + milliseconds(15));
  EXPECT_FALSE(two.is_set());
  ASSERT_TRUE(story.until([&] { return late.rang.has_value(); }));
  EXPECT_GE(*late.rang, start + milliseconds(40));
  story.io.restart();
  story.io.run();  // nothing is left to wait for
  EXPECT_EQ(story.shared.deadlines.size(), 0u);
}

TEST(Deadlines, OneThatPassedBeforeItWasSetIsToldFromTheLoop) {
  HubStory story;
  Alarm alarm;
  Deadline deadline(story.shared.deadlines, alarm);
  deadline.set(Clock::now() - std::chrono::hours(1));
  EXPECT_FALSE(alarm.rang);
  ASSERT_TRUE(story.until([&] { return alarm.rang.has_value(); }));
}

TEST(Deadlines, AreReplacedClearedAndEndWithTheirOwner) {
  HubStory story;
  Alarm alarm;
  {
    Deadline cleared(story.shared.deadlines, alarm);
    Deadline ended(story.shared.deadlines, alarm);
    Deadline replaced(story.shared.deadlines, alarm);
    cleared.set(Clock::now());
    ended.set(Clock::now());
    replaced.set(Clock::now());
    cleared.clear();
    replaced.set(Clock::now() + std::chrono::hours(1));
    EXPECT_EQ(story.shared.deadlines.size(), 2u);
  }
  story.io.run();
  EXPECT_FALSE(alarm.rang);
}

TEST(Deadlines, AListenerMayEndOthersAndSetItselfAgain) {
  HubStory story;
  Alarm first, second;
  auto doomed = std::make_unique<Deadline>(story.shared.deadlines, second);
  Deadline deadline(story.shared.deadlines, first);
  int times = 0;
  first.act = [&] {
    doomed.reset();
    if (++times < 3) deadline.set(Clock::now());
  };
  const auto now = Clock::now();
  deadline.set(now - milliseconds(1));
  doomed->set(now);
  story.io.run();
  EXPECT_EQ(times, 3);
  EXPECT_FALSE(second.rang);
}

TEST(Deadlines, ABurstEndsInAFewTurns) {
  HubStory story;
  std::deque<Alarm> alarms(2'000);
  std::deque<Deadline> deadlines;
  const auto at = Clock::now() + milliseconds(5);
  for (auto& alarm : alarms) {
    deadlines.emplace_back(story.shared.deadlines, alarm);
    deadlines.back().set(at + std::chrono::microseconds(deadlines.size()));
  }
  const auto handlers = story.io.run();
  for (const auto& alarm : alarms) ASSERT_TRUE(alarm.rang);
  EXPECT_LE(handlers, 20u);
}

}  // namespace
}  // namespace nightwatt::io

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>

#include "tests/io/hub/hub_story.h"

namespace nightwatt::io {
namespace {

class Hub : public testing::Test {
 protected:
  HubStory story;
  SocketHub& hub = story.hub;
  SocketWatch watch(int fd, std::uint32_t events, SocketListener& listener) {
    auto made = hub.add(fd, events, listener);
    EXPECT_TRUE(made) << made.error().message();
    return made ? std::move(*made) : SocketWatch();
  }
};

TEST_F(Hub, WhatCanBeReadIsTold) {
  Pair pair;
  Ear ear;
  ear.act = [&](std::uint32_t) { drain(pair.near); };
  const SocketWatch kept = watch(pair.near, EPOLLIN, ear);
  story.settle();
  EXPECT_EQ(ear.calls, 0);
  pair.say("a");
  ASSERT_TRUE(story.until([&] { return ear.calls == 1; }));
  EXPECT_EQ(ear.last, EPOLLIN);
  pair.say("b");
  ASSERT_TRUE(story.until([&] { return ear.calls == 2; }));
  EXPECT_EQ(hub.watched(), 1u);
}

TEST_F(Hub, WhatWasLeftIsToldAgain) {
  Pair pair;
  Ear ear;
  const SocketWatch kept = watch(pair.near, EPOLLIN, ear);
  pair.say("a");
  ASSERT_TRUE(story.until([&] { return ear.calls >= 3; }));
}

TEST_F(Hub, WhatIsThereBeforeTheWatchIsTold) {
  Pair pair;
  Ear ear;
  pair.say("a");
  const SocketWatch kept = watch(pair.near, EPOLLIN, ear);
  ASSERT_TRUE(story.until([&] { return ear.calls == 1; }));
}

TEST_F(Hub, AHangUpIsToldWithAndWithoutBytesBeforeIt) {
  Pair silent, speaking;
  Ear first, second;
  const SocketWatch one = watch(silent.near, EPOLLIN | EPOLLRDHUP, first);
  const SocketWatch two = watch(speaking.near, EPOLLIN | EPOLLRDHUP, second);
  ::shutdown(silent.far, SHUT_WR);
  speaking.say("bye");
  speaking.close_far();
  ASSERT_TRUE(story.until([&] { return first.calls > 0 && second.calls > 0; }));
  EXPECT_EQ(first.last, EPOLLIN | EPOLLRDHUP);
  EXPECT_EQ(second.last, EPOLLIN | EPOLLRDHUP | EPOLLHUP);
}

TEST_F(Hub, AHangUpNeedsNoEventToBeAskedFor) {
  Pair pair;
  Ear ear;
  const SocketWatch kept = watch(pair.near, 0, ear);
  pair.say("a");
  story.settle();
  EXPECT_EQ(ear.calls, 0);
  pair.close_far();
  ASSERT_TRUE(story.until([&] { return ear.calls > 0; }));
  EXPECT_EQ(ear.last, EPOLLHUP);
}

TEST_F(Hub, EventsAndListenerMayChange) {
  Pair pair;
  Ear first, second;
  SocketWatch kept = watch(pair.near, EPOLLOUT, first);
  first.act = [&](std::uint32_t) {
    kept.hand_to(second);
    EXPECT_FALSE(kept.change(EPOLLIN));
  };
  second.act = [&](std::uint32_t) { drain(pair.near); };
  ASSERT_TRUE(story.until([&] { return first.calls == 1; }));
  story.settle();
  pair.say("a");
  ASSERT_TRUE(story.until([&] { return second.calls == 1; }));
  EXPECT_EQ(first.calls, 1);
  EXPECT_EQ(second.last, EPOLLIN);
}

// Both sockets are in the batch; whichever comes first ends the other.
TEST_F(Hub, AListenerRemovedInsideABatchHearsNothing) {
  Pair one, two;
  Ear first, second;
  SocketWatch a = watch(one.near, EPOLLIN, first);
  SocketWatch b = watch(two.near, EPOLLIN, second);
  first.act = [&](std::uint32_t) { b.reset(); };
  second.act = [&](std::uint32_t) { a.reset(); };
  one.say("a");
  two.say("b");
  ASSERT_TRUE(story.until([&] { return first.calls + second.calls > 0; }));
  EXPECT_EQ(first.calls + second.calls, 1);
  EXPECT_EQ(hub.watched(), 1u);
}

TEST_F(Hub, AListenerMayEndItself) {
  Pair pair;
  auto ear = std::make_unique<Ear>();
  SocketWatch kept = watch(pair.near, EPOLLIN, *ear);
  ear->act = [&](std::uint32_t) {
    kept.reset();
    const auto end = [&] { ear.reset(); };  // the function that runs goes with it
    end();
  };
  pair.say("a");
  ASSERT_TRUE(story.until([&] { return ear == nullptr; }));
  EXPECT_EQ(hub.watched(), 0u);
}

// The second socket of the batch is replaced by a new one with the same number, in the same slot:
// the old one's event is not the new one's.
TEST_F(Hub, AReusedDescriptorAndSlotAreNotTakenForTheFormer) {
  Pair one, two, fresh;
  Ear first, second, third;
  SocketWatch a = watch(one.near, EPOLLIN, first);
  SocketWatch b = watch(two.near, EPOLLIN, second);
  SocketWatch c;
  const auto replace = [&](Pair& pair, SocketWatch& kept) {
    const int number = pair.near;
    kept.reset();
    ASSERT_EQ(::dup2(fresh.near, number), number);  // closes the old one
    c = watch(number, EPOLLIN, third);
  };
  first.act = [&](std::uint32_t) {
    if (first.calls == 1) replace(two, b);
  };
  second.act = [&](std::uint32_t) {
    if (second.calls == 1) replace(one, a);
  };
  one.say("a");
  two.say("b");
  ASSERT_TRUE(story.until([&] { return first.calls + second.calls > 0; }));
  EXPECT_EQ(third.calls, 0);
  fresh.say("c");
  ASSERT_TRUE(story.until([&] { return third.calls > 0; }));
}

TEST_F(Hub, ADescriptorClosedBehindOurBackIsForgottenWithoutHarmToItsSuccessor) {
  Ear first, second;
  Pair gone;
  const int number = gone.near;
  SocketWatch old = watch(number, EPOLLIN, first);
  Pair fresh;
  ASSERT_EQ(::dup2(fresh.near, number), number);  // a library closed it and somebody got the number
  EXPECT_TRUE(old.change(EPOLLIN | EPOLLOUT));    // an error: it watches nothing
  const SocketWatch successor = watch(number, EPOLLIN, second);
  old.reset();
  EXPECT_EQ(hub.watched(), 1u);
  fresh.say("a");
  ASSERT_TRUE(story.until([&] { return second.calls > 0; }));
  EXPECT_EQ(first.calls, 0);
}

TEST_F(Hub, WhatEpollDoesNotTakeIsAnError) {
  Ear ear;
  const int file = ::open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  EXPECT_EQ(hub.add(file, EPOLLIN, ear).error().value(), EPERM);
  ::close(file);
  EXPECT_EQ(hub.add(file, EPOLLIN, ear).error().value(), EBADF);
  Pair pair;
  const SocketWatch kept = watch(pair.near, EPOLLIN, ear);
  EXPECT_EQ(hub.add(pair.near, EPOLLIN, ear).error().value(), EEXIST);
  EXPECT_EQ(hub.watched(), 1u);
}

TEST_F(Hub, ThousandsOfSocketsAreServedInAFewTurns) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  const std::size_t count = limit.rlim_cur > 9'000 ? 4'000 : limit.rlim_cur / 2 - 100;
  std::vector<Pair> pairs(count);
  std::deque<Ear> ears(count);
  std::vector<SocketWatch> watches;
  std::size_t heard = 0;
  for (std::size_t i = 0; i < count; ++i) {
    ears[i].act = [&, i](std::uint32_t) {
      drain(pairs[i].near);
      ++heard;
    };
    watches.push_back(watch(pairs[i].near, EPOLLIN, ears[i]));
    pairs[i].say("a");
  }
  ASSERT_TRUE(story.until([&] { return heard == count; }));
  EXPECT_EQ(hub.events(), count);
  EXPECT_LE(hub.turns(), count / 500 + 2);
}

// Sockets that are always ready and listeners that never take anything: timers and posted handlers
// still come, and the loop can be stopped.
TEST_F(Hub, BusySocketsKeepNobodyFromTheirTurnAndTheLoopStops) {
  std::vector<Pair> pairs(2'000);
  Ear ear;
  std::vector<SocketWatch> watches;
  for (const Pair& pair : pairs) watches.push_back(watch(pair.near, EPOLLOUT, ear));
  int posted = 0;
  bool rang = false;
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  std::function<void()> again = [&] {
    if (++posted >= 50 && rang) return story.io.stop();
    if (std::chrono::steady_clock::now() < limit) boost::asio::post(story.io, again);
  };
  again();
  boost::asio::steady_timer timer(story.io, std::chrono::milliseconds(20));
  timer.async_wait([&](const auto&) { rang = true; });
  story.io.run_until(limit + std::chrono::seconds(1));
  EXPECT_TRUE(rang);
  EXPECT_GE(posted, 50);
  EXPECT_GT(ear.calls, 2'000);
}

TEST_F(Hub, TheLoopEndsWhenNothingIsWatched) {
  Pair pair;
  Ear ear;
  SocketWatch kept = watch(pair.near, EPOLLIN, ear);
  ear.act = [&](std::uint32_t) { kept.reset(); };
  pair.say("a");
  story.io.run();
  EXPECT_EQ(ear.calls, 1);
  // And between two turns: the wait that is pending is taken back, and comes again with the next.
  kept = watch(pair.near, EPOLLIN, ear);
  kept.reset();
  kept = watch(pair.near, EPOLLIN, ear);
  story.io.restart();
  story.io.run();
  EXPECT_EQ(ear.calls, 2);
}

TEST_F(Hub, MayEndBeforeItsLoopDoes) {
  Pair pair;
  Ear ear;
  auto brief = std::make_unique<SocketHub>(story.io);
  auto made = brief->add(pair.near, EPOLLIN, ear);
  ASSERT_TRUE(made);
  pair.say("a");
  made->reset();
  brief.reset();
  story.settle();
  EXPECT_EQ(ear.calls, 0);
}

}  // namespace
}  // namespace nightwatt::io

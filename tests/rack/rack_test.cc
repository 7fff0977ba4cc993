#include "rack/rack.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

namespace nightwatt::rack {
namespace {

using namespace std::chrono_literals;

TEST(Rack, SharesTheLoadAndTheSurvivorTakesAllOfIt) {
  boost::asio::io_context io;
  Rack rack(io);
  EXPECT_EQ(rack.ups(Feed::a).load_watts(), 300);
  EXPECT_EQ(rack.ups(Feed::b).load_watts(), 300);
  rack.set_feed(Feed::a, false);
  EXPECT_EQ(rack.ups(Feed::a).load_watts(), 300);  // on battery it still carries its half
  rack.step(2h);
  EXPECT_FALSE(rack.ups(Feed::a).output_on());
  EXPECT_EQ(rack.ups(Feed::a).load_watts(), 0);
  EXPECT_EQ(rack.ups(Feed::b).load_watts(), 600);
  EXPECT_TRUE(rack.load_fed());
}

TEST(Rack, IsDarkWhenBothHaveRunEmptyAndComesBack) {
  boost::asio::io_context io;
  Rack rack(io);
  rack.set_feed(Feed::a, false);
  rack.set_feed(Feed::b, false);
  for (int minute = 0; minute < 120; ++minute) rack.step(1min);
  EXPECT_FALSE(rack.load_fed());
  rack.set_feed(Feed::b, true);
  for (int minute = 0; minute < 10; ++minute) rack.step(1min);
  EXPECT_TRUE(rack.load_fed());
  EXPECT_EQ(rack.ups(Feed::b).load_watts(), 600);
}

TEST(Rack, EachUpsHasTwoServersOfItsOwn) {
  boost::asio::io_context io;
  Rack rack(io);
  std::set<std::uint16_t> ports;
  for (const Feed feed : {Feed::a, Feed::b}) {
    for (const Line line : {Line::first, Line::second}) ports.insert(rack.port(feed, line));
  }
  EXPECT_EQ(ports.size(), 4u);
  rack.set_line(Feed::a, Line::first, false);
  EXPECT_EQ(rack.server(Feed::a, Line::first).fault(), Fault::down);
  EXPECT_EQ(rack.server(Feed::a, Line::second).fault(), Fault::none);
  EXPECT_EQ(rack.server(Feed::b, Line::first).fault(), Fault::none);
  rack.set_line(Feed::a, Line::first, true);
  EXPECT_EQ(rack.server(Feed::a, Line::first).fault(), Fault::none);
}

TEST(RackThread, LetsTimeRunAtItsSpeed) {
  RackThread thread({.speed = 1'000, .tick = Duration(5)});
  EXPECT_NE(thread.port(Feed::a, Line::first), 0);
  thread.with([](Rack& rack) { rack.set_feed(Feed::a, false); });
  const auto limit = std::chrono::steady_clock::now() + 10s;
  double charge = 100;
  while (charge > 90 && std::chrono::steady_clock::now() < limit) {
    std::this_thread::sleep_for(5ms);
    thread.with([&](Rack& rack) { charge = rack.ups(Feed::a).charge(); });
  }
  EXPECT_LE(charge, 90);
  thread.with([](Rack& rack) { EXPECT_EQ(rack.ups(Feed::b).charge(), 100); });
}

}  // namespace
}  // namespace nightwatt::rack

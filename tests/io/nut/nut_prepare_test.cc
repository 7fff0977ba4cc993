#include <gtest/gtest.h>

#include <string>

#include "rack/nut_server.h"
#include "tests/io/nut/link_story.h"

// Make before break: a connection that is made before the first poll needs it.
namespace nightwatt::io {
namespace {

using rack::Fault;
using rack::NutServer;
using rack::SimulatedUps;

class NutPrepare : public testing::Test {
 protected:
  LinkStory story;
  SimulatedUps ups;
  NutServer server{story.io, {.username = "mon", .password = "secret"}};

  NutPrepare() {
    server.add(ups, "ups1");
    story.open({.name = "nut-a1",
                .host = "127.0.0.1",
                .port = server.port(),
                .username = "mon",
                .password = "secret"});
  }
};

TEST_F(NutPrepare, AConnectionIsMadeAheadAndTheFirstPollUsesIt) {
  story.link->prepare();
  ASSERT_TRUE(story.until([&] { return story.link->stats().connected; }));
  EXPECT_EQ(story.link->stats().requests, 0u);
  story.link->prepare();  // again: nothing
  EXPECT_EQ(story.poll(), "replied OL 100");
  EXPECT_EQ(story.link->stats().connects, 1u);
  EXPECT_EQ(server.stats().accepted, 1u);
}

TEST_F(NutPrepare, APollThatComesWhileItIsBeingMadeWaitsForIt) {
  story.link->prepare();
  EXPECT_EQ(story.poll(), "replied OL 100");
  EXPECT_EQ(story.link->stats().connects, 1u);
}

TEST_F(NutPrepare, OneMadeAheadThatFailsIsNobodysFailure) {
  server.set_fault(Fault::down);
  story.link->prepare();
  ASSERT_TRUE(story.until([&] { return story.link->stats().connect_failures == 1; }));
  story.settle();
  EXPECT_TRUE(story.events.empty());
  EXPECT_EQ(story.link->stats().failures, 0u);
  server.set_fault(Fault::none);
  EXPECT_EQ(story.poll(), "replied OL 100");
}

}  // namespace
}  // namespace nightwatt::io

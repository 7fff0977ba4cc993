#include <gtest/gtest.h>

#include <boost/asio/ip/udp.hpp>
#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "io/snmp/trap_receiver.h"
#include "rack/snmp_agent.h"
#include "tests/io/snmp/snmp_story.h"
#include "tests/peers/real_snmpd.h"

// Traps and informs, from the rack's agent and from net-snmp's own tools.
namespace nightwatt::io {
namespace {

using boost::asio::ip::udp;
using wire::snmp::PduType;

const wire::snmp::Oid on_battery = *wire::snmp::parse_oid("1.3.6.1.2.1.33.2.0.1");

class Traps : public testing::Test {
 protected:
  SnmpStory story;
  rack::SimulatedUps ups;
  rack::SnmpAgent agent{story.io, ups};
  std::vector<CommId> spoke;
  std::unique_ptr<TrapReceiver> receiver;
  TrapSource card{.comm = CommId{7},
                  .host = "127.0.0.1",
                  .agent = {.version = SnmpVersion::v2c, .community = "public"}};

  void listen(SnmpTraps settings, std::vector<TrapSource> sources) {
    settings.address = "127.0.0.1";
    settings.port = 0;
    auto made = TrapReceiver::listen(story.sockets, settings, std::move(sources), [&](Event event) {
      spoke.push_back(std::get<DeviceSpoke>(event).comm);
    });
    ASSERT_TRUE(made) << made.error().what;
    receiver = std::move(*made);
  }
  udp::endpoint here() const { return {boost::asio::ip::address_v4::loopback(), receiver->port()}; }
  bool heard(std::size_t count) {
    return story.until([&] { return spoke.size() >= count; });
  }
  // Runs a tool of net-snmp's while the loop runs; its exit status: 0 when an inform is
  // acknowledged.
  int tool(std::vector<std::string> words) {
    auto running = std::async(std::launch::async, [&] { return peers::run_snmp_tool(words); });
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (running.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
      story.settle(5);
      EXPECT_LT(std::chrono::steady_clock::now(), limit);
    }
    story.settle();
    return running.get();
  }
  std::vector<std::string> v3_tool(const std::string& name, std::vector<std::string> how) {
    std::vector<std::string> words{name, "-v3", "-r1", "-t1"};
    words.insert(words.end(), how.begin(), how.end());
    for (const std::string& word : {"127.0.0.1:" + std::to_string(receiver->port()),
                                    std::string("1"), std::string("1.3.6.1.2.1.33.2.0.1")}) {
      words.push_back(word);
    }
    return words;
  }
};

const std::vector<std::string> both{"-u", "both",        "-l", "authPriv", "-a", "SHA-256",
                                    "-A", "authpass123", "-x", "AES",      "-X", "privpass123"};

TEST_F(Traps, ATrapOfACommDeviceTellsItAtOnce) {
  listen({}, {card});
  agent.notify(here(), on_battery);
  ASSERT_TRUE(heard(1));
  EXPECT_EQ(spoke, std::vector{CommId{7}});
  EXPECT_EQ(receiver->stats().taken, 1u);
}

TEST_F(Traps, EveryCommDeviceAtTheAddressIsTold) {
  TrapSource other = card;
  other.comm = CommId{9};
  other.host = "localhost";
  listen({}, {card, other});
  story.settle(200);  // the name is looked up
  agent.notify(here(), on_battery);
  ASSERT_TRUE(heard(2));
  EXPECT_EQ(spoke, (std::vector{CommId{7}, CommId{9}}));
}

TEST_F(Traps, StrangersAndWrongCommunitiesAreNotHeard) {
  card.host = "127.0.0.2";
  listen({}, {card});
  agent.notify(here(), on_battery);
  story.settle(50);
  EXPECT_EQ(receiver->stats().strangers, 1u);

  card.host = "127.0.0.1";
  card.agent.community = "secret";
  listen({.community = "another"}, {card});
  agent.notify(here(), on_battery);
  story.settle(50);
  EXPECT_EQ(receiver->stats().refused, 1u);
  EXPECT_TRUE(spoke.empty());

  receiver->replace({.community = "public"}, {card});
  agent.notify(here(), on_battery);
  EXPECT_TRUE(heard(1)) << "the community of traps is often another one";
}

TEST_F(Traps, AFloodTellsOnceAndOnceMoreAtItsEnd) {
  listen({}, {card});
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 3'000; ++i) {
    agent.notify(here(), on_battery);
    if (i % 50 == 0) story.settle(0);
  }
  ASSERT_TRUE(heard(2));
  EXPECT_GE(std::chrono::steady_clock::now() - start, trap_gap);
  story.settle(100);
  EXPECT_EQ(spoke.size(), 2u);
  EXPECT_LE(receiver->stats().taken, 3u * traps_per_second_max);
  EXPECT_EQ(receiver->stats().told, 2u);
}

TEST_F(Traps, GarbageIsCountedAndNothingElse) {
  listen({}, {card});
  udp::socket sender(story.io, udp::endpoint(boost::asio::ip::address_v4::loopback(), 0));
  for (std::size_t size : {0u, 1u, 32u, 1'400u, 60'000u}) {
    sender.send_to(boost::asio::buffer(std::string(size, '\x30')), here());
  }
  ASSERT_TRUE(story.until([&] { return receiver->stats().received == 5; }));
  EXPECT_EQ(receiver->stats().refused, 5u);
  agent.notify(here(), on_battery);
  EXPECT_TRUE(heard(1));
}

TEST_F(Traps, AnAddressThatCannotBeHadIsExplained) {
  listen({}, {card});
  const auto second = TrapReceiver::listen(
      story.sockets, {.address = "127.0.0.1", .port = receiver->port()}, {}, [](Event) {});
  ASSERT_FALSE(second);
  EXPECT_TRUE(second.error().what.starts_with("traps on 127.0.0.1:")) << second.error().what;
}

TEST_F(Traps, AV2cInformIsAcknowledged) {
  listen({}, {card});
  const std::string to = "127.0.0.1:" + std::to_string(receiver->port());
  EXPECT_EQ(
      tool({"snmpinform", "-v2c", "-c", "public", "-r1", "-t1", to, "1", "1.3.6.1.2.1.33.2.0.1"}),
      0);
  EXPECT_EQ(spoke.size(), 1u);
  EXPECT_NE(
      tool({"snmpinform", "-v2c", "-c", "wrong", "-r0", "-t1", to, "1", "1.3.6.1.2.1.33.2.0.1"}),
      0);
  EXPECT_EQ(spoke.size(), 1u);
  EXPECT_EQ(
      tool({"snmptrap", "-v1", "-c", "public", to, "1.3.6.1.2.1.33.2", "127.0.0.1", "6", "1", "1"}),
      0);
  EXPECT_EQ(receiver->stats().taken, 2u) << "and so is a trap of v1";
}

TEST_F(Traps, V3TrapsOfAnyEngineAreHeardWhenTheKeyIsRight) {
  card.agent = SnmpStory::v3("another");
  listen({.users = {SnmpStory::v3("both")}}, {card});
  auto how = both;
  how.insert(how.begin(), {"-e", "0x80001f8804756e6974"});
  EXPECT_EQ(tool(v3_tool("snmptrap", how)), 0);
  EXPECT_EQ(receiver->stats().taken, 1u);
  how[1] = "0x80001f8804616e6f74686572";
  EXPECT_EQ(tool(v3_tool("snmptrap", how)), 0);
  EXPECT_EQ(receiver->stats().taken, 2u);
  EXPECT_EQ(spoke.size(), 1u) << "one second has not passed";
}

TEST_F(Traps, V3TrapsWithTheWrongKeyLevelOrUserAreNot) {
  card.agent = SnmpStory::v3("both");
  listen({}, {card});
  const std::vector<std::string> engine{"-e", "0x80001f8804756e6974"};
  const auto with = [&](std::vector<std::string> how) {
    how.insert(how.begin(), engine.begin(), engine.end());
    EXPECT_EQ(tool(v3_tool("snmptrap", how)), 0);
  };
  auto wrong = both;
  wrong[7] = "another-password";
  with(wrong);
  with({"-u", "both", "-l", "noAuthNoPriv"});
  with({"-u", "both", "-l", "authNoPriv", "-a", "SHA-256", "-A", "authpass123"});
  with({"-u", "stranger", "-l", "noAuthNoPriv"});
  EXPECT_EQ(receiver->stats().received, 4u);
  EXPECT_EQ(receiver->stats().taken, 0u);
  EXPECT_TRUE(spoke.empty());
  with(both);
  EXPECT_EQ(spoke.size(), 1u);
}

TEST_F(Traps, AV3InformFindsOurEngineAndIsAcknowledged) {
  card.agent = SnmpStory::v3("both");
  listen({}, {card});
  EXPECT_EQ(tool(v3_tool("snmpinform", both)), 0);
  EXPECT_EQ(spoke.size(), 1u);
  auto wrong = both;
  wrong[7] = "another-password";
  EXPECT_NE(tool(v3_tool("snmpinform", wrong)), 0);
  EXPECT_EQ(receiver->stats().taken, 1u);
}

}  // namespace
}  // namespace nightwatt::io

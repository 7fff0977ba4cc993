#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "rack/snmp_agent.h"
#include "tests/io/snmp/snmp_story.h"

// The link against the rack's agent on loopback: each way in which an agent can misbehave.
namespace nightwatt::io {
namespace {

using rack::AgentFault;

class SnmpLinkStory : public testing::Test {
 protected:
  SnmpStory story;
  rack::SimulatedUps ups;
  rack::SnmpAgent agent{story.io, ups, {.slow_delay = Duration(50)}};
  std::string prefix = "snmp-a1 (127.0.0.1:" + std::to_string(agent.port()) + "): ";

  SnmpLinkStory() { story.open(agent.port()); }
  void use(SnmpVersion version, std::string community) {
    story.open(agent.port(), {.version = version, .community = std::move(community)});
  }
};

TEST_F(SnmpLinkStory, OpensItsSocketAtTheFirstPollAndKeepsIt) {
  story.settle();
  EXPECT_EQ(story.sockets->hub.watched(), 0u);
  for (int poll = 0; poll < 5; ++poll) EXPECT_EQ(story.poll(), "replied OL 100");
  const auto stats = story.link->stats();
  EXPECT_EQ(stats.connects, 1u);
  EXPECT_EQ(stats.requests, 5u);
  EXPECT_EQ(stats.replies, 5u);
  EXPECT_EQ(stats.failures, 0u);
  EXPECT_GT(stats.bytes_out, 5 * 100u);
  EXPECT_GT(stats.bytes_in, 5 * 100u);
  EXPECT_EQ(story.sockets->hub.watched(), 1u);
}

TEST_F(SnmpLinkStory, SeesWhatTheUpsDoes) {
  ups.set_feed(false);
  ups.set_charge(12);
  ASSERT_EQ(story.poll(), "replied OB 12");
  const Reading& reading = story.reading();
  EXPECT_EQ(reading.status, parse_status("OB DISCHRG LB"));
  EXPECT_EQ(reading.values.get(Variable::input_voltage), 0);
  EXPECT_NEAR(*reading.values.get(Variable::battery_runtime), ups.runtime_s(), 30) << "minutes";
  EXPECT_NEAR(*reading.values.get(Variable::battery_voltage), 22.5, 0.05);
  EXPECT_EQ(reading.values.get(Variable::ups_load), 30);
  EXPECT_EQ(reading.values.get(Variable::ups_power), std::nullopt) << "the agent does not have it";
  EXPECT_FALSE(reading.values.rejected(Variable::ups_power));
}

TEST_F(SnmpLinkStory, V1LeavesOutWhatTheAgentDoesNotHaveAndRemembersIt) {
  use(SnmpVersion::v1, "public");
  ASSERT_EQ(story.poll(), "replied OL 100");
  EXPECT_EQ(agent.stats().requests, 2u);
  ASSERT_EQ(story.poll(), "replied OL 100");
  EXPECT_EQ(agent.stats().requests, 3u);
}

TEST_F(SnmpLinkStory, NothingOfWhatWasAskedIsARefusal) {
  agent.set_fault(AgentFault::no_objects);
  EXPECT_EQ(story.poll(),
            "refused: " + prefix + "the agent has none of the 9 objects that were asked for");
  use(SnmpVersion::v1, "public");
  EXPECT_EQ(story.poll(), "refused: " + prefix + "noSuchName: 1.3.6.1.2.1.33.1.99.1.0");
  agent.set_fault(AgentFault::none);
}

TEST_F(SnmpLinkStory, ErrorsOfTheAgentAreRefusals) {
  agent.set_fault(AgentFault::general);
  EXPECT_EQ(story.poll(), "refused: " + prefix + "genErr: 1.3.6.1.2.1.33.1.4.1.0");
  agent.set_fault(AgentFault::too_big);
  EXPECT_EQ(story.poll(),
            "refused: " + prefix + "tooBig: the agent cannot answer 9 objects at once");
  agent.set_fault(AgentFault::none);
  EXPECT_EQ(story.poll(), "replied OL 100");
}

TEST_F(SnmpLinkStory, WrongTypesAndAbsurdNumbersAreRejectedOneByOne) {
  agent.set_fault(AgentFault::wrong_types);
  ASSERT_EQ(story.poll(), "replied - -");
  EXPECT_TRUE(story.reading().values.rejected(Variable::battery_charge));
  EXPECT_TRUE(story.reading().values.rejected(Variable::input_voltage));
  agent.set_fault(AgentFault::lies);
  ASSERT_EQ(story.poll(), "replied - -");
  EXPECT_TRUE(story.reading().values.rejected(Variable::battery_charge));
  EXPECT_TRUE(story.reading().values.rejected(Variable::ups_load));
}

TEST_F(SnmpLinkStory, WhatIsNoAnswerToTheQuestionIsABadReply) {
  agent.set_fault(AgentFault::garbage);
  EXPECT_EQ(story.poll(),
            "failed bad_reply: " + prefix + "the answer is no SNMP message of this version");
  agent.set_fault(AgentFault::cut_reply);
  EXPECT_EQ(story.poll(),
            "failed bad_reply: " + prefix + "the answer is no SNMP message of this version");
  agent.set_fault(AgentFault::other_names);
  EXPECT_EQ(story.poll(), "failed bad_reply: " + prefix +
                              "a value of 1.3.6.1.2.1.33.1.4.1.1 where 1.3.6.1.2.1.33.1.4.1.0 was "
                              "asked for");
  agent.set_fault(AgentFault::none);
  EXPECT_EQ(story.poll(), "replied OL 100");
}

TEST_F(SnmpLinkStory, NobodyOnThePortIsToldAtOnce) {
  agent.set_fault(AgentFault::down);
  EXPECT_EQ(story.poll(), "failed unreachable: " + prefix + "connection refused");
  EXPECT_EQ(story.poll(), "failed unreachable: " + prefix + "connection refused");
  agent.set_fault(AgentFault::none);
  EXPECT_EQ(story.poll(), "replied OL 100");
}

TEST_F(SnmpLinkStory, AWrongCommunityIsSilence) {
  use(SnmpVersion::v2c, "wrong");
  EXPECT_EQ(story.silence(), "silence");
  EXPECT_EQ(agent.stats().wrong_community, 1u);
}

TEST_F(SnmpLinkStory, AMuteAgentIsLeftToTheCore) {
  agent.set_fault(AgentFault::mute);
  EXPECT_EQ(story.silence(), "silence");
  EXPECT_EQ(story.link->stats().cancels, 1u);
  agent.set_fault(AgentFault::none);
  EXPECT_EQ(story.poll(), "replied OL 100");
}

TEST_F(SnmpLinkStory, ALateAnswerIsNotTakenForTheNext) {
  agent.set_fault(AgentFault::slow);
  ups.set_charge(40);
  EXPECT_EQ(story.silence(5), "silence");
  agent.set_fault(AgentFault::none);
  ups.set_charge(90);
  EXPECT_EQ(story.poll(), "replied OL 90");
  story.settle(80);
  EXPECT_EQ(story.events.size(), 1u);
  agent.set_fault(AgentFault::other_id);
  EXPECT_EQ(story.silence(), "silence");
}

TEST_F(SnmpLinkStory, MessagesWaitForTheirTurnAndCanBeTakenBack) {
  const Transaction first = story.send();
  const Transaction second = story.send();
  const Transaction third = story.send();
  story.link->cancel(second);
  ASSERT_TRUE(story.until([&] { return story.events.size() == 2; }));
  EXPECT_EQ(SnmpStory::text(story.events[0], first), "replied OL 100");
  EXPECT_EQ(SnmpStory::text(story.events[1], third), "replied OL 100");
  story.settle();
  EXPECT_EQ(story.events.size(), 2u);
  EXPECT_EQ(agent.stats().requests, 2u);
}

TEST_F(SnmpLinkStory, ClosingForgetsEverything) {
  story.send();
  story.send();
  story.link->close();
  story.settle();
  EXPECT_TRUE(story.events.empty());
  EXPECT_EQ(story.sockets->hub.watched(), 0u);
  EXPECT_EQ(story.poll(), "replied OL 100");
}

TEST_F(SnmpLinkStory, ALinkMayEndWithAMessageOnTheWire) {
  story.send();
  story.link.reset();
  story.settle();
  EXPECT_TRUE(story.events.empty());
}

TEST_F(SnmpLinkStory, ANameIsLookedUp) {
  auto target = story.target(agent.port());
  target.host = "localhost";
  rack::SnmpAgent six(story.io, ups, {.bind = "::1", .port = agent.port()});
  story.open(target);
  EXPECT_EQ(story.poll(), "replied OL 100");
  target.host = std::string(70, 'x');  // no label of a name is so long
  story.open(target);
  EXPECT_TRUE(story.poll().starts_with("failed unreachable, not sent: snmp-a1 (xxx"));
}

TEST_F(SnmpLinkStory, OrdersAreCarriedOutOrRefused) {
  use(SnmpVersion::v2c, "private");
  std::vector<std::string> written;
  agent.on_write([&](const wire::snmp::Varbind& it) {
    written.push_back(wire::snmp::to_string(it.name) + "=" + wire::snmp::text_of(it.value));
  });
  EXPECT_EQ(story.order(ControlKind::write, "ups.delay.shutdown", "120"), "replied - -");
  EXPECT_EQ(story.order(ControlKind::command, "beeper.mute"), "replied - -");
  EXPECT_EQ(written,
            (std::vector<std::string>{"1.3.6.1.2.1.33.1.8.2.0=120", "1.3.6.1.2.1.33.1.9.8.0=3"}));
  EXPECT_EQ(story.order(ControlKind::command, "test.readonly"),
            "refused: " + prefix + "notWritable: 1.3.6.1.2.1.33.1.2.4.0");
  EXPECT_EQ(story.order(ControlKind::command, "test.type"),
            "refused: " + prefix + "wrongType: 1.3.6.1.2.1.33.1.9.8.0");
  use(SnmpVersion::v2c, "public");
  EXPECT_EQ(story.order(ControlKind::command, "beeper.mute"),
            "refused: " + prefix + "noAccess: 1.3.6.1.2.1.33.1.9.8.0");
  use(SnmpVersion::v1, "private");
  EXPECT_EQ(story.order(ControlKind::command, "test.readonly"),
            "refused: " + prefix + "noSuchName: 1.3.6.1.2.1.33.1.2.4.0");
  EXPECT_EQ(written.size(), 2u);
}

TEST_F(SnmpLinkStory, OrdersThatCannotBeAreNeverSent) {
  EXPECT_EQ(
      story.order(ControlKind::command, "test.battery.start"),
      "failed refused, not sent: " + prefix + "profile 'test' has no command 'test.battery.start'");
  EXPECT_EQ(story.order(ControlKind::write, "ups.delay.shutdown", "soon"),
            "failed refused, not sent: " + prefix +
                "'soon' is outside what 'ups.delay.shutdown' can have");
  EXPECT_EQ(story.order(ControlKind::write, "ups.delay.shutdown", "601"),
            "failed refused, not sent: " + prefix +
                "'601' is outside what 'ups.delay.shutdown' can have");
  EXPECT_EQ(agent.stats().requests, 0u);
}

// Discovery sends nothing of the order. What the engine gives up itself ends as unknown.
TEST_F(SnmpLinkStory, AnOrderToAnAgentThatTellsNoEngineIdWasNotSent) {
  story.timeout = Duration(300);
  agent.set_fault(AgentFault::mute);
  story.open(agent.port(), SnmpStory::v3("operator"));
  EXPECT_EQ(story.order(ControlKind::command, "beeper.mute"),
            "failed timed_out, not sent: " + prefix + "no engine id in 300 ms");
  EXPECT_EQ(story.order(ControlKind::command, "beeper.mute"),
            "failed timed_out, not sent: " + prefix + "no engine id in 300 ms");
}

TEST_F(SnmpLinkStory, ALostOrderIsNotSaidToBeUnsent) {
  agent.set_fault(AgentFault::down);
  EXPECT_EQ(story.order(ControlKind::command, "beeper.mute"),
            "failed unreachable: " + prefix + "connection refused");
}

}  // namespace
}  // namespace nightwatt::io

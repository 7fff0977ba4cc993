// Wrong answers of SNMP agents and what is no payload from an MQTT device.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "rack/rack.h"
#include "tests/peers/real_mosquitto.h"
#include "tests/peers/real_snmpd.h"
#include "tests/process/bad_input_story.h"

namespace nightwatt::process {
namespace {

using peers::Publisher;
using peers::RealMosquitto;
using peers::RealSnmpd;
using rack::AgentFault;
using rack::Feed;

class BadSnmp : public BadInput {
 protected:
  // The simulated rack's agent can be told to misbehave; its charge is 100.
  void begin_at_the_rack() {
    charges = {{"UPS-A", 100}};
    configure_one(fmt::format("driver: snmp, port: {}, community: public", bad.snmp_port(Feed::a)),
                  ", profile: rfc1628");
    begin();
  }
  void set(AgentFault fault) {
    bad.with([fault](rack::Rack& rack) { rack.agent(Feed::a).set_fault(fault); });
  }
  rack::RackThread bad{};
};

TEST_F(BadSnmp, WhatIsNoAnswerIsCountedAndSaid) {
  begin_at_the_rack();
  const std::pair<AgentFault, const char*> table[] = {
      {AgentFault::garbage, "no SNMP message"},
      {AgentFault::cut_reply, "no SNMP message"},
      {AgentFault::other_names, "was asked for"},
      {AgentFault::other_id, "no answer"},
      {AgentFault::mute, "no answer"},
      {AgentFault::down, "refused"},
  };
  for (const auto& [fault, error] : table) {
    SCOPED_TRACE(rack::to_string(fault));
    set(fault);
    expect_counted(error);
    set(AgentFault::none);
    expect_read_again();
  }
  expect_no_harm();
}

// An error of the agent, or the end of its MIB: the path works, and nothing was read.
TEST_F(BadSnmp, ErrorsAndTheEndOfTheMibAreAttemptsAndNoFailures) {
  begin_at_the_rack();
  for (const AgentFault fault : {AgentFault::general, AgentFault::no_objects}) {
    SCOPED_TRACE(rack::to_string(fault));
    set(fault);
    ASSERT_TRUE(watch([&] { return device("UPS-A")["reading_age_s"].get<double>() > 0.5; }))
        << told();
    ASSERT_TRUE(answers_in_a_row("UPS-A", 3)) << told();
    EXPECT_GT(device("UPS-A")["reading_age_s"].get<double>(), 0.5) << "and no reading";
    set(AgentFault::none);
    expect_read_again();
  }
  expect_no_harm();
}

// Well-formed and absurd, the status too. The first of a poll's messages brings something usable
// each time, which is no end of the failures.
TEST_F(BadSnmp, NonsenseIsNoReadingAndToldOnce) {
  begin_at_the_rack();
  set(AgentFault::lies);
  expect_counted("answered without data");
  ASSERT_TRUE(watch_for(1s)) << told();
  EXPECT_EQ(daemon.events("poll_failed").size(), 1u) << told();
  set(AgentFault::none);
  expect_read_again();
  EXPECT_EQ(daemon.events("poll_failed").size(), 2u) << told();
  expect_no_harm();
}

TEST_F(BadInput, ValuesOfWrongTypesAreRejectedOneByOneAndTheRestIsTaken) {
  if (const auto why = RealSnmpd::missing(); !why.empty()) GTEST_SKIP() << why;
  std::optional<RealSnmpd> agent(std::in_place);
  charges = {{"UPS-A", 87}};
  configure_one(fmt::format("driver: snmp, port: {}, community: public", agent->port()),
                ", profile: rfc1628");
  begin();
  RealSnmpd::Settings other{.port = agent->port()};
  for (RealSnmpd::Object& object : other.objects) {
    if (object.oid == "1.3.6.1.2.1.33.1.2.4.0") object = {object.oid, "octet_str", "eighty"};
  }
  agent.reset();
  agent.emplace(other);
  ASSERT_TRUE(watch([&] { return !daemon.events("reading_rejected").empty(); })) << told();
  expect_read_again();
  EXPECT_FALSE(device("UPS-A")["reading"].contains("battery.charge")) << told();
  EXPECT_EQ(device("UPS-A")["reading"]["ups.status"], "OL");
  expect_no_harm();
}

TEST_F(BadInput, AnAgentThatReturnsWithAnotherEngineId) {
  if (const auto why = RealSnmpd::missing(); !why.empty()) GTEST_SKIP() << why;
  RealSnmpd agent;
  charges = {{"UPS-A", 87}};
  configure_one(fmt::format("driver: snmp, port: {}, version: v3, user: both, auth: sha256,"
                            " auth_password: authpass123, privacy: aes128,"
                            " privacy_password: privpass123",
                            agent.port()),
                ", profile: rfc1628");
  begin();
  agent.kill();
  expect_counted("refused");
  agent.start();
  expect_read_again();
  agent.restart_as("80001f8804617a7572");
  expect_read_again();
  EXPECT_EQ(daemon.events("path_changed").size(), 0u);
  expect_no_harm();
}

TEST_F(BadInput, OfAnMqttDevice) {
  if (const auto why = RealMosquitto::missing(); !why.empty()) GTEST_SKIP() << why;
  RealMosquitto broker;
  Publisher ups(broker);
  peers::write_file(daemon.file("story.yaml"),
                    "profile: story\nprotocol: mqtt\nvariables:\n"
                    "  - {variable: ups.status, topic: status}\n"
                    "  - {variable: battery.charge, topic: battery, pointer: /charge}\n");
  more = "profile_files: [story.yaml]\n";
  std::string status = "OL", battery = R"({"charge": 41})";
  meanwhile = [&] {
    ups.publish("ups/a/status", status);
    ups.publish("ups/a/battery", battery);
  };
  configure_one(fmt::format("driver: mqtt, port: {}, username: {}, password: {}", broker.port(),
                            RealMosquitto::user, RealMosquitto::password),
                ", unit: ups/a, profile: story");
  begin();
  const std::pair<const char*, const char*> table[] = {
      {R"({"charge":)", "not JSON"},
      {"", "an empty message"},
      {"\x01\x02\xff", "not text"},
      {R"({"charge": "full"})", "no number"},
      {R"({"charge": {"is": 41}})", "is an object"},
      {R"([41])", "/charge"},
  };
  for (const auto& [payload, error] : table) {
    SCOPED_TRACE(payload);
    battery = payload;
    expect_counted(error);
    battery = R"({"charge": 41})";
    expect_read_again();
  }
  expect_no_harm();
}

}  // namespace
}  // namespace nightwatt::process

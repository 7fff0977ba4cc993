#include "tests/peers/real_snmpd.h"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>

#include "tests/io/snmp/snmp_story.h"

// The link against Debian's snmpd, in every version and with every kind of credential.
namespace nightwatt::io {
namespace {

using peers::RealSnmpd;

class RealSnmp : public testing::Test {
 protected:
  SnmpStory story;
  std::optional<RealSnmpd> snmpd;
  std::string prefix;

  void SetUp() override {
    if (const std::string why = RealSnmpd::missing(); !why.empty()) GTEST_SKIP() << why;
    run({});
  }
  void run(RealSnmpd::Settings settings) {
    snmpd.reset();
    snmpd.emplace(std::move(settings));
    prefix = "snmp-a1 (127.0.0.1:" + std::to_string(snmpd->port()) + "): ";
    story.open(snmpd->port());
  }
  std::string poll_as(const SnmpAgent& agent) {
    story.open(snmpd->port(), agent);
    return story.poll();
  }
};

TEST_F(RealSnmp, GivesTheSameReadingInEveryVersion) {
  for (const SnmpAgent& agent :
       {SnmpAgent{.version = SnmpVersion::v1, .community = "public"},
        SnmpAgent{.version = SnmpVersion::v2c, .community = "public"}, SnmpStory::v3("both"),
        SnmpStory::v3("auth", SnmpAuth::sha256, SnmpPrivacy::none),
        SnmpStory::v3("nobody", SnmpAuth::none, SnmpPrivacy::none)}) {
    ASSERT_EQ(poll_as(agent), "replied OL 87") << agent.user;
    const Values& values = story.reading().values;
    EXPECT_EQ(values.get(Variable::battery_runtime), 1'800);
    EXPECT_NEAR(*values.get(Variable::battery_voltage), 27.3, 0.01);
    EXPECT_EQ(values.get(Variable::input_voltage), 230);
    EXPECT_EQ(values.get(Variable::input_frequency), 50);
    EXPECT_EQ(values.get(Variable::ups_load), 23);
    EXPECT_EQ(values.get(Variable::ups_power), std::nullopt);
    EXPECT_EQ(values.rejected_bits(), 0u);
  }
}

TEST_F(RealSnmp, EveryAuthenticationAndPrivacyProtocol) {
  run({.users = {"md5des MD5 authpass123 DES privpass123",
                 "sha1aes SHA authpass123 AES privpass123",
                 "sha224 SHA-224 authpass123 AES privpass123",
                 "sha384 SHA-384 authpass123 AES-192 privpass123",
                 "sha512 SHA-512 authpass123 AES-256 privpass123",
                 "stretched SHA authpass123 AES-256 privpass123"}});
  EXPECT_EQ(poll_as(SnmpStory::v3("md5des", SnmpAuth::md5, SnmpPrivacy::des)), "replied OL 87");
  EXPECT_EQ(poll_as(SnmpStory::v3("sha1aes", SnmpAuth::sha1)), "replied OL 87");
  EXPECT_EQ(poll_as(SnmpStory::v3("sha224", SnmpAuth::sha224)), "replied OL 87");
  EXPECT_EQ(poll_as(SnmpStory::v3("sha384", SnmpAuth::sha384, SnmpPrivacy::aes192)),
            "replied OL 87");
  EXPECT_EQ(poll_as(SnmpStory::v3("sha512", SnmpAuth::sha512, SnmpPrivacy::aes256)),
            "replied OL 87");
  EXPECT_EQ(poll_as(SnmpStory::v3("stretched", SnmpAuth::sha1, SnmpPrivacy::aes256)),
            "replied OL 87");
}

TEST_F(RealSnmp, WrongCredentialsAreNamed) {
  EXPECT_EQ(poll_as(SnmpStory::v3("stranger")),
            "failed unauthorised, not sent: " + prefix + "the agent does not know user 'stranger'");
  SnmpAgent agent = SnmpStory::v3("both");
  agent.auth_password = "another-password";
  const std::string wrong = "failed unauthorised, not sent: " + prefix +
                            "wrong authentication password or protocol for user 'both'";
  EXPECT_EQ(poll_as(agent), wrong);
  EXPECT_EQ(poll_as(SnmpStory::v3("both", SnmpAuth::sha512)), wrong);
  EXPECT_EQ(poll_as(SnmpStory::v3("auth")),
            "failed unauthorised, not sent: " + prefix +
                "the agent does not offer this security level to user 'auth'");
  agent.auth_password = "short";
  EXPECT_EQ(poll_as(agent), "failed unauthorised, not sent: " + prefix +
                                "the password has fewer than 8 bytes (RFC 3414, section 11.2)");
}

TEST_F(RealSnmp, TwoLinksToOneAgentKeepTheirOwnPasswords) {
  ASSERT_EQ(poll_as(SnmpStory::v3("both")), "replied OL 87");
  const auto good = story.link;
  SnmpAgent agent = SnmpStory::v3("both");
  agent.auth_password = "another-password";
  EXPECT_TRUE(poll_as(agent).starts_with("failed unauthorised"));
  story.link = good;
  EXPECT_EQ(story.poll(), "replied OL 87");
}

// snmpd cannot decrypt and says nothing: there is no key to say it with.
TEST_F(RealSnmp, AWrongPrivacyPasswordIsSilence) {
  SnmpAgent agent = SnmpStory::v3("both");
  agent.privacy_password = "another-password";
  story.open(snmpd->port(), agent);
  EXPECT_EQ(story.silence(), "silence");
}

TEST_F(RealSnmp, AWrongCommunityIsSilence) {
  story.open(snmpd->port(), {.version = SnmpVersion::v2c, .community = "wrong"});
  EXPECT_EQ(story.silence(), "silence");
}

TEST_F(RealSnmp, DiscoveryIsDoneOnce) {
  ASSERT_EQ(poll_as(SnmpStory::v3("both")), "replied OL 87");
  EXPECT_EQ(story.link->stats().requests, 2u);
  for (int poll = 0; poll < 3; ++poll) ASSERT_EQ(story.poll(), "replied OL 87");
  EXPECT_EQ(story.link->stats().requests, 5u);
}

TEST_F(RealSnmp, AnotherEngineIdIsDiscoveredWithinThePoll) {
  ASSERT_EQ(poll_as(SnmpStory::v3("both")), "replied OL 87");
  snmpd->restart_as("80001f8804616e6f74686572");
  EXPECT_EQ(story.poll(), "replied OL 87");
  EXPECT_EQ(story.link->stats().requests, 5u) << "asked, discovered, asked again";
  EXPECT_EQ(story.poll(), "replied OL 87");
}

TEST_F(RealSnmp, ARebootedAgentIsReadWithinThePoll) {
  ASSERT_EQ(poll_as(SnmpStory::v3("both")), "replied OL 87");
  snmpd->restart();
  EXPECT_EQ(story.poll(), "replied OL 87");
}

// net-snmp would distrust it until our restart: its boot count went back.
TEST_F(RealSnmp, AnAgentThatLostItsBootCountIsBelievedAfterOneLostMessage) {
  snmpd->restart();
  snmpd->restart();
  ASSERT_EQ(poll_as(SnmpStory::v3("both")), "replied OL 87");
  snmpd->restart_as("80001f8804756e6974");
  const std::string first = story.silence(300);
  EXPECT_TRUE(first == "silence" || first == "replied OL 87") << first;
  EXPECT_EQ(story.poll(), "replied OL 87");
}

TEST_F(RealSnmp, AHungAgentCostsNobodyElseATurn) {
  ASSERT_EQ(poll_as(SnmpStory::v3("both")), "replied OL 87");
  snmpd->hang();
  const auto start = std::chrono::steady_clock::now();
  const Transaction sent = story.send();
  auto fresh = story.driver.open({.name = "snmp-a2",
                                  .host = "127.0.0.1",
                                  .port = snmpd->port(),
                                  .agent = SnmpStory::v3("both")});
  fresh->send({.transaction = Transaction{99}}, {.profile = &story.profile, .plan = &story.plan});
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(100))
      << "net-snmp's own discovery waits here";
  story.settle(50);
  story.link->cancel(sent);
  snmpd->go_on();
  EXPECT_TRUE(story.until([&] { return story.events.size() == 2; }));
  EXPECT_EQ(SnmpStory::text(story.events.back(), Transaction{99}), "replied OL 87");
  EXPECT_EQ(story.poll(), "replied OL 87");
}

TEST_F(RealSnmp, SetsAndRefusalsInEveryVersion) {
  for (const SnmpAgent& agent :
       {SnmpAgent{.version = SnmpVersion::v2c, .community = "private"}, SnmpStory::v3("both")}) {
    story.open(snmpd->port(), agent);
    EXPECT_EQ(story.order(ControlKind::write, "ups.delay.shutdown", "120"), "replied - -");
    EXPECT_EQ(story.order(ControlKind::command, "test.readonly"),
              "refused: " + prefix + "notWritable: 1.3.6.1.2.1.33.1.2.4.0");
  }
  story.open(snmpd->port(), {.version = SnmpVersion::v2c, .community = "public"});
  EXPECT_EQ(story.order(ControlKind::write, "ups.delay.shutdown", "120"),
            "refused: " + prefix + "noAccess: 1.3.6.1.2.1.33.1.8.2.0");
}

TEST_F(RealSnmp, WrongTypesAndTheEndOfTheMib) {
  const std::string mib = "1.3.6.1.2.1.33.1.";
  run({.objects = {{mib + "4.1.0", "integer", "5"},
                   {mib + "2.4.0", "octet_str", "eighty"},
                   {mib + "4.4.1.5.1", "octet_str", " 23 "},
                   {mib + "3.3.1.3.1", "counter", "231"},
                   {mib + "2.3.0", "object_id", ".1.3.6"}}});
  ASSERT_EQ(story.poll(), "replied OB -");
  const Values& values = story.reading().values;
  EXPECT_TRUE(values.rejected(Variable::battery_charge));
  EXPECT_TRUE(values.rejected(Variable::battery_runtime));
  EXPECT_EQ(values.get(Variable::ups_load), 23);
  EXPECT_EQ(values.get(Variable::input_voltage), 231);
  run({.objects = {}});
  EXPECT_EQ(story.poll(),
            "refused: " + prefix + "the agent has none of the 9 objects that were asked for");
  EXPECT_EQ(poll_as(SnmpStory::v3("both")),
            "refused: " + prefix + "the agent has none of the 9 objects that were asked for");
}

}  // namespace
}  // namespace nightwatt::io

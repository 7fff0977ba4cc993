#include <gtest/gtest.h>

#include <string>

#include "tests/config/support.h"

namespace nightwatt::config::test {
namespace {

// A site with one agent and these traps.
std::string site(const std::string& traps) {
  return "comm_devices: [{id: c, driver: snmp, host: h, community: geheim, profile: p}]\n"
         "ups: [{name: U, paths: [{comm: c}]}]\nprofile_files: [p.yaml]\n" +
         traps;
}

World world() {
  World made;
  made.profiles["p.yaml"] =
      "profile: p\nprotocol: snmp\nvariables:\n  - {variable: ups.status, oid: 1.3.6.1}\n";
  made.files["trap"] = {"trap secret\n", 0600};
  made.files["open"] = {"trap secret\n", 0644};
  return made;
}

TEST(SnmpTraps, NobodyListensUnlessAsked) { EXPECT_FALSE(good(site(""), world()).snmp_traps); }

TEST(SnmpTraps, TheDefaultIsThePortOfTheStandardOnEveryAddress) {
  const Config config = good(site("snmp_traps: {community_file: trap}\n"), world());
  ASSERT_TRUE(config.snmp_traps);
  EXPECT_EQ(config.snmp_traps->address, "0.0.0.0");
  EXPECT_EQ(config.snmp_traps->port, 162);
  EXPECT_EQ(config.snmp_traps->community, "trap secret");
  EXPECT_TRUE(config.snmp_traps->users.empty());
}

TEST(SnmpTraps, AddressesPortsAndUsers) {
  const Config config = good(site("snmp_traps:\n  listen: '[::1]:1162'\n  users:\n"
                                  "    - {user: mon, auth: sha256, auth_password_file: trap}\n"),
                             world());
  EXPECT_EQ(config.snmp_traps->address, "::1");
  EXPECT_EQ(config.snmp_traps->port, 1162);
  ASSERT_EQ(config.snmp_traps->users.size(), 1u);
  EXPECT_EQ(config.snmp_traps->users[0].user, "mon");
  EXPECT_EQ(config.snmp_traps->users[0].version, SnmpVersion::v3);
  EXPECT_EQ(config.snmp_traps->users[0].auth_password, "trap secret");
  for (const char* listen : {"10.0.0.5", "'[::]'"}) {
    EXPECT_EQ(
        good(site(std::string("snmp_traps: {listen: ") + listen + "}\n"), world()).snmp_traps->port,
        162);
  }
}

TEST(SnmpTraps, MistakesHaveTheirPlaceAndAHint) {
  for (const char* listen : {"localhost:162", "'10.0.0.5:'", "10.0.0.5:0", "10.0.0.5:65536",
                             "'::1'", "'[::1]x'", "'[::1'", "10.0.0.5:1x"}) {
    const std::string found =
        errors(site(std::string("snmp_traps: {listen: ") + listen + "}\n"), world());
    EXPECT_TRUE(found.starts_with("snmp_traps.listen is no address to listen on")) << found;
  }
  EXPECT_EQ(errors(site("snmp_traps: {community_file: open}\n"), world()),
            "community_file 'open' can be read by everybody (mode 0644)\n");
  EXPECT_EQ(errors(site("snmp_traps: {users: [{auth: md5, auth_password_file: trap}]}\n"), world()),
            "snmp_traps.users[1] has no 'user'\n");
  EXPECT_EQ(errors(site("snmp_traps: {users: [{user: a}, {user: a}]}\n"), world()),
            "trap user 'a' is declared twice\n");
  EXPECT_EQ(errors(site("snmp_traps: {users: [{user: " + std::string(33, 'u') + "}]}\n"), world()),
            "snmp_traps.users[1].user is longer than 32 bytes\n");
  EXPECT_EQ(errors(site("snmp_traps: {comunity: x}\n"), world()),
            "unknown key 'comunity' in snmp_traps\n");
}

TEST(SnmpTraps, WithoutAnAgentTheyAreNeverHeard) {
  const std::string found = problems(
      "comm_devices: [{id: c, host: h}]\nups: [{name: U, paths: [{comm: c, unit: u}]}]\n"
      "snmp_traps: {}\n");
  EXPECT_NE(found.find("no comm device with driver: snmp"), std::string::npos) << found;
}

}  // namespace
}  // namespace nightwatt::config::test

#include <gtest/gtest.h>

#include "config/profiles/profiles.h"
#include "tests/config/support.h"

// Which profile a path is read with, and where profiles come from.
namespace nightwatt::config::test {
namespace {

std::string profile_text(const std::string& name, const std::string& protocol = "modbus") {
  const std::string place =
      protocol == "modbus" ? "holding: 0, values: {1: OL, 2: OB}" : "oid: 1.3";
  return "profile: " + name + "\nprotocol: " + protocol + "\nvariables:\n" +
         "  - {variable: ups.status, " + place + "}\n  - {variable: tank.level, " +
         (protocol == "modbus" ? "holding: 9" : "oid: 1.3.1") + "}\n";
}

std::string site(const std::string& head, const std::string& comm = "",
                 const std::string& path = "", const std::string& list = "ups") {
  return head + "comm_devices: [{id: c, driver: modbus, host: h" + comm + "}]\n" + list +
         ": [{name: U, paths: [{comm: c, unit: 1" + path + "}]}]\n";
}

TEST(Profiles, ComeWithTheProgramFromFilesAndFromAFolder) {
  World world;
  world.profiles["own.yaml"] = profile_text("own");
  world.profiles["/etc/nw/pump.yaml"] = profile_text("pump");
  const std::string head = "profile_files: [own.yaml]\nprofiles_dir: /etc/nw/\n";
  for (const std::string name : {"own", "pump", "simulated-ups-modbus"}) {
    const Config config = good(site(head, ", profile: " + name), world);
    EXPECT_EQ(config.plans.at(DeviceId{0}, primary)->profile.name, name);
  }
  const Config config = good(site(head, ", profile: own", ", profile: pump"), world);
  EXPECT_EQ(config.plans.at(DeviceId{0}, primary)->profile.name, "pump") << "the path decides";
  EXPECT_EQ(config.site.other_variables, (std::vector<std::string>{"tank.level"}));
}

TEST(Profiles, APathWithoutOneIsAnErrorForAllButNut) {
  EXPECT_EQ(errors(site("")), "ups['U'].paths[1] has no 'profile'\n");
  EXPECT_EQ(errors("comm_devices: [{id: c, host: h, profile: simulated-ups-modbus}]\n"
                   "ups: [{name: U, paths: [{comm: c, unit: u}]}]\n"),
            "comm_devices['c'].profile: NUT needs none\n");
  EXPECT_EQ(errors("comm_devices: [{id: c, host: h}]\n"
                   "ups: [{name: U, paths: [{comm: c, unit: u, profile: x}]}]\n"),
            "ups['U'].paths[1].profile: NUT needs none\n");
}

TEST(Profiles, AnUnknownOneIsToldOnce) {
  const std::string found = problems(site("", ", profile: simulated-ups-modbuss"));
  EXPECT_NE(found.find("error: unknown profile 'simulated-ups-modbuss'\n"), std::string::npos);
  EXPECT_NE(found.find("hint: did you mean 'simulated-ups-modbus'?\n"), std::string::npos);
  EXPECT_EQ(errors(site("", ", profile: nothing-like-it")), "unknown profile 'nothing-like-it'\n");
}

TEST(Profiles, MustSpeakTheDriversProtocol) {
  World world;
  world.profiles["s.yaml"] = profile_text("s", "snmp");
  EXPECT_EQ(errors(site("profile_files: [s.yaml]\n", ", profile: s"), world),
            "comm_devices['c'].profile: profile 's' is for snmp, and the driver here is modbus\n");
}

TEST(Profiles, AUpsNeedsAStatus) {
  World world;
  world.profiles["plc.yaml"] =
      "profile: plc\nprotocol: modbus\nvariables: [{variable: tank.level, holding: 0}]\n";
  const std::string head = "profile_files: [plc.yaml]\n";
  EXPECT_EQ(errors(site(head, ", profile: plc"), world),
            "profile 'plc' does not read ups.status, and 'U' is a UPS\n");
  EXPECT_EQ(errors(site(head + "ups: []\n", ", profile: plc", "", "devices"), world), "");
}

TEST(Profiles, WhatIsWrongInAFileIsSaidAtItsName) {
  World world;
  world.profiles["/etc/p.yaml"] =
      "profile: p\nprotocol: modbus\nvariables:\n"
      "  - {variable: ups.status, holdin: 0, values: {1: OL}}\n";
  const std::string found = problems(site("profile_files: [/etc/p.yaml]\n"), world);
  EXPECT_NE(found.find("error: /etc/p.yaml:4:28: unknown key 'holdin' in variables['ups.status']"),
            std::string::npos)
      << found;
  EXPECT_EQ(errors(site("profile_files: [gone.yaml]\n", ", profile: simulated-ups-modbus"), world),
            "profile file gone.yaml: no such file\n");
}

TEST(Profiles, OnePlanServesAllPathsOfOneKind) {
  std::string text =
      "comm_devices: [{id: c, driver: modbus, host: h, profile: simulated-ups-modbus}]\nups:\n";
  for (int i = 1; i <= 5; ++i) {
    text += "  - {name: U" + std::to_string(i) + ", paths: [{comm: c, unit: " + std::to_string(i) +
            "}]}\n";
  }
  const Config config = good(text);
  for (std::uint32_t i = 1; i < 5; ++i) {
    EXPECT_EQ(config.plans.at(DeviceId{i}, primary), config.plans.at(DeviceId{0}, primary));
  }
}

TEST(Profiles, NutPathsHaveNoPlan) {
  const Config config = good("ups: [{name: A@h}]\n");
  EXPECT_EQ(config.plans.at(DeviceId{0}, primary), nullptr);
  EXPECT_TRUE(device(config, "A@h").paths[0].messages.empty());
}

}  // namespace
}  // namespace nightwatt::config::test

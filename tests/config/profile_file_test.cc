#include "config/profiles/profile_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/profiles/profiles.h"

// Profiles as files: what is read, and each mistake with its place and hint.
namespace nightwatt::config::test {
namespace {

struct Read {
  std::vector<std::string> others{};
  LoadedProfile loaded{};
};

Read read(std::string_view text) {
  Read out;
  VariableNames names(out.others);
  out.loaded = load_profile(text, names);
  return out;
}

std::string problems(std::string_view text) {
  return render(read(text).loaded.diagnostics, "p.yaml", text);
}

// Messages of all problems, one a line.
std::string messages(std::string_view text) {
  std::string out;
  const Read found = read(text);
  for (const Diagnostic& each : found.loaded.diagnostics.list()) out += each.message + '\n';
  return out;
}

std::string modbus(const std::string& items, const std::string& more = "") {
  return "profile: p\nprotocol: modbus\nvariables:\n  - " + items + "\n" + more;
}
std::string snmp(const std::string& items, const std::string& more = "") {
  return "profile: p\nprotocol: snmp\nvariables:\n  - " + items + "\n" + more;
}
std::string mqtt(const std::string& items, const std::string& more = "") {
  return "profile: p\nprotocol: mqtt\nvariables:\n  - " + items + "\n" + more;
}

TEST(ProfileFile, ReadsPlacesOnModbus) {
  const Read found = read(modbus(
      "{variable: a.b, holding: 0x10, type: u32, word_order: low_first, byte_order: low_first}\n"
      "  - {variable: a.c, register: 40001}\n"
      "  - {variable: a.d, register: 300017}\n"
      "  - {variable: a.e, register: 00003}\n"
      "  - {variable: a.f, discrete: 5}\n"
      "  - {variable: a.g, input: 7, bit: 3}"));
  ASSERT_TRUE(found.loaded.profile);
  const auto source = [&](std::size_t i) {
    return std::get<profile::ModbusSource>(found.loaded.profile->items.at(i).source);
  };
  using profile::RegisterKind;
  EXPECT_EQ(source(0).address, 16);
  EXPECT_TRUE(source(0).low_word_first);
  EXPECT_TRUE(source(0).low_byte_first);
  EXPECT_EQ(source(1), (profile::ModbusSource{.kind = RegisterKind::holding_register}));
  EXPECT_EQ(source(2).kind, RegisterKind::input_register);
  EXPECT_EQ(source(2).address, 16);
  EXPECT_EQ(source(3).kind, RegisterKind::coil);
  EXPECT_EQ(source(3).address, 2);
  EXPECT_EQ(source(4).type, profile::NumberType::bit);
  EXPECT_EQ(source(5).bit, 3);
  EXPECT_EQ(found.others, (std::vector<std::string>{"a.b", "a.c", "a.d", "a.e", "a.f", "a.g"}));
}

TEST(ProfileFile, ANumberOutOfAManualIsNotTakenForAnAddress) {
  EXPECT_EQ(problems(modbus("{variable: a.b, holding: 40001}")),
            "p.yaml:4:30: warning: variables['a.b'].holding counts from 0, as on the wire\n"
            "      - {variable: a.b, holding: 40001}\n"
            "                                 ^\n"
            "    hint: if the manual says 40001, write register: 40001; if it really is address "
            "40001, write 0x9c41\n");
  EXPECT_EQ(messages(modbus("{variable: a.b, holding: 0x9c41}")), "");
  EXPECT_EQ(messages(modbus("{variable: a.b, register: 12}")),
            "variables['a.b'].register has five or six digits, the first says which table: 40001 "
            "is the first holding register\n");
  EXPECT_EQ(messages(modbus("{variable: a.b, register: 50001}")),
            "variables['a.b'].register has five or six digits, the first says which table: 40001 "
            "is the first holding register\n");
  EXPECT_EQ(messages(modbus("{variable: a.b, register: 40000}")),
            "variables['a.b'].register: the numbers of a table run from 40001 to 49999\n");
}

TEST(ProfileFile, MistakesOfPlacesOnModbus) {
  const std::vector<std::pair<const char*, const char*>> cases{
      {"{variable: a.b}", "variables['a.b'] has no register\n"},
      {"{variable: a.b, holding: 1, coil: 2}", "variables['a.b'] has two places\n"},
      {"{variable: a.b, holding: -1}",
       "variables['a.b'].holding must be an address from 0 to 65535 (or 0x0 to 0xffff), got "
       "'-1'\n"},
      {"{variable: a.b, holding: 65535, type: u32}",
       "variables['a.b'] ends behind the last register\n"},
      {"{variable: a.b, coil: 1, type: u16}",
       "variables['a.b']: a coil is one bit and has no "
       "type\n"},
      {"{variable: a.b, holding: 1, type: u16, bit: 2}",
       "variables['a.b'] has both 'type' and 'bit'\n"},
      {"{variable: a.b, holding: 1, word_order: low_first}",
       "variables['a.b'].word_order does nothing: the value is one register\n"},
      {"{variable: a.b, holding: 1, absent: -1}",
       "variables['a.b'].absent: -1 can never be read from holding 1 u16\n"},
      {"{variable: a.b, holding: 1, scale: 0}", "variables['a.b'].scale must not be 0\n"},
      {"{variable: a.b, holding: '1', scale: '2'}",
       "variables['a.b'].scale must be a number from -1000000000000 to 1000000000000, got the text "
       "\"2\"\n"},
      {"{variable: a.b, oid: 1.3}",
       "variables['a.b'] has no register\nunknown key 'oid' in variables['a.b']\n"},
  };
  for (const auto& [item, wanted] : cases) EXPECT_EQ(messages(modbus(item)), wanted) << item;
}

TEST(ProfileFile, NamesThatAreSlips) {
  EXPECT_EQ(problems(modbus("{variable: battery.chage, holding: 1}")),
            "p.yaml:4:16: error: variables['battery.chage']: 'battery.chage' is none of NUT's "
            "variables, and near to one\n"
            "      - {variable: battery.chage, holding: 1}\n"
            "                   ^\n"
            "    hint: did you mean 'battery.charge'? A name of your own must differ more\n");
  EXPECT_EQ(messages(modbus("{variable: ups.model, holding: 1}")),
            "variables['ups.model']: 'ups.model' is text, and profiles read numbers\n");
  for (const char* good : {"tank.1.level", "input.L2-N.voltage", "outlet.3.current",
                           "battery.cell.voltage", "input.voltage.average"}) {
    EXPECT_EQ(messages(modbus(std::string("{variable: ") + good + ", holding: 1}")), "") << good;
  }
  for (const char* bad : {"level", "Tank.level", "tank..level", "tank.lev el", ".a.b", "a.b."}) {
    EXPECT_THAT(messages(modbus(std::string("{variable: '") + bad + "', holding: 1}")),
                testing::HasSubstr("is no name in NUT's form"))
        << bad;
  }
}

TEST(ProfileFile, WhatIsReadTwice) {
  EXPECT_EQ(messages(modbus("{variable: a.b, holding: 1}\n  - {variable: a.b, holding: 2}")),
            "'a.b' is read twice\n");
  EXPECT_EQ(messages(modbus("{variable: a.b, holding: 1}\n  - {variable: a.c, holding: 1}")),
            "variables['a.c'] stands where 'a.b' stands, too\n");
  EXPECT_EQ(
      messages(modbus("{variable: a.b, holding: 1, type: u32}\n  - {variable: a.c, holding: 2}")),
      "variables['a.c'] shares registers with 'a.b'\n");
  EXPECT_EQ(messages(modbus("{variable: ups.status, holding: 1, values: {1: OL}}\n"
                            "  - {variable: ups.status, holding: 1, bits: {4: OB}}")),
            "");
}

TEST(ProfileFile, MapsOfValuesAndBits) {
  const Read found = read(
      modbus("{variable: ups.status, holding: 0, bits: {3: LB, 0: {set: OB, clear: OL CHRG}}}\n"
             "  - {variable: a.b, holding: 1, type: s16, values: {-1: 10, 0x10: 2.5}}"));
  ASSERT_TRUE(found.loaded.profile);
  const auto& bits = found.loaded.profile->items[0].meanings;
  ASSERT_EQ(bits.size(), 2u);
  EXPECT_EQ(bits[0].raw, 0);
  EXPECT_EQ(bits[0].words, parse_status("OB"));
  EXPECT_EQ(bits[0].otherwise, parse_status("OL CHRG"));
  const auto& values = found.loaded.profile->items[1].meanings;
  EXPECT_EQ(values[0].raw, -1);
  EXPECT_EQ(values[1].raw, 16);
  EXPECT_EQ(values[1].number, 2.5);
}

TEST(ProfileFile, MistakesOfMaps) {
  const auto status = [](const std::string& map) {
    return messages(modbus("{variable: ups.status, holding: 0, " + map + "}\n" +
                           "  - {variable: ups.status, holding: 9, values: {1: OL, 2: OB}}"));
  };
  EXPECT_EQ(status("bits: {16: LB}"),
            "variables['ups.status'].bits: '16' is no number of a bit from 0 to 15\n");
  EXPECT_EQ(status("values: {70000: LB}"),
            "variables['ups.status'].values: '70000' is no whole number from 0 to 65535\n");
  EXPECT_EQ(status("values: {1: OLL}"),
            "variables['ups.status'].values: 'OLL' is no status word\n");
  EXPECT_EQ(status("values: {1: LB, 0x1: OB}"),
            "variables['ups.status'].values says twice what 1 "
            "means\n");
  EXPECT_EQ(status("values: {1: LB}, bits: {1: LB}"),
            "variables['ups.status'] has more than one map\n");
  EXPECT_EQ(status("scale: 2, values: {1: LB}"),
            "variables['ups.status']: a map already says the value, scale and offset do nothing\n");
  EXPECT_EQ(status("scale: 2"), "variables['ups.status'] is a number without a meaning\n");
  EXPECT_EQ(messages(modbus("{variable: a.b, holding: 0, values: {1: OL}}")),
            "variables['a.b'].values: the meaning must be a number, got 'OL'\n");
  EXPECT_EQ(messages(modbus("{variable: ups.status, holding: 0, values: {1: OL}}")),
            "nothing in this profile makes ups.status say OB\n");
}

TEST(ProfileFile, SnmpAndMqttPlaces) {
  const Read found = read(snmp("{variable: a.b, oid: .1.3.6.1.2.1.33.1.2.4.0}"));
  ASSERT_TRUE(found.loaded.profile);
  EXPECT_EQ(std::get<profile::SnmpSource>(found.loaded.profile->items[0].source).oid.size(), 11u);
  for (const char* bad : {"1", "1.3.", "1.40.1", "3.1", "1.3.x", "1..3", "1.3.99999999999"}) {
    EXPECT_EQ(messages(snmp(std::string("{variable: a.b, oid: '") + bad + "'}")),
              "variables['a.b'].oid is no OID in numbers\n")
        << bad;
  }
  const Read broker = read(mqtt("{variable: a.b, topic: state, pointer: /battery/0/charge}",
                                "presence: {topic: online, offline: '0'}\n"));
  ASSERT_TRUE(broker.loaded.profile);
  EXPECT_EQ(broker.loaded.profile->presence.topic, "online");
  EXPECT_EQ(broker.loaded.profile->presence.offline, "0");
  EXPECT_EQ(messages(mqtt("{variable: a.b, topic: state/+}")),
            "variables['a.b'].topic is no topic below a prefix\n");
  EXPECT_EQ(messages(mqtt("{variable: a.b, topic: state, pointer: battery}")),
            "variables['a.b'].pointer is no JSON pointer (RFC 6901)\n");
  EXPECT_EQ(messages(snmp("{variable: a.b, oid: 1.3}", "presence: {topic: x}\n")),
            "presence is for protocol: mqtt\n");
}

TEST(ProfileFile, CommandsAndWrites) {
  const Read found = read(modbus(
      "{variable: ups.delay.shutdown, holding: 7, scale: 10}\n"
      "  - {variable: ups.status, holding: 0, bits: {0: OL, 1: OB, 2: TEST}}",
      "commands:\n"
      "  - {command: test.battery.start, holding: 100, value: 0x10, policy: verify_then_retry, "
      "verify: {variable: ups.status, words: TEST}}\n"
      "  - {command: pump.start, policy: select_before_operate, steps: [{holding: 1, value: 2}, "
      "{coil: 3, value: 1}]}\n"
      "writes:\n"
      "  - {write: ups.delay.shutdown, range: [0, 600], policy: verify_then_retry}\n"));
  ASSERT_TRUE(found.loaded.profile) << problems("");
  const auto& commands = found.loaded.profile->commands;
  ASSERT_EQ(commands.size(), 3u);
  EXPECT_EQ(commands[0].steps[0].number, 16);
  EXPECT_EQ(commands[0].verify->words, parse_status("TEST"));
  EXPECT_EQ(commands[1].steps.size(), 2u);
  EXPECT_EQ(commands[2].kind, ControlKind::write);
  EXPECT_EQ(commands[2].steps[0].scale, 10) << "it is written where and how it is read";
  EXPECT_FALSE(commands[2].steps[0].number);
  EXPECT_EQ(commands[2].high, 600);
  EXPECT_TRUE(commands[2].verify) << "a variable that is read verifies itself";
}

TEST(ProfileFile, MistakesOfCommands) {
  const auto command = [](const std::string& keys) {
    return messages(
        modbus("{variable: a.b, input: 1}", "commands:\n  - {command: " + keys + "}\n"));
  };
  EXPECT_EQ(command("load.off, coil: 1"), "commands['load.off'] has no 'value'\n");
  EXPECT_EQ(command("load.of, coil: 1, value: 1"),
            "commands['load.of']: 'load.of' is none of NUT's commands, and near to one\n");
  EXPECT_EQ(command("load.off, coil: 1, value: 2"),
            "commands['load.off'].value must be a whole number from 0 to 1, got '2'\n");
  EXPECT_EQ(command("load.off, input: 1, value: 2"),
            "commands['load.off']: nothing can be written to input 1 u16\n");
  EXPECT_EQ(command("load.off, holding: 1, bit: 3, value: 1"),
            "commands['load.off']: one bit of a register cannot be written alone\n");
  EXPECT_EQ(command("beeper.toggle, coil: 1, value: 1, policy: idempotent"),
            "commands['beeper.toggle'] toggles, and so is never repeated\n");
  EXPECT_EQ(command("load.off, coil: 1, value: 1, policy: verify_then_retry"),
            "commands['load.off']: verify_then_retry needs 'verify': what is read back\n");
  EXPECT_EQ(command("load.off, coil: 1, value: 1, policy: verify_then_retry, verify: {variable: "
                    "c.d, value: 1}"),
            "commands['load.off'].verify: this profile does not read 'c.d'\n");
  EXPECT_EQ(command("load.off, coil: 1, value: 1, policy: select_before_operate"),
            "commands['load.off']: select_before_operate needs two steps: select, operate\n");
  const auto write = [](const std::string& keys) {
    return messages(modbus("{variable: a.b, input: 1}", "writes:\n  - {write: " + keys + "}\n"));
  };
  EXPECT_EQ(write("a.b, range: [0, 5]"), "writes['a.b'] has no register\n");
  EXPECT_EQ(write("a.c, holding: 1, range: [5, 0]"),
            "writes['a.c'].range must be two numbers, the lower one first\n");
  EXPECT_EQ(write("a.c, holding: 1, scale: 0.1, range: [0, 10000]"),
            "writes['a.c'].range: 10000 would be 100000 in holding 1 u16, which holds 0 to "
            "65535\n");
  EXPECT_EQ(write("a.c, holding: 1}\n  - {write: a.c, holding: 1"), "'a.c' is declared twice\n");
}

TEST(ProfileFile, TheHead) {
  EXPECT_EQ(problems(""), "p.yaml: error: the file is empty\n");
  EXPECT_EQ(messages("variables: [{variable: a.b, holding: 1}]\n"),
            "there is no 'profile'\nthere is no 'protocol'\n");
  EXPECT_EQ(messages("profile: p\nprotocol: modbus\n"), "there is no 'variables'\n");
  EXPECT_EQ(messages("profile: p\nprotocol: modbus\nvariables: []\n"), "variables is empty\n");
  EXPECT_EQ(messages("profile: P P\nprotocol: modbuss\nvariables: [{variable: a.b}]\n"),
            "'P P' is no name for a profile\nprotocol must be one of modbus, snmp, mqtt, got "
            "'modbuss'\n");
  EXPECT_EQ(messages(modbus("{variable: a.b, holding: 1}", "command: []\n")),
            "unknown top-level key 'command'\n");
  EXPECT_EQ(messages("- 1\n"), "the file must be a mapping, got a list\n");
}

TEST(ProfileFile, StatusPointsAreAPlaceInAnyProtocol) {
  for (const auto& profile : {modbus, snmp, mqtt}) {
    const std::string place =
        profile("X", "").find("modbus") != std::string::npos ? "register: 40001"
        : profile("X", "").find("snmp") != std::string::npos ? "oid: 1.3.6.1.0"
                                                             : "topic: t";
    const Read found = read(profile("{variable: a.b, " + place +
                                        "}\n"
                                        "  - {variable: link.success, point: comm.success.hour}\n"
                                        "  - {variable: link.slow, point: comm.path.2.latency_ms, "
                                        "scale: 0.001, offset: 1, group: g}",
                                    ""));
    ASSERT_TRUE(found.loaded.profile) << messages(profile("{variable: a.b, " + place + "}", ""));
    EXPECT_EQ(found.loaded.profile->items.size(), 1u);
    const auto& points = found.loaded.profile->points;
    ASSERT_EQ(points.size(), 2u);
    EXPECT_EQ(points[0].point, (Point{PointKind::success_hour, {}}));
    EXPECT_EQ(points[0].scale, 1);
    EXPECT_EQ(points[1].point, (Point{PointKind::latency, PathRank{2}}));
    EXPECT_EQ(points[1].scale, 0.001);
    EXPECT_EQ(points[1].offset, 1);
    EXPECT_EQ(points[1].group, "g");
    EXPECT_EQ(found.others, (std::vector<std::string>{"a.b", "link.success", "link.slow"}));
  }
}

TEST(ProfileFile, MistakesOfStatusPoints) {
  const std::string first = "{variable: a.b, register: 40001}\n  - ";
  EXPECT_EQ(problems(modbus(first + "{variable: link.success, point: comm.sucess.hour}")),
            "p.yaml:5:37: error: variables['link.success']: there is no status point "
            "'comm.sucess.hour'\n"
            "      - {variable: link.success, point: comm.sucess.hour}\n"
            "                                        ^\n"
            "    hint: did you mean 'comm.success.hour'?\n");
  EXPECT_EQ(messages(modbus(first + "{variable: link.id, point: comm.active.id}")),
            "variables['link.id']: 'comm.active.id' is text, and a number is needed\n");
  EXPECT_EQ(messages(modbus(first + "{variable: battery.charge, point: comm.success.hour}")),
            "variables['battery.charge'] is what the UPS says, and no status point can say it\n");
  EXPECT_EQ(messages(modbus(first + "{variable: a.b, point: comm.success.hour}")),
            "'a.b' is read twice\n");
  EXPECT_EQ(messages(modbus(first + "{variable: a.c, point: comm.success.hour, scale: 0}")),
            "variables['a.c'].scale must not be 0\n");
  EXPECT_NE(messages(modbus(first + "{variable: a.c, point: comm.success.hour, register: 40002}"))
                .find("register"),
            std::string::npos);
}

TEST(ProfileFile, OfStatusPointsAloneNothingIsPolled) {
  EXPECT_EQ(
      problems(modbus("{variable: link.success, point: comm.success.hour}")),
      "p.yaml:4:3: error: nothing in this profile is polled\n"
      "      - {variable: link.success, point: comm.success.hour}\n"
      "      ^\n"
      "    hint: status points are filled when a poll ends: list what the device says, too\n");
}

TEST(ProfileFile, AllProblemsInOnePass) {
  EXPECT_EQ(messages(modbus("{variable: battery.chage, holding: 1}\n"
                            "  - {variable: a.b, holding: 70000}\n"
                            "  - {variable: ups.status, coil: 1, values: {2: OL}, scal: 1}")),
            "variables['battery.chage']: 'battery.chage' is none of NUT's variables, and near to "
            "one\n"
            "variables['a.b'].holding must be an address from 0 to 65535 (or 0x0 to 0xffff), got "
            "'70000'\n"
            "variables['ups.status'].values: '2' is no whole number from 0 to 1\n"
            "unknown key 'scal' in variables['ups.status']\n");
}

TEST(ShippedProfiles, AreFreeOfProblems) {
  ASSERT_GE(shipped_profiles().size(), 6u);
  for (const ShippedProfile& each : shipped_profiles()) {
    const Read found = read(each.text);
    EXPECT_EQ(render(found.loaded.diagnostics, each.name, each.text), "");
    ASSERT_TRUE(found.loaded.profile);
    EXPECT_EQ(found.loaded.profile->name, each.name) << "the file has the profile's name";
    EXPECT_NE(found.loaded.profile->title, each.name) << "people read the title";
  }
}

}  // namespace
}  // namespace nightwatt::config::test

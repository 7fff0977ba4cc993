#include <gtest/gtest.h>

#include <algorithm>

#include "tests/config/support.h"

// Comm devices of each driver, and what their paths call a unit.
namespace nightwatt::config::test {
namespace {

using namespace std::chrono_literals;

// One UPS over one comm device with these keys.
std::string site(std::string_view comm, std::string_view path = "unit: 1") {
  return "comm_devices: [{id: c, " + std::string(comm) + "}]\n" +
         "ups: [{name: U, paths: [{comm: c" + (path.empty() ? "" : ", ") + std::string(path) +
         "}]}]\n";
}

constexpr std::string_view modbus = "driver: modbus, host: h, profile: simulated-ups-modbus";

TEST(Drivers, ModbusOverTcp) {
  const Config config = good(site(modbus));
  const CommEndpoint& endpoint = config.endpoints[0];
  EXPECT_EQ(endpoint.driver, "modbus");
  EXPECT_EQ(endpoint.port, 502);
  EXPECT_EQ(std::get<ModbusLine>(endpoint.settings).framing, ModbusFraming::tcp);
  EXPECT_FALSE(config.site.comms[0].shared_fate) << "a mute device must not fail its neighbours";
  const core::PathRule& path = device(config, "U").paths[0];
  EXPECT_EQ(path.unit, "1");
  ASSERT_EQ(path.messages.size(), 1u);
  EXPECT_GE(path.messages[0], 1);
  const profile::PathPlan* plan = config.plans.at(DeviceId{0}, primary);
  ASSERT_NE(plan, nullptr);
  EXPECT_EQ(plan->profile.name, "simulated-ups-modbus");
  EXPECT_EQ(plan->schedules[0].messages.size(), path.messages[0]);
}

TEST(Drivers, TheSummaryNamesWayAndProfile) {
  const std::string text = summary(good(site(modbus)));
  EXPECT_NE(text.find("  c: modbus h:502\n"), std::string::npos) << text;
  EXPECT_NE(text.find("     primary: c unit 1, profile simulated-ups-modbus:"), std::string::npos)
      << text;
}

TEST(Drivers, ModbusOnASerialPort) {
  const Config config =
      good(site("driver: modbus, serial: /dev/ttyUSB0, baud: 9600, parity: none, "
                "profile: simulated-ups-modbus"));
  const auto& line = std::get<ModbusLine>(config.endpoints[0].settings);
  EXPECT_EQ(line.framing, ModbusFraming::rtu);
  EXPECT_EQ(line.serial, "/dev/ttyUSB0");
  EXPECT_EQ(line.baud, 9'600);
  EXPECT_EQ(line.parity, Parity::none);
  EXPECT_EQ(line.stop_bits, 2) << "V1.02, 2.5.1: no parity, two stop bits";
  EXPECT_FALSE(config.site.comms[0].shared_fate);
}

TEST(Drivers, ModbusMistakes) {
  const std::string rtu = "driver: modbus, profile: simulated-ups-modbus, ";
  EXPECT_EQ(errors(site(rtu + "framing: rtu")), "comm_devices['c'] has no 'serial'\n");
  EXPECT_EQ(errors(site(rtu + "serial: /dev/ttyS0, host: h")),
            "comm_devices['c'].host is not for a serial port\n");
  EXPECT_EQ(errors(site(rtu + "serial: COM1")),
            "comm_devices['c'].serial must be the path of a port\n");
  EXPECT_EQ(errors(site(rtu + "serial: /dev/ttyS0, baud: 9601")),
            "comm_devices['c'].baud is none of 1200, 2400, 4800, 9600, 19200, 38400, 57600, "
            "115200, 230400\n");
  EXPECT_EQ(errors(site(rtu + "framing: rtu_over_tcp, host: h")),
            "comm_devices['c'] has no 'port'\n");
  EXPECT_EQ(errors(site(rtu + "host: h, baud: 9600")),
            "comm_devices['c'].baud is for framing: rtu\n");
  EXPECT_EQ(errors(site(rtu + "host: h, username: x")),
            "unknown key 'username' in comm_devices['c']\n");
}

TEST(Drivers, ModbusUnits) {
  for (const char* unit : {"1", "247", "0", "255", "'17'"}) {
    EXPECT_EQ(errors(site(modbus, std::string("unit: ") + unit)), "") << unit;
  }
  for (const char* unit : {"248", "-1", "256", "1.5", "ups1", "1e1"}) {
    EXPECT_EQ(errors(site(modbus, std::string("unit: ") + unit)),
              "ups['U'].paths[1].unit must be a Modbus unit from 1 to 247, or 0 or 255 for the "
              "device itself, got '" +
                  std::string(unit) + "'\n");
  }
  const std::string rtu = "driver: modbus, profile: simulated-ups-modbus, serial: /dev/ttyS0";
  EXPECT_EQ(problems(site(rtu, "unit: 0")),
            "site.yaml:2:41: error: ups['U'].paths[1].unit must be a Modbus unit from 1 to 247, "
            "got '0'\n"
            "    ups: [{name: U, paths: [{comm: c, unit: 0}]}]\n"
            "                                            ^\n"
            "    hint: 0 is the broadcast of a serial line: nobody answers it\n");
  EXPECT_EQ(errors(site(modbus, "")), "ups['U'].paths[1] has no 'unit'\n");
}

TEST(Drivers, OneSerialPortIsOneCommDevice) {
  EXPECT_EQ(errors("comm_devices:\n"
                   "  - {id: a, driver: modbus, serial: /dev/ttyS0}\n"
                   "  - {id: b, driver: modbus, serial: /dev/ttyS0}\n"
                   "ups: [{name: U@h}]\n"),
            "'b' has the serial port of 'a'\n");
}

TEST(Drivers, SnmpWithACommunity) {
  World world;
  world.variables["RO"] = "geheim";
  const Config config = good(site("driver: snmp, host: h, community_env: RO, profile: p", "") +
                                 "profile_files: [p.yaml]\n",
                             {.variables = world.variables,
                              .profiles = {{"p.yaml",
                                            "profile: p\nprotocol: snmp\nvariables:\n"
                                            "  - {variable: ups.status, oid: 1.3.6.1}\n"}}});
  EXPECT_EQ(config.endpoints[0].port, 161);
  const auto& agent = std::get<SnmpAgent>(config.endpoints[0].settings);
  EXPECT_EQ(agent.version, SnmpVersion::v2c);
  EXPECT_EQ(agent.community, "geheim");
  EXPECT_EQ(device(config, "U").paths[0].unit, "");
  EXPECT_EQ(summary(config).find("geheim"), std::string::npos);
}

constexpr std::string_view snmp_profile =
    "profile: p\nprotocol: snmp\nvariables:\n  - {variable: ups.status, oid: 1.3.6.1}\n";

std::string snmp_errors(const std::string& keys, std::string_view path = "") {
  World world;
  world.files["pw"] = {"long enough\n", 0600};
  world.profiles["p.yaml"] = snmp_profile;
  return errors(
      site("driver: snmp, host: h, profile: p, " + keys, path) + "profile_files: [p.yaml]\n",
      world);
}

TEST(Drivers, SnmpVersion3) {
  World world;
  world.files["auth"] = {"authentication\n", 0600};
  world.files["priv"] = {"encryption\n", 0600};
  world.profiles["p.yaml"] = snmp_profile;
  const Config config =
      good(site("driver: snmp, host: h, port: 1161, version: v3, user: mon, auth: sha256, "
                "auth_password_file: auth, privacy: aes128, privacy_password_file: priv, "
                "context: ups, profile: p",
                "") +
               "profile_files: [p.yaml]\n",
           world);
  const auto& agent = std::get<SnmpAgent>(config.endpoints[0].settings);
  EXPECT_EQ(agent.version, SnmpVersion::v3);
  EXPECT_EQ(agent.user, "mon");
  EXPECT_EQ(agent.auth, SnmpAuth::sha256);
  EXPECT_EQ(agent.auth_password, "authentication");
  EXPECT_EQ(agent.privacy, SnmpPrivacy::aes128);
  EXPECT_EQ(agent.privacy_password, "encryption");
  EXPECT_EQ(agent.context, "ups");
}

TEST(Drivers, SnmpMistakes) {
  EXPECT_EQ(snmp_errors("version: v2c"), "comm_devices['c'] has no 'community'\n");
  EXPECT_EQ(snmp_errors("community: public", "unit: 1"),
            "ups['U'].paths[1].unit: an SNMP agent is one device\n");
  EXPECT_EQ(snmp_errors("community: public, user: mon"),
            "comm_devices['c'].user is for version: v3\n");
  EXPECT_EQ(snmp_errors("version: v3"), "comm_devices['c'] has no 'user'\n");
  EXPECT_EQ(snmp_errors("version: v3, user: u, community: public"),
            "comm_devices['c'].community is for version v1 and v2c\n");
  EXPECT_EQ(snmp_errors("version: v3, user: u, auth: sha256"),
            "comm_devices['c'] has no 'auth_password'\n");
  EXPECT_EQ(snmp_errors("version: v3, user: u, auth: sha256, auth_password: short"),
            "comm_devices['c']: auth_password has fewer than 8 characters\n");
  EXPECT_EQ(snmp_errors("version: v3, user: u, privacy: aes128, privacy_password_file: pw"),
            "comm_devices['c'] has privacy and no auth\n");
  EXPECT_EQ(snmp_errors("version: v4, community: x"),
            "comm_devices['c'].version must be one of v1, v2c, v3, got 'v4'\n");
}

// What people write for it everywhere else is taken, and a typing error never leads to a weaker
// protocol or to a second error about a password.
TEST(Drivers, SnmpNamesOfProtocols) {
  World world;
  world.files["pw"] = {"authentication\n", 0600};
  world.profiles["p.yaml"] = snmp_profile;
  const auto text = [](const std::string& protection) {
    return site("driver: snmp, host: h, version: 3, user: mon, " + protection +
                    ", auth_password_file: pw, privacy_password_file: pw, profile: p",
                "") +
           "profile_files: [p.yaml]\n";
  };
  const Config config = good(text("auth: sha, privacy: aes"), world);
  const auto& agent = std::get<SnmpAgent>(config.endpoints[0].settings);
  EXPECT_EQ(agent.version, SnmpVersion::v3);
  EXPECT_EQ(agent.auth, SnmpAuth::sha1);
  EXPECT_EQ(agent.privacy, SnmpPrivacy::aes128);
  EXPECT_EQ(errors(text("auth: md, privacy: aes"), world),
            "comm_devices['c'].auth must be one of none, md5, sha1, sha224, sha256, sha384, "
            "sha512, got 'md'\n");
  EXPECT_EQ(errors(text("auth: sha, privacy: aes-cbc"), world),
            "comm_devices['c'].privacy must be one of none, des, aes128, aes192, aes256, got "
            "'aes-cbc'\n");
  for (const char* typed : {"auth: md, privacy: aes", "auth: sha, privacy: 3des",
                            "auth: MD5, privacy: DES", "auth: mda, privacy: de"}) {
    const std::string found = problems(text(typed), world);
    EXPECT_EQ(found.find("did you mean 'md5'"), std::string::npos) << found;
    EXPECT_EQ(found.find("did you mean 'des'"), std::string::npos) << found;
  }
  EXPECT_NE(problems(text("auth: sha265, privacy: aes"), world).find("did you mean 'sha256'?"),
            std::string::npos);
}

TEST(Drivers, ACommunityIsNeverShown) {
  const std::string found =
      problems(site("driver: snmp, host: h, community: geheim, profil: x", ""));
  EXPECT_EQ(found.find("geheim"), std::string::npos) << found;
}

constexpr std::string_view mqtt_profile =
    "profile: m\nprotocol: mqtt\nvariables:\n  - {variable: ups.status, topic: status}\n";

World mqtt_world() {
  World world;
  world.files["pw"] = {"geheim\n", 0600};
  world.profiles["m.yaml"] = mqtt_profile;
  return world;
}

TEST(Drivers, MqttBroker) {
  const Config config =
      good(site("driver: mqtt, host: h, tls: true, ca_file: /ca.pem, username: u, "
                "password_file: pw, keepalive: 10s, freshness: 20s, will_topic: nw/state, "
                "reconnect_interval: 2s, connection_timeout: 3s, profile: m",
                "unit: site/ups-a") +
               "profile_files: [m.yaml]\n",
           mqtt_world());
  EXPECT_EQ(config.endpoints[0].port, 8883);
  const auto& broker = std::get<MqttBroker>(config.endpoints[0].settings);
  EXPECT_TRUE(broker.tls);
  EXPECT_EQ(broker.ca_file, "/ca.pem");
  EXPECT_EQ(broker.keepalive, 10s);
  EXPECT_EQ(broker.freshness, 20s);
  EXPECT_EQ(broker.reconnect_interval, 2s);
  EXPECT_EQ(broker.connection_timeout, 3s);
  EXPECT_EQ(broker.will_topic, "nw/state");
  EXPECT_EQ(device(config, "U").paths[0].unit, "site/ups-a");
}

TEST(Drivers, MqttMistakes) {
  const auto found = [](const std::string& keys, std::string_view path) {
    return errors(
        site("driver: mqtt, host: h, profile: m, " + keys, path) + "profile_files: [m.yaml]\n",
        mqtt_world());
  };
  EXPECT_EQ(found("tls: true", "unit: site/#"),
            "ups['U'].paths[1].unit is no beginning of topics\n");
  EXPECT_EQ(found("tls: true", ""), "ups['U'].paths[1] has no 'unit'\n");
  EXPECT_EQ(found("ca_file: /ca.pem", "unit: u"), "comm_devices['c'].ca_file is for tls: true\n");
  EXPECT_EQ(found("tls: true, key_file: /k", "unit: u"),
            "comm_devices['c'] needs certificate_file and key_file together\n");
  EXPECT_EQ(found("tls: true", "unit: u, reconnect_interval: 5s"),
            "ups['U'].paths[1].reconnect_interval is of the comm device\n");
}

TEST(Drivers, AnUnknownOneIsToldOnce) {
  const std::string told = errors(
      "comm_devices: [{id: a, driver: modbsu, host: h, profile: simulated-ups-modbus}]\n"
      "ups: [{name: U, paths: [{comm: a, unit: 1}]}]\n");
  EXPECT_EQ(std::ranges::count(told, '\n'), 1) << told;
}

TEST(ProfileErrors, StatusPointsAreNoVariablesOfADevice) {
  World world;
  world.profiles["p.yaml"] =
      "profile: p\nprotocol: modbus\nvariables:\n"
      "  - {variable: comm.tank.level, register: 40001}\n";
  const std::string text = "profile_files: [p.yaml]\nups: [{name: A@h}]\n";
  EXPECT_NE(errors(text, world).find("'comm.tank.level' is Nightwatt's own"), std::string::npos)
      << errors(text, world);
  EXPECT_NE(errors("ups: [{name: A@h, variables: [comm.success.hour]}]\n")
                .find("'comm.success.hour' is Nightwatt's own"),
            std::string::npos);
}

}  // namespace
}  // namespace nightwatt::config::test

// One UPS over several protocols: the daemon over NUT, SNMP and Modbus to the same simulated UPS.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "rack/rack.h"
#include "tests/process/daemon_process.h"

namespace nightwatt::process {
namespace {

using rack::Feed;
using rack::Line;
using rack::Rack;

class Protocols : public testing::Test {
 protected:
  void SetUp() override {
    daemon.write_config(fmt::format(
        R"yaml(behavior: {{dry_run: true}}
comm_devices:
  - {{id: nut-a, driver: nut, host: 127.0.0.1, port: {}}}
  - {{id: snmp-a, driver: snmp, host: 127.0.0.1, port: {}, community: public}}
  - {{id: modbus-a, driver: modbus, host: 127.0.0.1, port: {}}}
ups:
  - name: UPS-A
    check_interval: 0.2
    paths:
      - {{comm: nut-a, unit: ups1, initial_fail: 0s}}
      - {{comm: snmp-a, profile: rfc1628, initial_fail: 0s, retry_primary: 5m}}
      - {{comm: modbus-a, unit: "1", profile: simulated-ups-modbus, retry_primary: 5m}}
)yaml",
        rack.port(Feed::a, Line::first), rack.snmp_port(Feed::a), rack.modbus_port(Feed::a)));
    ASSERT_TRUE(daemon.start()) << daemon.log();
    ASSERT_TRUE(reaches(1)) << daemon.log();
  }

  // Read over this path, and HEALTHY or at least seen.
  bool reaches(int path) {
    return wait_until([&] {
      const Json device = daemon.device("UPS-A");
      return device.is_object() && device["active"]["path"] == path &&
             device["reading"].is_object() && device["reading_age_s"].is_number() &&
             device["reading_age_s"].get<double>() < 0.5 &&
             device["paths"][static_cast<std::size_t>(path - 1)]["condition"] == "active";
    });
  }
  double value(const char* name) { return daemon.device("UPS-A")["reading"].value(name, -1.0); }

  rack::RackThread rack{};
  DaemonProcess daemon{};
};

TEST_F(Protocols, GiveTheSameReadingsOfOneUps) {
  std::map<std::string, std::vector<double>> seen;
  std::vector<std::string> status;
  const auto look = [&] {
    const Json reading = daemon.device("UPS-A")["reading"];
    status.push_back(reading["ups.status"]);
    for (const char* name : {"battery.charge", "battery.runtime", "ups.load", "input.voltage",
                             "battery.voltage", "output.voltage"}) {
      seen[name].push_back(reading.value(name, -1.0));
    }
  };
  look();
  rack.with([](Rack& r) { r.set_line(Feed::a, Line::first, false); });
  ASSERT_TRUE(reaches(2)) << daemon.log();
  look();
  rack.with([](Rack& r) { r.agent(Feed::a).set_fault(rack::AgentFault::mute); });
  ASSERT_TRUE(reaches(3)) << daemon.log();
  look();
  EXPECT_EQ(status[0], status[1]);
  EXPECT_EQ(status[0], status[2]);
  // UPS-MIB has minutes of runtime and whole volts.
  const std::map<std::string, double> grain{{"battery.runtime", 60}, {"battery.charge", 1}};
  for (const auto& [name, values] : seen) {
    const double within = grain.contains(name) ? grain.at(name) : 1;
    EXPECT_NEAR(values[0], values[1], within) << name << " over SNMP";
    EXPECT_NEAR(values[0], values[2], within) << name << " over Modbus";
    EXPECT_GT(values[0], 0) << name;
  }
}

TEST_F(Protocols, ABatteryIsSeenOverEachOfThem) {
  rack.with([](Rack& r) {
    r.set_feed(Feed::a, false);
    r.set_line(Feed::a, Line::first, false);
  });
  ASSERT_TRUE(reaches(2)) << daemon.log();
  EXPECT_TRUE(wait_until([&] { return daemon.device("UPS-A")["state"] == "DEGRADED"; }))
      << daemon.log();
  rack.with([](Rack& r) { r.agent(Feed::a).set_fault(rack::AgentFault::garbage); });
  ASSERT_TRUE(reaches(3)) << daemon.log();
  const std::string status = daemon.device("UPS-A")["reading"]["ups.status"];
  EXPECT_TRUE(status.starts_with("OB")) << status;
  rack.with([](Rack& r) { r.set_feed(Feed::a, true); });
  EXPECT_TRUE(wait_until([&] { return daemon.device("UPS-A")["state"] == "HEALTHY"; }))
      << daemon.log();
}

TEST_F(Protocols, ADisabledCommDeviceIsLeftAtOnceAndTheAnswerSaysIt) {
  const Finished answer = run({"comm", "nut-a", "disable", "--socket", daemon.file("sock")});
  EXPECT_EQ(answer.code, 0) << answer.out;
  ASSERT_TRUE(reaches(2)) << daemon.log();
  const Finished why = run({"devices", "--why", "UPS-A", "--socket", daemon.file("sock")});
  EXPECT_NE(why.out.find("nut-a is disabled"), std::string::npos) << why.out;
  const Finished again = run({"comm", "nut-a", "enable", "--socket", daemon.file("sock")});
  EXPECT_EQ(again.code, 0) << again.out;
}

}  // namespace
}  // namespace nightwatt::process

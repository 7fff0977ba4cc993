// What devices say beyond what decisions use, from the wire to people: a controller on libmodbus,
// and UPSes behind a real upsd.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <optional>
#include <set>
#include <sstream>

#include "tests/peers/free_port.h"
#include "tests/peers/real_modbus.h"
#include "tests/peers/real_upsd.h"
#include "tests/process/daemon_process.h"

namespace nightwatt::process {
namespace {

using peers::RealModbus;
using peers::RealUpsd;

double number_of(const Json& device, const std::string& name) {
  constexpr double none = -1e9;
  if (!device.is_object() || !device["variables"].contains(name)) return none;
  const Json& value = device["variables"][name]["value"];
  return value.is_number() ? value.get<double>() : none;
}

// The page, after a look at its form: a scrape refuses a sample that is there twice.
std::string metrics_of(const DaemonProcess& daemon) {
  const std::string page =
      shell("curl -sS --unix-socket '" + daemon.file("sock") + "' http://localhost/metrics").out;
  std::set<std::string> samples;
  std::istringstream lines(page);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('#')) continue;
    EXPECT_TRUE(samples.insert(line.substr(0, line.rfind(' '))).second) << line;
  }
  return page;
}

TEST(Variables, OfAControllerAreShownEverywhere) {
  const std::uint16_t port = peers::free_port();
  RealModbus plc(port);
  plc.set_input(2, 13'824);  // pump.1.speed, half of its range
  plc.set_input(3, static_cast<std::uint16_t>(-55));
  plc.set_holding(10, 9);
  plc.set_holding(20, 425);
  plc.set_discrete(0, true);
  DaemonProcess daemon;
  daemon.write_config(fmt::format(R"yaml(comm_devices:
  - {{id: plc, driver: modbus, host: 127.0.0.1, port: {}, profile: generic-plc}}
devices:
  - name: Pump
    check_interval: 0.2
    paths: [{{comm: plc, unit: 1}}]
)yaml",
                                  port));
  ASSERT_TRUE(daemon.start()) << daemon.log();
  ASSERT_TRUE(daemon.wait([&] { return number_of(daemon.device("Pump"), "door.open") == 1; }))
      << daemon.device("Pump").dump(1) << daemon.log();
  const Json pump = daemon.device("Pump");
  EXPECT_NEAR(number_of(pump, "pump.1.speed"), 50, 0.01);
  EXPECT_NEAR(number_of(pump, "pump.1.temperature"), -5.5, 1e-6);
  EXPECT_EQ(number_of(pump, "pump.1.state"), -1);
  EXPECT_NEAR(number_of(pump, "pump.1.setpoint"), 42.5, 1e-6);
  EXPECT_LT(pump["variables"]["door.open"]["age_s"].get<double>(), 20);
  EXPECT_TRUE(pump["reading"].is_null()) << "it is no UPS, nothing is decided by it";

  const Finished why = daemon.cli({"devices", "--why", "Pump"});
  EXPECT_NE(why.out.find("pump.1.setpoint              42.5  ("), std::string::npos) << why.out;
  const std::string metrics = metrics_of(daemon);
  EXPECT_NE(metrics.find(R"(nightwatt_variable{device="Pump",name="pump.1.setpoint"} 42.5)"),
            std::string::npos)
      << metrics;
  plc.set_discrete(0, false);
  EXPECT_TRUE(daemon.wait([&] { return number_of(daemon.device("Pump"), "door.open") == 0; }));
}

class NutVariables : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto why = RealUpsd::missing(); !why.empty()) GTEST_SKIP() << why;
    RealUpsd::Settings settings;
    settings.upses = {"ups1", "ups2"};
    upsd.emplace(settings);
    for (const char* ups : {"ups1", "ups2"}) {
      upsd->set(ups, "ambient.temperature", "22.5");
      upsd->set(ups, "ups.firmware", "7.1");
      upsd->set(ups, "outlet.1.desc", "Left");
      upsd->take_orders(ups, silent);
      upsd->set(ups, "ups.delay.shutdown", "20");
    }
    daemon.write_config(fmt::format(
        R"yaml(comm_devices:
  - {{id: nut, driver: nut, host: 127.0.0.1, port: {}, username: admin, password: adminpw}}
ups:
  - name: UPS-A
    paths: [{{comm: nut, unit: ups1, message_timeout_ms: 800}}]
    control: {{allow: [{{name: ups.delay.shutdown, policy: verify_then_retry}}]}}
    schedules:
      - {{name: state, interval: 0.2, variables: [ups.status, battery.charge]}}
      - {{name: slow, interval: 0.4, variables: [ambient.temperature]}}
  - name: UPS-B
    check_interval: 0.2
    variables: all
    paths: [{{comm: nut, unit: ups2, message_timeout_ms: 500}}]
)yaml",
        upsd->port()));
    ASSERT_TRUE(daemon.start()) << daemon.log();
    ASSERT_TRUE(daemon.wait([&] { return daemon.device("UPS-A")["state"] == "HEALTHY"; }))
        << daemon.log();
  }
  Finished order(const std::string& value, const std::string& option = "--json") {
    return daemon.cli({"control", "UPS-A", "ups.delay.shutdown=" + value, option});
  }

  static constexpr int silent = -1;
  std::optional<RealUpsd> upsd{};
  DaemonProcess daemon{};
};

TEST_F(NutVariables, OfASecondScheduleAreShownWithTheirAge) {
  const auto temperature = [&] { return number_of(daemon.device("UPS-A"), "ambient.temperature"); };
  ASSERT_TRUE(daemon.wait([&] { return temperature() == 22.5; })) << daemon.log();
  const Json device = daemon.device("UPS-A");
  EXPECT_FALSE(device["reading"].contains("ambient.temperature")) << "of the other schedule";
  EXPECT_FALSE(device["variables"].contains("outlet.1.desc")) << "nobody asked for it";
  EXPECT_FALSE(device["variables"].contains("battery.charge")) << "it is in the reading";
  upsd->set("ups1", "ambient.temperature", "31");
  EXPECT_TRUE(daemon.wait([&] { return temperature() == 31; }));
}

TEST_F(NutVariables, AllShowsWhatUpscShows) {
  ASSERT_TRUE(daemon.wait([&] {
    return number_of(daemon.device("UPS-B"), "ups.delay.shutdown") == 20;
  })) << daemon.device("UPS-B").dump(1);
  const Json device = daemon.device("UPS-B");
  EXPECT_EQ(device["variables"]["outlet.1.desc"]["value"], "Left");
  EXPECT_EQ(number_of(device, "ambient.temperature"), 22.5);
  upsd->set("ups2", "ambient.temperature", "40");
  EXPECT_TRUE(
      daemon.wait([&] { return number_of(daemon.device("UPS-B"), "ambient.temperature") == 40; }));
  const std::string metrics = metrics_of(daemon);
  EXPECT_NE(metrics.find(R"(nightwatt_variable{device="UPS-B",name="ambient.temperature"} 40)"),
            std::string::npos)
      << metrics;
}

TEST_F(NutVariables, MetricsSayHowADeviceIsReached) {
  const std::string page = metrics_of(daemon);
  for (const char* sample :
       {R"(comm_info{device="UPS-A",active="nut",primary="nut",secondary=""} 1)",
        R"(device_unreachable{device="UPS-A"} 0)", R"(device_frozen{device="UPS-A"} 0)",
        R"(device_failover_dry_run{device="UPS-A"} 0)", R"(device_flaps{device="UPS-A"} 0)",
        R"(path_last_ok_age_seconds{device="UPS-A",path="1",comm="nut"} )",
        R"(orders_total{outcome="unknown"} 0)", "late_replies_total 0"}) {
    EXPECT_NE(page.find(std::string("\nnightwatt_") + sample), std::string::npos) << sample;
  }
}

TEST_F(NutVariables, TheNameplateIsReadWithTheFirstPoll) {
  const Json identity = daemon.device("UPS-A")["identity"];
  EXPECT_EQ(identity["device.model"], "Smart \"1500\" #1");
  EXPECT_EQ(identity["ups.firmware"], "7.1");
  EXPECT_FALSE(identity.contains("outlet.1.desc"));
  const Finished why = daemon.cli({"devices", "--why", "UPS-A"});
  EXPECT_NE(why.out.find("ups.firmware                 7.1"), std::string::npos) << why.out;
}

// The driver does what it is told and never says so.
TEST_F(NutVariables, AnOrderThatWasAppliedInSilenceIsReadBack) {
  ASSERT_EQ(order("33", "--no-wait").code, 0);
  ASSERT_TRUE(daemon.wait([&] { return !upsd->orders("ups1").empty(); })) << daemon.log();
  upsd->set("ups1", "ups.delay.shutdown", "33");
  std::string orders;
  EXPECT_TRUE(daemon.wait([&] {
    orders = daemon.cli({"orders", "--json"}).out;
    return orders.find("read back as applied") != std::string::npos;
  })) << orders
      << daemon.log();
  EXPECT_NE(orders.find(R"("outcome":"ok")"), std::string::npos) << orders;
  EXPECT_NE(metrics_of(daemon).find(R"(nightwatt_orders_total{outcome="ok"} 1)"),
            std::string::npos);
}

TEST_F(NutVariables, AnOrderThatWasNotAppliedIsSentOnceMoreAndThenUnknown) {
  const auto done = order("44");
  EXPECT_EQ(done.code, 1) << done.out << done.err;
  EXPECT_NE(done.out.find("has not been applied"), std::string::npos) << done.out << done.err;
  EXPECT_EQ(upsd->orders("ups1").size(), 2u);
}

TEST_F(NutVariables, AnOrderThatIsAnsweredNeedsNoReadingBack) {
  upsd->take_orders("ups1", 0);
  const auto done = order("55");
  EXPECT_EQ(done.code, 0) << done.out << done.err << daemon.log();
  EXPECT_EQ(upsd->orders("ups1").size(), 1u);
}

}  // namespace
}  // namespace nightwatt::process

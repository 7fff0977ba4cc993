#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "rack/rack.h"
#include "tests/process/daemon_process.h"

namespace nightwatt::process {

// A daemon with one simulated UPS over Modbus that takes two commands.
class OrderedUps : public testing::Test {
 protected:
  void begin() {
    daemon.write_config(fmt::format(
        R"yaml(comm_devices:
  - {{id: modbus-a, driver: modbus, host: 127.0.0.1, port: {}}}
ups:
  - name: UPS-A
    check_interval: 0.2
    control: {{allow: [beeper.enable, test.battery.start]}}
    paths:
      - {{comm: modbus-a, unit: "1", profile: simulated-ups-modbus, message_timeout_ms: 500}}
)yaml",
        rack.modbus_port(rack::Feed::a)));
    start();
  }
  void start() {
    ASSERT_TRUE(daemon.start()) << daemon.log();
    ASSERT_TRUE(wait_until([&] { return daemon.device("UPS-A")["state"] == "HEALTHY"; }))
        << daemon.log();
  }
  Finished order(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"control", "UPS-A"});
    return daemon.cli(std::move(arguments));
  }
  std::size_t beeps() {
    std::size_t out = 0;
    rack.with([&](rack::Rack& r) { out = r.modbus(rack::Feed::a).registers(1).writes(); });
    return out;
  }

  rack::RackThread rack{};
  DaemonProcess daemon{};
};

}  // namespace nightwatt::process

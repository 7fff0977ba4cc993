#include "config/poll_budget.h"

#include <gtest/gtest.h>

#include "tests/config/support.h"

// `polls_per_second`: written, the default of each driver, and what validate says.
namespace nightwatt::config::test {
namespace {

using namespace std::chrono_literals;

std::uint32_t budget_of(std::string_view comm, std::string_view more = "") {
  const Config config =
      good("comm_devices: [{id: c, " + std::string(comm) + "}]\n" + std::string(more) +
           "devices: [{name: D, paths: [{comm: c, unit: 1}]}]\n");
  return config.site.comms.empty() ? 0 : config.site.comms[0].budget_milli;
}

constexpr std::string_view line = "driver: modbus, serial: /dev/ttyS0, profile: apc-modbus";

TEST(PollBudget, TcpHasNone) {
  EXPECT_EQ(budget_of("host: h"), 0u);
  EXPECT_EQ(budget_of("driver: modbus, host: h, profile: apc-modbus"), 0u);
  EXPECT_EQ(budget_of("driver: modbus, framing: rtu_over_tcp, host: h, port: 4001, profile: "
                      "apc-modbus"),
            0u);
}

TEST(PollBudget, ASerialLineHasWhatItsBaudRateAndTimeOutsAllow) {
  const std::string serial(line);
  EXPECT_EQ(budget_of(serial), 4'514u) << "19200 8E1, 1 s";
  EXPECT_EQ(budget_of(serial + ", baud: 9600"), 3'142u);
  EXPECT_EQ(budget_of(serial + ", baud: 1200"), 598u);
  EXPECT_EQ(budget_of(serial + ", baud: 115200"), 6'916u) << "the device's time to think";
  EXPECT_EQ(budget_of(serial + ", message_timeout_ms: 200"), 8'228u);
  EXPECT_EQ(budget_of(serial + ", message_delay_ms: 100"), 2'885u);
}

TEST(PollBudget, TheTimeOutMayBeThatOfTheDestination) {
  EXPECT_EQ(budget_of(line, "destinations: [{serial: /dev/ttyS0, message_timeout_ms: 200}]\n"),
            8'228u);
}

TEST(PollBudget, WhatIsWrittenCounts) {
  EXPECT_EQ(budget_of("host: h, polls_per_second: 12.5"), 12'500u);
  EXPECT_EQ(budget_of(std::string(line) + ", polls_per_second: 0"), 0u) << "no limit";
}

TEST(PollBudget, WhatIsNoBudget) {
  const auto told = [](std::string_view value) {
    return errors("comm_devices: [{id: c, host: h, polls_per_second: " + std::string(value) +
                  "}]\ndevices: [{name: D, paths: [{comm: c, unit: d}]}]\n");
  };
  EXPECT_EQ(told("0.001"),
            "comm_devices['c'].polls_per_second must be 0 (no limit) or 0.01 at least\n");
  EXPECT_NE(told("-1"), "");
  EXPECT_NE(told("100001"), "");
  EXPECT_NE(told("fast"), "");
}

TEST(PollBudget, ValidateSaysIt) {
  const Config config = good(
      "comm_devices:\n"
      "  - {id: tcp, host: h}\n"
      "  - {id: line, driver: modbus, serial: /dev/ttyS0, baud: 9600, profile: apc-modbus}\n"
      "devices: [{name: D, paths: [{comm: line, unit: 1}]}]\n");
  const std::string text = summary(config);
  EXPECT_EQ(text.substr(0, text.find("  Each: ")),
            "Comm devices (2):\n"
            "  tcp: nut h:3493\n"
            "  line: modbus rtu /dev/ttyS0 9600 8E1, 3.14 polls/s at most when quickened\n");
}

}  // namespace
}  // namespace nightwatt::config::test

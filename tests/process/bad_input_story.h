#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/process/network_story.h"

// One UPS over one path whose answers are wrong, one kind after the other: each is counted by the
// path's statistics with a clear error, none becomes a reading, and the next good answer ends it.
namespace nightwatt::process {

class BadInput : public NetworkStory {
 protected:
  BadInput() {
    charges = {{"UPS-A", 41}};
    more_of_ups = "    check_interval: 0.1\n    connection_loss_grace_period: {duration: 60}\n";
  }
  void configure_one(const std::string& comm, const std::string& path) {
    configure("  - {id: line, host: 127.0.0.1, " + comm + "}\n",
              {{"UPS-A",
                "      - {comm: line, message_timeout_ms: 300, initial_fail: 0s" + path + "}\n"}});
  }
  // The fault is there: it is counted, said, and no reading.
  void expect_counted(const std::string& error) {
    const auto failed = failures("UPS-A", 1);
    const auto tried = attempts("UPS-A", 1);
    ASSERT_TRUE(watch([&] {
      return failures("UPS-A", 1) >= failed + 2 &&
             last_error("UPS-A", 1).find(error) != std::string::npos &&
             path("UPS-A", 1)["condition"] == "failing";
    })) << "wanted: "
        << error << "\nfound: " << last_error("UPS-A", 1) << "\n"
        << told();
    EXPECT_GE(attempts("UPS-A", 1), tried + 1);
    EXPECT_GT(path("UPS-A", 1)["loss_percent"].get<double>(), 0);
  }
  // It has gone: answers count again and failures end.
  void expect_read_again() {
    ASSERT_TRUE(watch([&] { return path("UPS-A", 1)["condition"] == "active"; })) << told();
    ASSERT_TRUE(answers_in_a_row("UPS-A", 2)) << told();
  }
};

}  // namespace nightwatt::process

#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "tests/process/daemon_process.h"

// The daemon on a bad network: the set-up of the stories in which bytes come late, spoilt or never.
// Each UPS has a battery charge of its own that no other has, so a reading that went to the wrong
// device, or came from an earlier question, shows. While a story waits it looks all the time, and
// at its end it asks the daemon's events for what it may have missed between two looks.
namespace nightwatt::process {

class NetworkStory : public testing::Test {
 protected:
  // `comm_devices`: list entries, indented by two blanks. `paths`: by name of the UPS the entries
  // of its `paths`, indented by six. Two UPSes or more are in one group "rack" in dry run.
  void configure(const std::string& comm_devices, const std::map<std::string, std::string>& paths);
  // Starts the daemon and waits until the group is protected, and every UPS is on its path 1.
  void begin();

  // Waits and looks. Also false when something was seen that must never be.
  bool watch(const std::function<bool()>& condition, std::chrono::milliseconds limit = 20s);
  bool watch_for(std::chrono::milliseconds how_long);
  // Waits for so many attempts over the path of this rank, none of which fails. On a busy machine
  // one may, whatever the network does; with a fault that is still there it never comes.
  bool answers_in_a_row(const std::string& ups, std::uint64_t times, int rank = 1);
  // Since begin(): no verdict but protected, no UPS unseen, no plan.
  void expect_no_harm();

  Json device(const std::string& ups) const { return daemon.device(ups); }
  int active_path(const std::string& ups) const;
  Json path(const std::string& ups, int rank) const;  // null when it is not there
  std::uint64_t failures(const std::string& ups, int rank) const;
  std::uint64_t attempts(const std::string& ups, int rank) const;
  std::string last_error(const std::string& ups, int rank) const;
  std::size_t moves(const std::string& ups) const;  // since the daemon's start
  std::string told() const { return wrong_ + daemon.log() + "\n" + daemon.status().dump(1); }

  DaemonProcess daemon;
  std::map<std::string, double> charges{};  // what a UPS may show as battery.charge
  // Keys of every UPS, each line indented by four blanks.
  std::string more_of_ups =
      "    check_interval: 0.2\n    connection_loss_grace_period: {duration: 5}\n    rise: 1\n";
  std::string more{};                 // further top-level keys
  std::function<void()> meanwhile{};  // called again and again while a story waits

 private:
  bool look();

  std::string wrong_{};
  std::size_t events_before_ = 0;
};

}  // namespace nightwatt::process

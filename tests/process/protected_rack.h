#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "tests/peers/real_sshd.h"
#include "tests/peers/real_upsd.h"
#include "tests/process/daemon_process.h"

// Two UPSes, each behind its own real upsd, and real machines behind a real sshd, watched by the
// real daemon: the set-up of the shutdown stories.
namespace nightwatt::process {

struct RackOptions {
  std::string group{};  // further keys of the group, each line indented by four blanks
  std::string triggers = "{low_battery_threshold: 20, on_battery_stabilization_delay: 0}";
  std::string servers{};  // list entries of remote_servers; empty: one that records "down"
  std::string more{};     // further top-level keys
  double interval_s = 0.2;
  int grace_s = 2;
};

class ProtectedRack : public testing::Test {
 protected:
  void SetUp() override;
  // Writes the configuration, starts the daemon, waits until both UPSes are HEALTHY.
  void begin(const RackOptions& options = {});
  std::string config(const RackOptions& options) const;
  // A list entry of remote_servers on our sshd that records `word`.
  std::string server(const std::string& name, const std::string& word, int order = 0,
                     const std::string& more = "") const;

  void on_line(peers::RealUpsd& upsd);
  void on_battery(peers::RealUpsd& upsd, int charge = 90);
  void low(peers::RealUpsd& upsd) { on_battery(upsd, 10); }

  // Each "" when there is no such thing, or the daemon does not answer.
  std::string state_of(const std::string& ups) const { return text(daemon.device(ups), "state"); }
  std::string verdict() const { return text(daemon.group("rack"), "verdict"); }
  std::string run_state(const std::string& group = "rack") const {
    const Json found = daemon.group(group);
    return found.is_object() ? text(found["run"], "state") : "";
  }
  static std::string text(const Json& object, const char* key) {
    return object.is_object() ? object.value(key, "") : "";
  }
  bool verdict_becomes(const std::string& wanted) {
    return wait_until([&] { return verdict() == wanted; });
  }
  bool run_becomes(const std::string& wanted) {
    return wait_until([&] { return run_state() == wanted; }, std::chrono::seconds(30));
  }
  std::string told() { return daemon.log() + "\n" + daemon.status().dump(1); }

  std::unique_ptr<peers::RealUpsd> a;
  std::unique_ptr<peers::RealUpsd> b;
  std::unique_ptr<peers::RealSshd> sshd;
  DaemonProcess daemon;
};

}  // namespace nightwatt::process

#pragma once

#include <cstdint>
#include <vector>

#include "base/check.h"
#include "core/comm/rule.h"

// What every poll needs of the rules, close together. Rules are rich and lie all over the memory; a
// poll that looked things up in them would wait for the memory more often than it computes. Made
// from the rules and never changed; no state.
namespace nightwatt::core {

struct PathFacts {
  CommId comm{};
  std::uint16_t messages = 1;  // of the first schedule; 0: it has nothing to ask here
  bool available = true;
  BriefDuration timeout{};
  BriefDuration delay{};  // before each attempt
};

struct DeviceFacts {
  BriefDuration interval{};  // of its only schedule, when it is plain
  BriefDuration interval_alert{};
  std::uint32_t first_path = 0;
  std::uint8_t paths = 0;
  bool plain = false;  // no schedules of its own: one of everything, over the active path
  bool guarded = false;
  bool is_ups = false;
  bool has_points = false;  // status points among its variables
};

class PollFacts {
 public:
  PollFacts() = default;
  explicit PollFacts(const std::vector<DeviceRule>& devices) {
    std::size_t paths = 0;
    for (const DeviceRule& rule : devices) paths += rule.paths.size();
    devices_.reserve(devices.size());
    paths_.reserve(paths);
    for (const DeviceRule& rule : devices) add(rule);
  }

  const DeviceFacts& operator[](DeviceId device) const { return devices_[device.value]; }
  // REQUIRES: the device has a path of that rank.
  const PathFacts& path(DeviceId device, PathRank path) const {
    return paths_[devices_[device.value].first_path + path.value - 1u];
  }

 private:
  void add(const DeviceRule& rule) {
    NW_CHECK(!rule.paths.empty() && rule.paths.size() <= paths_max);
    devices_.push_back({.interval = rule.poll_interval,
                        .interval_alert = rule.poll_interval_alert,
                        .first_path = static_cast<std::uint32_t>(paths_.size()),
                        .paths = static_cast<std::uint8_t>(rule.paths.size()),
                        .plain = rule.schedules.empty(),
                        .guarded = rule.mode == FailoverMode::guarded,
                        .is_ups = rule.is_ups,
                        .has_points = rule.points != nullptr});
    for (const PathRule& path : rule.paths) {
      paths_.push_back({.comm = path.comm,
                        .messages = path.messages.empty() ? std::uint16_t{1} : path.messages[0],
                        .available = path.available,
                        .timeout = path.message_timeout,
                        .delay = path.message_delay});
    }
  }

  std::vector<DeviceFacts> devices_{};
  std::vector<PathFacts> paths_{};
};

}  // namespace nightwatt::core

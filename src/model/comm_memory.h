#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"

// What a device must not forget over a restart of the daemon (comm-failover, section 5, item 10).
// Names instead of indices and ages instead of instants, so that it fits another configuration and
// another boot. Whoever keeps it adds the time that it was kept to the ages.
namespace nightwatt {

struct PathMemory {
  std::string comm{};
  std::string unit{};
  std::optional<Duration> last_ok_ago{};
  std::optional<Duration> failed_ago{};
  bool unproven = false;
};

struct CommMemory {
  std::string device{};
  std::string active_comm{};
  std::string active_unit{};
  std::optional<Duration> left_primary_ago{};
  std::optional<Duration> frozen_for{};  // what is left of it
  bool failed_over = false;
  std::uint8_t flaps = 0;
  std::vector<PathMemory> paths{};

  // So much time has passed since: all ages are greater, and what is left is less.
  void age(Duration by) {
    if (left_primary_ago) *left_primary_ago += by;
    if (frozen_for) *frozen_for -= by;
    for (PathMemory& path : paths) {
      if (path.last_ok_ago) *path.last_ok_ago += by;
      if (path.failed_ago) *path.failed_ago += by;
    }
  }
};

}  // namespace nightwatt

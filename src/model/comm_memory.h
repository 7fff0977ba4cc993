#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "model/comm.h"
#include "model/ids.h"

// What a device must not forget over a restart of the daemon (comm-failover, section 5, item 10).
// Names instead of indices and ages instead of instants, so that it fits another configuration and
// another boot. Whoever keeps it adds the time that it was kept to the ages.
namespace nightwatt {

struct PathMemory {
  std::string comm{};
  std::string unit{};
  std::optional<Duration> last_ok_ago{};
  std::optional<Duration> failed_ago{};
  std::uint32_t failovers = 0;  // automatic moves away from here
  bool unproven = false;
};

// A decision of before (core/comm/decision.h). Ranks are those of CommMemory::paths, 1 the first.
struct DecisionMemory {
  Duration ago{};
  std::uint8_t from = 0, to = 0;
  MoveCause cause{};
  DecisionOutcome outcome{};
  std::int32_t elapsed_ms = 0;
  std::int32_t threshold_ms = 0;
  std::vector<std::int32_t> ok_age_ms{};  // one for each path; negative: never
};

// The last move, and in words why.
struct MoveMemory {
  Duration ago{};
  std::uint8_t from = 0, to = 0;  // as above
  MoveCause cause{};
  std::string why{};
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
  std::optional<MoveMemory> last_move{};
  std::vector<DecisionMemory> decisions{};  // oldest first

  // So much time has passed since: all ages are greater, and what is left is less.
  void age(Duration by) {
    if (left_primary_ago) *left_primary_ago += by;
    if (frozen_for) *frozen_for -= by;
    for (PathMemory& path : paths) {
      if (path.last_ok_ago) *path.last_ok_ago += by;
      if (path.failed_ago) *path.failed_ago += by;
    }
    if (last_move) last_move->ago += by;
    for (DecisionMemory& decision : decisions) decision.ago += by;
  }
};

// A comm device that a person took out of use, which a restart must not put back: somebody may be
// at work on that line. `state` ok: it is back in use.
struct HandRecord {
  std::string comm{};
  CommState state{};
  std::string who{};
  Duration ago{};
};

}  // namespace nightwatt

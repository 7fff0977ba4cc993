#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "base/time.h"
#include "core/comm/order.h"
#include "model/comm.h"
#include "model/effect.h"
#include "model/ids.h"

// What comes out of communication failover.
namespace nightwatt::core {

// A device changed its path, or was asked to and could not.
struct Move {
  Instant at{};
  DeviceId device{};
  PathRank from{}, to{};
  MoveCause cause{};
  bool refused = false;
  // Tags of the asked polls in the destination's queue, in execution order; only when
  // CommOut::with_queues, because it costs the length of the queue.
  std::vector<std::uint64_t> queue_after{};
};

// How an enqueued poll ended; exactly one for each.
struct TaggedResult {
  std::uint64_t tag = 0;
  PollResult result{};
  PathRank path{};  // where it ended
  Instant at{};
};

// What one or more inputs brought. The caller hands the same one to a batch of calls and empties
// it.
struct CommOut {
  void tell(Notice notice) { effects.push_back(std::move(notice)); }

  bool with_queues = false;
  Effects effects{};                  // SendMessage, CancelMessage, Notice
  std::vector<PollReport> reports{};  // for power: reads that ended, and sweeps that succeeded
  std::vector<Move> moves{};
  // Devices with DeviceRule::tells_every_poll that ended a poll which decisions do not look at.
  std::vector<DeviceId> touched{};
  std::vector<TaggedResult> results{};
  std::vector<OrderResult> orders{};  // that ended
};

}  // namespace nightwatt::core

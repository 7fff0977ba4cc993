#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "core/comm/agenda.h"
#include "core/comm/poll.h"
#include "core/comm/rule.h"
#include "core/comm/state.h"
#include "core/comm/view.h"
#include "model/comm.h"
#include "model/effect.h"
#include "model/ids.h"
#include "model/reading.h"

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
  bool with_queues = false;
  Effects effects{};                  // SendMessage, CancelMessage, Notice
  std::vector<PollReport> reports{};  // for power: reads that ended, and sweeps that succeeded
  std::vector<Move> moves{};
  std::vector<TaggedResult> results{};
};

// Communication failover of a whole site: which path polls each device now (comm-failover, sections
// 1 to 5; `compat` is the literal table, `guarded` adds probe before failback, grace on entry and
// sweeps).
//
//     inputs (replies, states, people) ──► Comm ──► SendMessage / CancelMessage / Notice
//                      time (advance)  ──►      ──► PollReport to power, moves, results
//
// A value: copy it, compare it by its bytes. It owns attempts, message delay and time-out: a shell
// that never answers cannot hang it. One message is under way per comm device.
//
// Inputs never start a poll. Call advance(now) after the inputs of an instant: it takes what is due
// in the order schedules, completions (time-outs), starts, and only then sends. next_deadline() is
// the present as long as something may start, so that a caller who forgets is woken at once.
class Comm {
 public:
  Comm() = default;
  // REQUIRES: checked rules; CommId indexes `comms`, DeviceId `devices`. All devices count as
  // loaded now (R5).
  Comm(std::vector<CommRule> comms, std::vector<DeviceRule> devices, Instant now);

  // --- answers to SendMessage. A transaction that is not under way any more is dropped and
  // counted. A reading that is not usable() is a failed attempt: the path gave no data.
  void replied(Transaction transaction, Reading reading, Instant now, CommOut& out);
  // A valid protocol error reply: a success of the path that ends the poll (T5).
  void refused(Transaction transaction, std::string text, Instant now, CommOut& out);
  void failed(Transaction transaction, MessageFailure failure, std::string text, Instant now,
              CommOut& out);

  void comm_state(CommId comm, CommState state, Instant now, CommOut& out);

  // --- people. T6 and T7; nothing selects automatic mode. An override in automatic mode keeps the
  // mode (R18). The text says what happened, or why it was refused.
  expected<std::string, std::string> select_path(DeviceId device, std::optional<PathRank> path,
                                                 Instant now, CommOut& out);
  void set_auto(DeviceId device, bool automatic, Instant now, CommOut& out);

  void enqueue(const PollRequest& request, Instant now, CommOut& out);
  void reload_device(DeviceId device, Instant now);  // T8

  // Guarded and automatic only: one attempt on each other usable path that was not tried since the
  // last reading. Repeating it is harmless. A success is reported and moves the device there.
  void sweep(DeviceId device, Instant now, CommOut& out);
  // An attempt ended after `since` on each usable path (manual mode: on the active one). Without
  // any usable path: true, there is nothing to wait for.
  bool every_usable_path_tried_since(DeviceId device, Instant since) const;

  void advance(Instant now, CommOut& out);
  std::optional<Instant> next_deadline() const;

  DeviceView view(DeviceId device, Instant now) const;
  PathRank active(DeviceId device) const { return devices_[device.value].active; }
  bool automatic(DeviceId device) const { return devices_[device.value].automatic; }
  CommState state(CommId comm) const { return lines_[comm.value].state; }
  bool usable(DeviceId device, PathRank path) const;
  // Tags of the device's asked polls that have not ended: under way first, then in queue order.
  std::vector<std::uint64_t> pending(DeviceId device) const;
  std::uint64_t late_replies() const { return late_replies_; }  // R24
  const std::vector<CommRule>& comm_rules() const { return comm_rules_; }
  const std::vector<DeviceRule>& device_rules() const { return device_rules_; }

  // The same site under new rules (a reload of the configuration). Devices and comm devices are
  // matched by name and paths by comm device and unit; their state is kept, `last_ok` becomes now
  // (T8), and a device whose active path is gone starts on primary. Messages under way are given up
  // (CancelMessage with the *old* CommId, carry these out before the ids change); their polls run
  // again when they only read, and end as failed when they control. Polls of vanished devices end
  // as failed.
  Comm with_rules(std::vector<CommRule> comms, std::vector<DeviceRule> devices, Instant now,
                  CommOut& out) const;

  // The state, not the rules: read it back into a Comm that was made from the same rules.
  template <class A>
  void fields(A& a) {
    a(now_, devices_, lines_, polls_, agenda_, ready_, line_of_slot_, sent_, late_replies_);
  }

 private:
  struct Ended;  // why a message or poll failed

  // comm.cc: construction and inputs
  void index_rules();
  std::optional<std::uint32_t> line_of(Transaction transaction) const;
  const PathRule& path_rule(DeviceId device, PathRank path) const;
  PathState& path_state(DeviceId device, PathRank path);
  void make_ready(std::uint32_t line);

  std::vector<CommRule> comm_rules_{};
  std::vector<DeviceRule> device_rules_{};
  std::vector<std::vector<DeviceId>> devices_of_line_{};  // from the rules

  Instant now_{};
  std::vector<DeviceState> devices_{};
  std::vector<Line> lines_{};
  PollBook polls_{};
  Agenda agenda_{};
  std::vector<std::uint32_t> ready_{};
  std::vector<std::uint32_t> line_of_slot_{};
  std::uint64_t sent_ = 0;
  std::uint64_t late_replies_ = 0;
};

}  // namespace nightwatt::core

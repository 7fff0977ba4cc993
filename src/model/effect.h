#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/time.h"
#include "model/comm.h"
#include "model/comm_memory.h"
#include "model/control.h"
#include "model/ids.h"
#include "model/run.h"

// All that we can do. The core returns these; the shell carries each out and decides nothing.
namespace nightwatt {

// --- to devices ---------------------------------------------------------------------------------

// Send one message and answer with exactly one MessageReplied, MessageRefused or
// MessageFailed, unless CancelMessage comes first. The core keeps the deadline itself: the shell
// needs `timeout` only for its own connect. A read is `part` (from 0) of the messages that the
// device's `schedule` needs on this path. With an order it is a write: sent at most once, and
// `part` counts its steps (select, operate).
struct SendMessage {
  Transaction transaction{};
  CommId comm{};
  DeviceId device{};
  PathRank path{};
  Duration timeout{};
  std::uint16_t schedule = 0;
  std::uint16_t part = 0;
  std::shared_ptr<const ControlOrder> order{};
};
// Given up: whatever comes for it later is discarded. A driver whose replies carry no ids closes
// the connection.
struct CancelMessage {
  Transaction transaction{};
  CommId comm{};
};

// A device will probably move to a path over this comm device: connect now, so that its first poll
// there need not wait. No answer; a link without connections does nothing.
struct PrepareLink {
  CommId comm{};
};

// --- to the disk --------------------------------------------------------------------------------

// The point of no return: write and sync, then answer CommitWritten.
struct CommitRun {
  RunRecord record{};
};
// Progress. Written as soon as possible, in order; nothing waits for it.
struct RecordStep {
  RunId run{};
  StepRecord step{};
};
struct CloseRun {
  RunId run{};
  std::string outcome;  // "done", "done with 1 failed step", "abandoned: power was back"
};
struct RecordHold {
  HoldRecord hold{};
};
struct ForgetHold {
  std::string group;
};

// `answer`: sync it and answer AuditWritten, because an order waits for it (adr/0010).
struct RecordAudit {
  AuditRecord record{};
  bool answer = false;
};
// A person took a comm device out of use, or back (state ok): kept over a restart.
struct RecordCommState {
  HandRecord record{};
};
// A person took a UPS out of the count until then, or back in (nothing): kept over a restart.
struct RecordMaintenance {
  std::string device{};
  std::optional<Instant> until{};
};

// --- to the re-entry flag -----------------------------------------------------------------------

// Create the flag exclusively; answer FlagAnswered. `replace_stray`: remove one without a live
// owner first and say so in the detail.
struct ClaimFlag {
  GroupId group{};
  bool replace_stray = false;
};
struct ClearFlag {
  GroupId group{};
};

// --- to machines --------------------------------------------------------------------------------

// Do it and answer StepEnded; with `dry_run` touch nothing and answer at once. After a real remote
// step the shell watches the machine and reports DownConfirmed.
struct StartStep {
  RunId run{};
  GroupId group{};
  StepId step{};
  std::string name;
  StepAction action{};
  Duration deadline{};
  bool dry_run = false;
};
// Its deadline is over, or an operator aborted: end it now (kill the process group, close the
// connection). No answer is expected.
struct CancelStep {
  RunId run{};
  StepId step{};
};
// Watch one machine of the return list until it answers, then ReturnConfirmed.
struct WatchReturn {
  GroupId group{};
  std::string step_id;
  StepAction action{};
};
struct StopWatching {
  GroupId group{};
  std::string step_id;
};

// --- to people ----------------------------------------------------------------------------------

enum class Severity : std::uint8_t { debug, info, warning, error, alarm };
std::string_view to_string(Severity severity);

// Kinds are part of the interface (`nightwatt events --json`).
enum class NoticeKind : std::uint8_t {
  path_changed,
  path_refused,
  poll_failed,  // first failure of a path after a success, and its end
  comm_state,
  comm_suspect,      // a comm device fails for many, and its end
  standby,           // a path that stands by does not answer, and its end
  frozen,            // automatic moves of a device are suspended, and the end of that
  would_move,        // a device that is frozen or in dry run was kept from a move
  no_path,           // no path of a device answers: it is polled slowly; and its end
  reading_rejected,  // a value that is not a number, or absurd
  member_state,
  advisory,
  voltage,
  sizing,
  verdict,
  deferred,  // cold start or a clock gap: no verdict worse than blind yet
  countdown,
  plan_committed,
  step_started,
  step_ended,
  down_confirmed,
  plan_done,
  re_armed,
  returned,
  held,
  released,
  suppressed,
  refused,
  maintenance,
  journal,  // the disk did not take a record
  reloaded,
  control,  // an order to a device, and what came of it
  daemon,
};
std::string_view to_string(NoticeKind kind);

struct Notice {
  Severity severity = Severity::info;
  NoticeKind kind{};
  std::string subject;  // device, comm device or group name
  std::string message;  // one sentence or line, as it stands in the log
  std::vector<std::pair<std::string, std::string>> details{};
};

// The answer to a person's request, in the same step.
struct Answer {
  RequestId request{};
  bool ok = false;
  std::string text;
  std::uint64_t order = 0;  // of an order that was accepted: ask Engine::control what came of it
};

using Effect =
    std::variant<SendMessage, CancelMessage, PrepareLink, CommitRun, RecordStep, CloseRun,
                 RecordHold, ForgetHold, RecordAudit, RecordCommState, RecordMaintenance, ClaimFlag,
                 ClearFlag, StartStep, CancelStep, WatchReturn, StopWatching, Notice, Answer>;
using Effects = std::vector<Effect>;

}  // namespace nightwatt

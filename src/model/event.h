#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "base/time.h"
#include "model/comm.h"
#include "model/control.h"
#include "model/ids.h"
#include "model/reading.h"
#include "model/run.h"

// All that can happen. The engine is stepped with these and the time, and with nothing else.
namespace nightwatt {

// --- from devices -------------------------------------------------------------------------------

// A poll's message was answered with data, or an order was carried out (an empty reading).
// `reading.path` and `.at` are set by the engine.
struct MessageReplied {
  Transaction transaction{};
  Reading reading{};
};
// A valid protocol error reply: a success of the path, no data (T5).
struct MessageRefused {
  Transaction transaction{};
  std::string text;
};
struct MessageFailed {
  Transaction transaction{};
  MessageFailure failure{};
  std::string text;
  // Certainly nothing of it left us: an order may be sent again, or ends as refused. Without this a
  // failed order is unknown.
  bool not_sent = false;
};
// Something behind this comm device spoke unasked (an SNMP trap): its devices are polled now.
struct DeviceSpoke {
  CommId comm{};
};
struct CommStateReported {
  CommId comm{};
  CommState state{};
};

// --- from machines, the disk, the flag file -----------------------------------------------------

struct StepEnded {
  RunId run{};
  StepId step{};
  StepResult result{};
  std::string error;
  // Remote: no connection was made at all (refused, no route, no answer). A step that is repeated
  // after a restart of the daemon then counts as done: its machine is already down.
  bool unreachable = false;
};
// The watch saw the machine go: its SSH port no longer answers.
struct DownConfirmed {
  RunId run{};
  StepId step{};
};
// The watch saw a machine of the return list answer again.
struct ReturnConfirmed {
  GroupId group{};
  std::string step_id;
};
// The answer to CommitRun.
struct CommitWritten {
  RunId run{};
  bool ok = false;
  std::string error;
};
// The answer to a RecordAudit that wanted one.
struct AuditWritten {
  std::uint64_t order = 0;
  bool ok = false;
  std::string error;
};
// The answer to ClaimFlag.
struct FlagAnswered {
  GroupId group{};
  FlagAnswer answer{};
  std::string path;    // of the flag file, for the warning line
  std::string detail;  // "owned by running PID 812", "permission denied"
};

// --- from people --------------------------------------------------------------------------------
// `who`: for records, as the kernel knows the peer (io/http.h); empty: nobody knows.

struct PathSelected {
  RequestId request{};
  DeviceId device{};
  std::optional<PathRank> path{};  // nothing: back to automatic
  std::string who{};
};
struct AbortRequested {
  RequestId request{};
  GroupId group{};
  Duration hold_for{};
  std::string who{};
};
struct HoldRequested {
  RequestId request{};
  GroupId group{};
  Duration hold_for{};
  std::string who{};
};
struct ReleaseRequested {
  RequestId request{};
  GroupId group{};
  std::string who{};
};
// Takes a member out of the count until a time that must be given; zero ends it.
struct MaintenanceRequested {
  RequestId request{};
  DeviceId device{};
  Duration for_how_long{};
  bool force = false;
  std::string who{};
};
// No automatic move of the device until then; zero ends it.
struct FreezeRequested {
  RequestId request{};
  DeviceId device{};
  Duration for_how_long{};
  std::string who{};
};
// Takes a comm device out of use or back, for all devices on it.
struct CommRequested {
  RequestId request{};
  CommId comm{};
  CommState state{};  // ok, disabled or out_of_service
  std::string who{};
};
// An instant command or a variable write. The answer says whether it was accepted, and its id; the
// outcome comes later (Engine::control).
struct ControlRequested {
  RequestId request{};
  DeviceId device{};
  ControlKind kind{};
  std::string name{};
  std::string value{};
  std::optional<Duration> expires_in{};  // nothing: as configured
  std::string who{};
  bool dry_run = false;
};
// SIGTERM: start nothing new, clear the flags. Running plans go on; the shell waits for them.
struct StopRequested {};

using Event = std::variant<MessageReplied, MessageRefused, MessageFailed, CommStateReported,
                           DeviceSpoke, StepEnded, DownConfirmed, ReturnConfirmed, CommitWritten,
                           AuditWritten, FlagAnswered, PathSelected, AbortRequested, HoldRequested,
                           ReleaseRequested, MaintenanceRequested, FreezeRequested, CommRequested,
                           ControlRequested, StopRequested>;

}  // namespace nightwatt

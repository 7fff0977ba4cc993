#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/time.h"
#include "model/ids.h"

// Words of shutdown: a plan's actions and the record of one run (shutdown.md).
namespace nightwatt {

enum class RunState : std::uint8_t {
  armed,
  countdown,   // quorum lost, abortable
  held,        // an operator's stop, until a time
  suppressed,  // a re-entry flag was already there at first call: nothing runs until recovery
  committed,   // the point of no return is being written
  running,
  done,
};
std::string_view to_string(RunState state);

enum class StepState : std::uint8_t { pending, running, ok, failed, timed_out, skipped };
std::string_view to_string(StepState state);

enum class HostKeyPolicy : std::uint8_t {
  accept_new,  // learnt at first contact, a changed key is refused
  strict,      // only a key that is already known
};

// One command line for the remote side, run by the remote user's shell.
struct RemoteCommand {
  std::string command;
  Duration timeout{std::chrono::seconds(30)};
  template <class A>
  void fields(A& a) {
    a(command, timeout);
  }
  friend bool operator==(const RemoteCommand&, const RemoteCommand&) = default;
};

struct RemoteAction {
  std::string host;
  std::uint16_t port = 22;
  std::string user;
  std::string key_file;          // empty: the default identities and the agent
  std::string known_hosts_file;  // empty: the state directory's, then the user's
  HostKeyPolicy host_key_policy = HostKeyPolicy::accept_new;
  Duration connect_timeout{std::chrono::seconds(10)};
  std::vector<RemoteCommand> pre_shutdown{};
  RemoteCommand shutdown{};
  template <class A>
  void fields(A& a) {
    a(host, port, user, key_file, known_hosts_file, host_key_policy, connect_timeout, pre_shutdown,
      shutdown);
  }
  friend bool operator==(const RemoteAction&, const RemoteAction&) = default;
};

// A program on this machine; never a shell string. argv[0] is looked up in PATH.
struct CommandAction {
  std::vector<std::string> argv{};
  template <class A>
  void fields(A& a) {
    a(argv);
  }
  friend bool operator==(const CommandAction&, const CommandAction&) = default;
};

using StepAction = std::variant<RemoteAction, CommandAction>;

enum class StepResult : std::uint8_t {
  ok,
  failed,     // it ended and did not do its work, or could not be started
  timed_out,  // stopped at its deadline
};

// One step of one run, as written to disk and as shown.
struct StepRecord {
  std::string id;    // stable name inside the plan: "remote:compute-1"
  std::string name;  // for people
  StepState state = StepState::pending;
  bool dry_run = false;
  bool down_confirmed = false;
  std::optional<Instant> started_at{};
  std::optional<Instant> ended_at{};
  std::string error;
  bool returned = false;  // its machine was seen up again after the run
  template <class A>
  void fields(A& a) {
    a(id, name, state, dry_run, down_confirmed, started_at, ended_at, error, returned);
  }
  friend bool operator==(const StepRecord&, const StepRecord&) = default;
};

// One run of one group's plan. Instants are of the boot in which it was written; the shell stores
// the boot id and the wall time beside them.
struct RunRecord {
  RunId id{};
  std::string group;
  std::string reason;                // "quorum lost: 0 healthy, 1 needed"
  RunState state = RunState::armed;  // committed, running or done once recorded
  std::optional<Instant> committed_at{};
  std::optional<Instant> ended_at{};
  std::vector<StepRecord> steps{};
  template <class A>
  void fields(A& a) {
    a(id, group, reason, state, committed_at, ended_at, steps);
  }
  friend bool operator==(const RunRecord&, const RunRecord&) = default;
};

// A hold that must survive a restart of the daemon.
struct HoldRecord {
  std::string group;
  Instant until{};
  friend bool operator==(const HoldRecord&, const HoldRecord&) = default;
};

// What the shell found when it tried to create a group's re-entry flag.
enum class FlagAnswer : std::uint8_t {
  created,
  present_live,   // a running process owns it (same boot, same PID, same start identity)
  present_stray,  // no live owner, or no owner that can be read
  write_failed,   // could not be written: does not suppress
};

}  // namespace nightwatt

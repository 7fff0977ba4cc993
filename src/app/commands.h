#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"

// The commands behind `nightwatt ...`, one function each. A function prints what a person asked for
// and returns the process's exit code.
namespace nightwatt::app {

enum ExitCode : int {
  exit_ok = 0,
  exit_failed = 1,  // an expectation was not met, or it went wrong while running
  exit_usage = 2,   // the command line or the configuration is wrong
};

inline constexpr const char* default_config = "/etc/nightwatt/config.yaml";
inline constexpr const char* default_state_dir = "/var/lib/nightwatt";
inline constexpr const char* default_socket = "/run/nightwatt/nightwatt.sock";

struct RunOptions {
  std::string config = default_config;
  std::string state_dir{};  // empty: default_state_dir
  std::string run_dir{};    // empty: the state directory when one was given, else /var/run
  std::string socket = default_socket;
  bool dry_run = false;
  std::string log_level{};   // empty: the configuration's
  std::string log_format{};  // empty: the configuration's
};
int run_daemon(const RunOptions& options);

struct ValidateOptions {
  std::string config = default_config;
  bool quiet = false;
};
int validate(const ValidateOptions& options);

struct ProfilesOptions {
  std::string action = "list";  // list, show, check
  std::string name{};           // of a shipped profile, or a file to check
};
int profiles(const ProfilesOptions& options);

struct QueryOptions {
  std::string socket = default_socket;
  bool json = false;
  bool follow = false;  // status --watch, events --follow
  int limit = 50;
  std::string kind{};
  std::string subject{};
};
int show_status(const QueryOptions& options);
int show_events(const QueryOptions& options);

struct DeviceOptions {
  std::string socket = default_socket;
  std::string why{};  // explain this device
  bool json = false;
};
int show_devices(const DeviceOptions& options);
int show_comms(const DeviceOptions& options);

struct OrdersOptions {
  std::string socket = default_socket;
  bool all = false;  // from the journal: of daemons before this one as well
  bool json = false;
};
int show_orders(const OrdersOptions& options);

struct ControlOptions {
  std::string socket = default_socket;
  std::string device{};
  std::string order{};                // COMMAND, or VARIABLE=VALUE
  std::string value{};                // a command's parameter
  std::optional<Duration> expires{};  // nothing: as configured
  bool dry_run = false;
  bool no_wait = false;
  bool json = false;
};
int control(const ControlOptions& options);

struct PlanOptions {
  std::string socket = default_socket;
  std::string config{};  // given: ask the file, not the daemon
  std::string group{};
  bool json = false;
};
int show_plan(const PlanOptions& options);

struct OperateOptions {
  std::string socket = default_socket;
  std::string target{};  // a group or a device
  Duration for_how_long{};
  std::string path{};
  bool force = false;
};
int abort_group(const OperateOptions& options);
int hold_group(const OperateOptions& options);
int release_group(const OperateOptions& options);
int select_path(const OperateOptions& options);
int maintain(const OperateOptions& options);
int freeze(const OperateOptions& options);
// `path`: enable, disable or out-of-service.
int set_comm(const OperateOptions& options);

struct InitOptions {
  std::string file = "-";
  bool force = false;
};
int init_config(const InitOptions& options);

struct SimulateOptions {
  std::string config{};
  std::string scenario{};
  bool json = false;
};
int simulate(const SimulateOptions& options);

struct ConformanceOptions {
  std::vector<std::string> files{};
  bool verbose = false;
};
int conformance(const ConformanceOptions& options);

struct DemoOptions {
  bool fast = false;
  bool keep = false;  // leave the scratch directory for a look
};
int demo(const DemoOptions& options);

int version(bool json);

// The whole command line: parses, prints help, calls one of the above.
int run_cli(int argc, char** argv);

}  // namespace nightwatt::app

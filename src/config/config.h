#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "config/diagnostic.h"
#include "config/path_settings.h"
#include "core/site.h"
#include "model/endpoint.h"
#include "profile/plan_table.h"

// A configuration file as checked values: text in, values or diagnostics out. Whoever holds a
// Config holds one without errors. docs/CONFIG.md has every key.
namespace nightwatt::config {

// A file that holds a secret, as the environment found it.
struct SecretFile {
  std::string text;
  std::uint32_t mode = 0;  // permission bits, as of stat(2)
};

// All that loading may ask of the world; the application hands in the real one, tests a fake.
// A callback that is empty answers "there is none".
struct Environment {
  std::function<std::optional<std::string>(const std::string& name)> variable{};
  std::function<expected<SecretFile, Error>(const std::string& path)> read_secret{};
  // A file of `profile_files:` or `profiles_dir:`.
  std::function<expected<std::string, Error>(const std::string& path)> read_profile{};
  // Permission bits of the configuration file itself; nothing when it is not a file. With a secret
  // written in the text, a file that others may read is refused.
  std::optional<std::uint32_t> config_mode{};
};

enum class LogLevel : std::uint8_t { debug, info, warning, error };
enum class LogFormat : std::uint8_t { text, json };
std::string_view to_string(LogLevel level);
std::string_view to_string(LogFormat format);

struct Logging {
  std::string file;  // empty: standard error only
  LogLevel level = LogLevel::info;
  LogFormat format = LogFormat::text;
};

// The HTTP API on loopback TCP, beside the Unix socket. Eneru's keys (`api.enabled/bind/port`).
struct TcpApi {
  bool enabled = false;
  std::string bind = "127.0.0.1";  // 127.0.0.0/8, ::1 or localhost: checked
  std::uint16_t port = 9191;
};

// What a driver needs to reach one comm device. Index: CommId, as in Site::comms.
struct CommEndpoint {
  std::string driver = "nut";
  std::string host;
  std::uint16_t port = 3493;
  std::string username;  // empty: no login
  std::string password;  // a secret: never printed, never logged
  DriverSettings settings{};
  bool implicit = false;  // made for an `ups: NAME@HOST`, not written in comm_devices
};

struct Config {
  core::Site site{};
  Logging logging{};
  TcpApi api{};
  std::vector<CommEndpoint> endpoints{};  // one for each of site.comms
  profile::PlanTable plans{};             // one row for each of site.devices
  std::vector<Origins> origins{};         // of the settings of each path of each of site.devices
  std::optional<SnmpTraps> snmp_traps{};  // nothing: nobody listens
  bool dry_run = false;  // behavior.dry_run; already applied to every step of the site
  // Things that `validate` must say and that no single place in the file stands for.
  std::vector<std::string> notes{};
};

struct Loaded {
  std::optional<Config> config{};  // nothing when there is any error
  Diagnostics diagnostics{};       // in file order
};

// `file_name` appears in messages, and its folder is where a relative password_file is looked up.
Loaded load(std::string_view file_name, std::string_view text, const Environment& environment);

// What `nightwatt validate` prints: devices and paths, groups, plans, differences of failover
// modes, notes and warnings. Lines fit 80 columns unless a name alone is longer.
std::string summary(const Config& config);

// What a person should think about although the configuration is valid: one sentence each. Part of
// the summary; `nightwatt run` logs them at start.
std::vector<std::string> warnings(const Config& config);

// Each way in which `failover_mode: guarded` acts otherwise than `compat` for this configuration,
// one sentence each. Empty when no device is guarded.
std::vector<std::string> guarded_differences(const Config& config);

// The longest path of the plan's deadlines: how long it may take when every step needs all its
// time. Phases one after the other, a phase as long as its longest chain.
Duration needed_time(const core::PlanRule& plan);

// The file that `nightwatt init` writes: commented, safe choices, loads without a warning.
std::string_view starter();

}  // namespace nightwatt::config

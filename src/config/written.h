#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"
#include "config/config.h"
#include "config/diagnostic.h"
#include "config/path_settings.h"
#include "core/site.h"
#include "profile/profile.h"

// What the sections of a file say, read and judged one by one, before they are put together:
// ownership, plans and everything that needs two sections at once comes after (site.h).
namespace nightwatt::config {

// One of `triggers: conditions:`; parallel to the rule's, and only what is written in this place.
struct ConditionWritten {
  Located<std::string> variable{};
  std::string label{};           // "triggers.conditions[1]"
  Located<std::string> state{};  // its path, "triggers.conditions[1].state", where it stands
};

// `triggers:`. Calibration and failsafe are of the UPS and not of a group.
struct TriggersWritten {
  core::TriggerRule rule{};
  Duration calibration_max{std::chrono::minutes(60)};
  Duration failsafe_after{std::chrono::seconds(10)};
  std::vector<ConditionWritten> conditions{};
};

// One entry of `remote_servers:`.
struct RemoteWritten {
  Located<std::string> name{};
  bool enabled = false;
  SourcePos pos{};  // of its host, else of the entry
  RemoteAction action{};
  Duration command_timeout{std::chrono::seconds(30)};
  Duration safety_margin{std::chrono::seconds(60)};
  std::optional<int> shutdown_order{};
  bool before_the_rest = false;  // legacy `parallel: false`
  std::vector<Located<std::string>> depends_on{};
  bool wait_down = false;
  bool dry_run = false;
};

// What a UPS or a redundancy group owns.
struct OwnedWritten {
  std::vector<RemoteWritten> remotes{};
  std::optional<SourcePos> sync{};  // `filesystems.sync_enabled: true`, where it is written
  // The first thing that only the owner of this machine may have, and its place.
  std::optional<Located<std::string>> local_resource{};
};

// How a run of the owner's plan behaves.
struct RunWritten {
  Duration confirm_for{0};
  Duration return_after{0};
  bool hurry = true;
  bool dry_run = false;
  core::StrayFlag stray_flag = core::StrayFlag::suppress;
};

// One UPS. Its device and its member are in the site already, both at the index `device`: UPSes are
// read first, so the tables run in step.
struct UpsWritten {
  Located<std::string> name{};
  DeviceId device{};
  Located<bool> is_local{};
  std::vector<ConditionWritten> conditions{};
  OwnedWritten owned{};
  RunWritten run{};
};

// One redundancy group.
struct GroupWritten {
  Located<std::string> name{};
  std::vector<Located<std::string>> sources{};
  SourcePos sources_pos{};
  Located<int> min_healthy{1, {}};
  Located<bool> is_local{};
  core::QuorumRule quorum{};
  std::vector<ConditionWritten> conditions{};
  OwnedWritten owned{};
  RunWritten run{};
};

using ProfilePtr = std::shared_ptr<const profile::Profile>;

// One of `schedules:`, as written.
struct ScheduleWritten {
  SourcePos pos{};
  std::vector<Located<std::string>> variables{};
  std::vector<Located<std::string>> groups{};
  bool bound = false;  // bound_to is written
};

// One of `control: allow:`.
struct AllowWritten {
  Located<std::string> name{};
  std::optional<ControlPolicy> policy{};
  std::optional<Duration> expiry{};
};

// One of `destinations:`.
struct DestinationWritten {
  PathSettings settings{};
  SourcePos pos{};
};

// What the plans of one device are made of.
struct DeviceWritten {
  std::vector<Origins> origins{};               // of each path's settings
  std::vector<Located<ProfilePtr>> profiles{};  // of each path; null: NUT, or it is broken
  std::vector<bool> broken{};                   // of each path: what it would read is not known
  std::vector<profile::Wanted> wanted{};        // of each schedule; empty: one that asks for all
  std::vector<ScheduleWritten> schedules{};     // the same order
  std::vector<VariableId> kept{};               // `variables:` of the device
  bool shows_all = false;                       // `variables: all`
  std::vector<AllowWritten> allow{};
  Duration control_expiry{30'000};
};

enum class TriggerOn : std::uint8_t { any, none };

// `local_shutdown:`.
struct LocalWritten {
  bool enabled = true;
  bool dry_run = false;
  std::vector<std::string> argv{"shutdown", "-h", "now",
                                "UPS battery critical - emergency shutdown"};
  std::optional<Located<TriggerOn>> trigger_on{};
};

// A configuration in the making.
struct Draft {
  std::string_view file_name;
  const Environment& environment;
  Diagnostics& out;

  Config config{};
  std::map<std::string, CommId, std::less<>> comm_ids{};
  std::map<std::string, CommId, std::less<>> destinations{};  // comm_device.h, destination()
  std::vector<PathSettings> comm_settings{};  // per CommId: what its paths start from
  std::map<std::string, DestinationWritten, std::less<>> destination_settings{};  // address_of()
  std::set<CommId> written_budgets{};       // comm devices with `polls_per_second:`
  std::vector<ProfilePtr> comm_profiles{};  // per CommId: what its paths are read with
  std::vector<DeviceWritten> devices{};     // per DeviceId
  std::map<std::string, ProfilePtr, std::less<>> profiles{};  // by name; null: wrong, and told
  std::set<std::string, std::less<>> bad_profiles{};  // comm devices whose `profile:` is wrong
  std::string profiles_dir{};                         // empty: none
  std::map<std::string, Located<DeviceId>, std::less<>> device_ids{};
  TriggersWritten triggers{};  // the global ones
  std::vector<UpsWritten> ups{};
  std::vector<GroupWritten> groups{};
  LocalWritten local{};
};

// "X is not part of this version" with its hint: for what Eneru can do and this version cannot.
// Nothing that asks for an action is ever ignored.
inline void not_part(Diagnostics& out, SourcePos pos, const std::string& what, std::string hint) {
  out.error(pos, what + " is not part of this version", std::move(hint));
}

}  // namespace nightwatt::config

#include "sim/conformance_read.h"

#include <algorithm>
#include <utility>

namespace nightwatt::sim::conformance {

namespace {

FailoverMode mode_of(const Item& node) {
  return word<FailoverMode>(node,
                            {{"compat", FailoverMode::compat}, {"guarded", FailoverMode::guarded}},
                            "failover_mode");
}

// Everything but `paths`.
void apply_device(const Item& settings, core::DeviceRule& device) {
  using core::FailoverSequence;
  need_map(settings, "a device");
  for (const auto& entry : entries(settings)) {
    const std::string key = text_of(entry.key, "a key");
    const Item& value = entry.value;
    if (key == "paths") continue;
    if (key == "enable_auto_failover") {
      device.auto_failover = boolean(value, key);
    } else if (key == "failback_on_failure") {
      device.failback_on_failure = boolean(value, key);
    } else if (key == "retry_in_progress_control") {
      device.retry_control_on_failover = boolean(value, key);
    } else if (key == "failover_sequence") {
      device.sequence =
          word<FailoverSequence>(value,
                                 {{"try_in_order", FailoverSequence::try_in_order},
                                  {"jump_to_last_good", FailoverSequence::jump_to_last_good}},
                                 key);
    } else if (key == "failover_mode") {
      device.mode = mode_of(value);
    } else if (key == "active_path") {
      device.active_at_start = PathRank{static_cast<std::uint8_t>(integer(value, 1, 8, key))};
    } else if (key == "rise") {
      device.rise = integer(value, 0, 100, key);
    } else if (key == "poll_interval_s") {
      device.poll_interval = seconds_of(value, key);
    } else if (key == "probe_interval_s") {
      device.probe_interval = seconds_of(value, key);
    } else if (key == "failover_dry_run") {
      device.failover_dry_run = boolean(value, key);
    } else {
      malformed(entry.key, "unknown device setting '" + key + "'");
    }
  }
}

CommId comm_named(const std::string& name, Scenario& scenario) {
  for (std::uint32_t i = 0; i < scenario.comms.size(); ++i) {
    if (scenario.comms[i].name == name) return CommId{i};
  }
  scenario.comms.push_back({name});
  return CommId{static_cast<std::uint32_t>(scenario.comms.size() - 1)};
}

void apply_path(const Item& settings, core::PathRule& path, Duration& rtt,
                std::optional<CommId>& comm, Scenario& scenario) {
  need_map(settings, "a path");
  for (const auto& entry : entries(settings)) {
    const std::string key = text_of(entry.key, "a key");
    const Item& value = entry.value;
    if (key == "comm") {
      comm = comm_named(text_of(value, key), scenario);
    } else if (key == "available") {
      path.available = boolean(value, key);
    } else if (key == "message_timeout_ms") {
      path.message_timeout = milliseconds_of(value, key);
    } else if (key == "message_delay_ms") {
      path.message_delay = milliseconds_of(value, key);
    } else if (key == "poll_attempts") {
      path.poll_attempts = integer(value, 1, 1000, key);
    } else if (key == "initial_fail_s") {
      path.initial_fail = seconds_of(value, key);
    } else if (key == "subsequent_fail_s") {
      path.subsequent_fail = seconds_of(value, key);
    } else if (key == "retry_primary_s") {
      path.retry_primary = seconds_of(value, key);
    } else if (key == "rtt_ms") {
      rtt = milliseconds_of(value, key);
    } else if (key == "metered") {
      path.metered = boolean(value, key);
    } else {
      malformed(entry.key, "unknown path setting '" + key + "'");
    }
  }
}

const Item* default_of(const Item* defaults, std::string_view key) {
  return defaults == nullptr ? nullptr : find(*defaults, key);
}

void read_paths(const Item& paths, const Item* defaults, core::DeviceRule& device,
                Scenario& scenario) {
  need_map(paths, "paths");
  if (paths.children.empty()) malformed(paths, "a device needs at least one path");
  const std::vector<KeyValue> written = entries(paths);
  const int count = static_cast<int>(std::min<std::size_t>(written.size(), paths_max));
  std::map<int, const Item*> by_rank;
  for (const auto& entry : written) {
    const int rank = integer(entry.key, 1, count, "a path's number");
    if (!by_rank.emplace(rank, &entry.value).second) malformed(entry.key, "a path given twice");
  }
  std::vector<Duration> rtts;
  for (const auto& [rank, settings] : by_rank) {
    core::PathRule path;
    Duration rtt{100};
    std::optional<CommId> comm;
    if (const Item* common = default_of(defaults, "path")) {
      apply_path(*common, path, rtt, comm, scenario);
    }
    apply_path(*settings, path, rtt, comm, scenario);
    if (!comm) malformed(*settings, "path " + std::to_string(rank) + " lacks 'comm'");
    path.comm = *comm;
    device.paths.push_back(path);
    rtts.push_back(rtt);
  }
  scenario.rtt.push_back(std::move(rtts));
}

FailoverMode scenario_mode(const Item& node) {
  const Item* written = find(node, "failover_mode");
  return written != nullptr ? mode_of(*written) : FailoverMode::compat;
}

Scenario read_scenario(const Item& node, const Item* defaults) {
  Scenario scenario;
  scenario.id = text_of(required(node, "id", "a scenario"), "id");
  for (const auto& entry : entries(node)) {
    static constexpr std::string_view known[] = {"id",    "title",         "rules",   "basis",
                                                 "note",  "failover_mode", "devices", "timeline",
                                                 "until", "expect"};
    const std::string key = text_of(entry.key, "a key");
    if (std::find(std::begin(known), std::end(known), key) == std::end(known)) {
      malformed(entry.key, "unknown key '" + key + "' in a scenario");
    }
  }
  const Item* title = find(node, "title");
  if (title != nullptr && title->kind != ItemKind::null) scenario.title = text_of(*title, "title");
  read_devices(required(node, "devices", "a scenario"), defaults, scenario_mode(node), scenario);
  scenario.until = Instant{} + seconds_of(required(node, "until", "a scenario"), "until");
  read_timeline(required(node, "timeline", "a scenario"), scenario);
  if (const Item* expect = find(node, "expect")) read_expectations(*expect, scenario);
  return scenario;
}

void check_defaults(const Item* defaults) {
  if (defaults == nullptr) return;
  need_map(*defaults, "defaults");
  for (const auto& entry : entries(*defaults)) {
    const std::string key = text_of(entry.key, "a key");
    if (key != "device" && key != "path") {
      malformed(entry.key, "unknown key '" + key + "' in defaults");
    }
  }
}

// An event may hold two actions of one kind, so a key may be written twice.
const Item& document(yaml::Tree& tree, std::string_view yaml_text) {
  yaml::Diagnostics problems;
  const Item* root = tree.parse(yaml_text, problems, {}, yaml::DuplicateKeys::allowed);
  if (root != nullptr) return *root;
  const yaml::Diagnostic& last = problems.list().back();
  const std::string hint = last.hint.empty() ? "" : " (" + last.hint + ")";
  throw Malformed(last.pos.line, last.message + hint);
}

std::vector<Scenario> read_file(const Item& root, std::string& where) {
  need_map(root, "a scenario file");
  for (const auto& entry : entries(root)) {
    const std::string key = text_of(entry.key, "a key");
    if (key != "defaults" && key != "scenarios") {
      malformed(entry.key, "unknown key '" + key + "'");
    }
  }
  const Item* defaults = find(root, "defaults");
  check_defaults(defaults);
  const Item& list = required(root, "scenarios", "a scenario file");
  need_list(list, "scenarios");
  std::vector<Scenario> scenarios;
  for (const Item* node : list.children) {
    need_map(*node, "a scenario");
    const Item* id = find(*node, "id");
    where = id != nullptr && is_scalar(*id) ? id->text + ": " : "";
    scenarios.push_back(read_scenario(*node, defaults));
  }
  return scenarios;
}

}  // namespace

void read_devices(const Item& node, const Item* defaults, FailoverMode mode, Scenario& scenario) {
  need_map(node, "devices");
  if (node.children.empty()) malformed(node, "a scenario needs a device");
  for (const auto& entry : entries(node)) {
    core::DeviceRule device;
    device.name = text_of(entry.key, "a device's name");
    device.mode = mode;
    device.poll_interval = Duration::zero();  // only the timeline polls
    if (const Item* common = default_of(defaults, "device")) apply_device(*common, device);
    apply_device(entry.value, device);
    read_paths(required(entry.value, "paths", "a device"), defaults, device, scenario);
    if (device.active_at_start.value > device.paths.size()) {
      malformed(entry.value, "active_path is not one of the device's paths");
    }
    for (const core::DeviceRule& other : scenario.devices) {
      if (other.name == device.name) malformed(entry.key, "device " + device.name + " given twice");
    }
    scenario.devices.push_back(std::move(device));
  }
}

DeviceId device_named(const Item& node, const Scenario& scenario) {
  const std::string name = text_of(node, "a device's name");
  for (std::uint32_t i = 0; i < scenario.devices.size(); ++i) {
    if (scenario.devices[i].name == name) return DeviceId{i};
  }
  malformed(node, "no device is called '" + name + "'");
}

PathRank rank_of(const Item& node, const Scenario& scenario, DeviceId device) {
  const auto count = static_cast<int>(scenario.devices[device.value].paths.size());
  return PathRank{static_cast<std::uint8_t>(integer(node, 1, count, "a path"))};
}

expected<std::vector<Scenario>, Error> read_scenarios(std::string_view yaml_text) {
  std::string where;
  try {
    yaml::Tree tree;
    return read_file(document(tree, yaml_text), where);
  } catch (const Malformed& error) {
    const std::string line = error.line == 0 ? "" : "line " + std::to_string(error.line) + ": ";
    return fail(Errc::bad_reply, where + line + error.what());
  }
}

}  // namespace nightwatt::sim::conformance

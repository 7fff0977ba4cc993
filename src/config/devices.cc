#include "config/devices.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/comm_device.h"
#include "config/control.h"
#include "config/guarded.h"
#include "config/kept.h"
#include "config/limits.h"
#include "config/paths.h"
#include "config/poll_budget.h"
#include "config/profiles/profiles.h"
#include "config/schedules.h"

namespace nightwatt::config {
namespace {

void judge_destination(const Located<std::string>& id, const CommEndpoint& endpoint,
                       const Draft& draft) {
  const auto same = draft.destinations.find(destination(endpoint));
  if (same == draft.destinations.end() || same->first.empty()) return;
  const std::string& other = draft.config.site.comms[same->second.value].name;
  if (endpoint.host.empty()) {
    draft.out.error(id.pos, fmt::format("'{}' has the serial port of '{}'", id.value, other),
                    "devices on one line share one comm device");
    return;
  }
  draft.out.warning(
      id.pos,
      fmt::format("'{}' is the same {} as '{}'", id.value,
                  endpoint.driver == "nut" ? "NUT server" : endpoint.driver + " address", other),
      endpoint.driver == "nut"
          ? "paths over both fail together; UPSes of one server can share one comm device"
          : "paths over both fail together; devices behind one address can share one comm device");
}

void read_comm_device(const Item& node, std::size_t index, Draft& draft) {
  Section section(node, fmt::format("comm_devices[{}]", index + 1), draft.out);
  Located<std::string> id;
  if (section.name("id", id)) {
    section.rename("comm_devices['" + id.value + "']");
  } else if (!section.has("id") && node.kind == ItemKind::mapping) {
    draft.out.error(section.pos(), section.label() + " has no 'id'");
  }
  CommEndpoint endpoint;
  if (node.kind == ItemKind::mapping) read_endpoint(section, draft, endpoint);
  const ProfilePtr profile = read_profile(section, endpoint, draft);
  bool enabled = true;
  section.flag("enabled", enabled);
  const PathSettings settings = read_path_settings(section);
  core::CommRule guard;
  read_line_guard(section, guard);
  read_poll_budget(section, guard);
  section.finish();

  if (id.value.empty()) return;
  if (draft.comm_ids.contains(id.value)) {
    draft.out.error(id.pos, "comm device '" + id.value + "' is declared twice");
    return;
  }
  judge_destination(id, endpoint, draft);
  if (section.has("profile") && profile == nullptr) draft.bad_profiles.insert(id.value);
  const CommId comm = add_comm(draft, id.value, std::move(endpoint), settings, profile);
  core::CommRule& rule = draft.config.site.comms[comm.value];
  rule.crowd_devices = guard.crowd_devices;
  rule.crowd_percent = guard.crowd_percent;
  rule.crowd_within = guard.crowd_within;
  rule.probes_per_second = guard.probes_per_second;
  rule.arrivals_per_second = guard.arrivals_per_second;
  rule.budget_milli = guard.budget_milli;
  if (section.has("polls_per_second")) draft.written_budgets.insert(comm);
  if (!enabled) draft.config.site.comms[comm.value].at_start = CommState::disabled;
}

void read_active_path(Section& section, core::DeviceRule& device) {
  const std::string_view key = "active_path";
  const Item* node = section.take(key);
  if (node == nullptr) return;
  constexpr std::string_view words[] = {"primary", "first", "second"};
  const auto word = std::ranges::find(words, std::string_view(node->text));
  int rank = static_cast<int>(word - std::begin(words)) + 1;
  if (word == std::end(words) && !section.whole(key, rank, 1, paths_max)) return;
  if (device.auto_failover) {
    section.out().error(node->pos, section.path(key) + " needs auto_failover: false",
                        "with automatic failover the active path follows from what answers");
    return;
  }
  if (static_cast<std::size_t>(rank) > device.paths.size()) {
    section.out().error(node->pos, fmt::format("{} is {}, and there are {} paths",
                                               section.path(key), rank, device.paths.size()));
    return;
  }
  const core::PathRule& path = device.paths[static_cast<std::size_t>(rank) - 1];
  if (rank > 1 && !path.available) {
    section.out().error(node->pos, section.path(key) + " names a path with available: false");
    return;
  }
  device.active_at_start = PathRank{static_cast<std::uint8_t>(rank)};
}

void read_failover(Section& section, core::DeviceRule& device) {
  section.flag("auto_failover", device.auto_failover);
  section.choice("failover_mode", device.mode,
                 {{"guarded", FailoverMode::guarded}, {"compat", FailoverMode::compat}});
  device.failback_on_failure = device.mode == FailoverMode::guarded;
  section.flag("failback_on_failure", device.failback_on_failure);
  section.flag("retry_control_on_failover", device.retry_control_on_failover);
  section.choice("failover_sequence", device.sequence,
                 {{"try_in_order", core::FailoverSequence::try_in_order},
                  {"jump_to_last_good", core::FailoverSequence::jump_to_last_good}});
  section.whole("rise", device.rise, 1, 100);
  if (section.has("rise") && device.mode == FailoverMode::compat) {
    section.out().warning(section.pos_of("rise"),
                          section.path("rise") + " does nothing in compat mode");
  }
  read_guarded(section, device);
}

}  // namespace

void read_comm_devices(Section& root, Draft& draft) {
  const Item* list = root.take_list("comm_devices");
  if (list == nullptr) return;
  if (list->children.size() > comm_devices_max) {
    draft.out.error(list->pos, fmt::format("more than {} comm devices", comm_devices_max));
    return;
  }
  for (std::size_t i = 0; i < list->children.size(); ++i) {
    read_comm_device(*list->children[i], i, draft);
  }
}

std::optional<Located<DeviceId>> read_device(Section& section, Draft& draft, bool is_ups,
                                             std::string_view unnamed) {
  Located<std::string> name;
  bool named = section.name("name", name);
  if (!named && !unnamed.empty() && !section.has("name")) {
    name = {std::string(unnamed), section.pos()};
    named = true;
  }
  if (named) {
    const std::string list = section.label().substr(0, section.label().find('['));
    section.rename(list + "['" + name.value + "']");
  }
  core::DeviceRule device;
  device.name = name.value;
  device.is_ups = is_ups;
  std::string display_name;
  if (section.any_text("display_name", display_name)) device.display_name = display_name;
  section.duration("check_interval", device.poll_interval,
                   {.low = Duration{50}, .high = std::chrono::hours(1)});
  read_failover(section, device);
  section.elsewhere(
      {"retry_primary", "initial_fail", "subsequent_fail", "poll_attempts", "message_timeout_ms",
       "message_delay_ms", "available", "metered", "comm", "unit", "profile"},
      "it belongs to each of the paths: paths: [{comm: ..., ...}]");
  DeviceWritten written;
  read_paths(section, draft, device, written);
  if (named && !section.has("paths")) add_short_form_path(draft, name, device, written);
  read_variables(section, draft, written);
  read_schedules(section, draft, device, written);
  read_control(section, draft, device, written);
  read_active_path(section, device);
  if (!named) return {};

  const DeviceId id{static_cast<std::uint32_t>(draft.config.site.devices.size())};
  const auto [entry, inserted] =
      draft.device_ids.try_emplace(name.value, Located<DeviceId>{id, name.pos});
  if (!inserted) {
    draft.out.error(name.pos, "device '" + name.value + "' is declared twice",
                    fmt::format("the first one is in line {}", entry->second.pos.line));
    return {};
  }
  device.paths.shrink_to_fit();  // kept for the life of the daemon, for each of thousands
  draft.config.site.devices.push_back(std::move(device));
  auto& origins = draft.config.origins;
  origins.insert(origins.end(), written.origins.begin(), written.origins.end());
  draft.devices.push_back(std::move(written));
  return Located<DeviceId>{id, name.pos};
}

void read_devices(Section& root, Draft& draft) {
  const Item* list = root.take_list("devices");
  if (list == nullptr) return;
  for (std::size_t i = 0; i < list->children.size(); ++i) {
    Section section(*list->children[i], fmt::format("devices[{}]", i + 1), draft.out);
    read_device(section, draft, false);
    if (!section.has("name") && list->children[i]->kind == ItemKind::mapping) {
      draft.out.error(section.pos(), section.label() + " has no 'name'");
    }
    section.finish();
  }
  if (draft.config.site.devices.size() > devices_max) {
    draft.out.error(list->pos, fmt::format("more than {} devices", devices_max));
  }
}

}  // namespace nightwatt::config

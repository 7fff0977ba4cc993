#include "config/ups.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/devices.h"
#include "config/foreign.h"
#include "config/limits.h"
#include "config/owned.h"
#include "config/triggers.h"

namespace nightwatt::config {
namespace {

constexpr int stale_polls = 5;  // a reading older than so many intervals is no longer current
constexpr std::string_view default_name = "UPS@localhost";  // Eneru's, for the mapping form

void read_grace(Section& parent, core::MemberRule& member) {
  const Item* node = parent.take("connection_loss_grace_period");
  if (node == nullptr) return;
  Section section(*node, parent.path("connection_loss_grace_period"), parent.out());
  bool enabled = true;
  section.flag("enabled", enabled);
  section.duration("duration", member.connection_loss_grace);
  if (!enabled) member.connection_loss_grace = Duration{0};
  section.ignore({"flap_threshold"});
  section.finish();
}

void read_nominal(Section& section, std::string_view key, double high, std::optional<float>& into) {
  double value = 0;
  if (section.number(key, value, {0, high, true})) into = static_cast<float>(value);
}

void read_member(Section& section, Draft& draft, core::MemberRule& member, UpsWritten& ups) {
  TriggersWritten triggers = draft.triggers;
  read_triggers(section, TriggersOf::ups, draft, triggers);
  ups.conditions = std::move(triggers.conditions);
  member.triggers = triggers.rule;
  member.calibration_max = triggers.calibration_max;
  member.failsafe_after = triggers.failsafe_after;
  read_grace(section, member);
  section.whole("max_stale_data_tolerance", member.max_stale_data_tolerance, 1, 1'000);
  section.duration("stale_after", member.stale_after, {.low = Duration{50}});
  read_nominal(section, "nominal_voltage", 1'000, member.nominal_voltage);
  read_nominal(section, "nominal_power", 10'000'000, member.nominal_power);
}

// Adds one UPS: its device, its member, and what it owns.
void read_entry(Section& section, Draft& draft, bool local_by_default, std::string_view unnamed) {
  UpsWritten ups;
  const auto device = read_device(section, draft, true, unnamed);
  ups.is_local = {local_by_default, section.pos()};
  if (section.flag("is_local", ups.is_local.value)) ups.is_local.pos = section.pos_of("is_local");
  if (local_by_default && !ups.is_local.value) {
    draft.out.error(ups.is_local.pos, "a UPS written as a mapping always feeds this machine",
                    "write it as a list: '- name: ...' has is_local: false by default");
  }
  core::MemberRule member;
  if (device) {
    const core::DeviceRule& rule = draft.config.site.devices[device->value.value];
    member.device = device->value;
    member.poll_interval = rule.poll_interval;
    member.stale_after = rule.poll_interval * stale_polls;
    member.needs_every_path = rule.auto_failover && rule.mode == FailoverMode::guarded;
  }
  read_member(section, draft, member, ups);
  read_owned(section, ups.owned);
  read_run(section, false, ups.run);
  read_foreign_of_ups(section, draft);
  section.finish();
  if (!device) return;
  if (member.stale_after < member.poll_interval) {
    draft.out.error(section.pos_of("stale_after"),
                    section.path("stale_after") + " is shorter than check_interval",
                    "every reading would be stale before the next one");
  }
  ups.device = device->value;
  ups.name = {draft.config.site.devices[ups.device.value].name, device->pos};
  draft.config.site.members.push_back(std::move(member));
  draft.ups.push_back(std::move(ups));
}

void add_top_level_resources(Section& root, Section& ups, Draft& draft) {
  const auto top = owned_key(root);
  const auto nested = owned_key(ups);
  if (top && nested) {
    draft.out.error(
        top->pos,
        fmt::format("resources are listed here and under 'ups' (line {})", nested->pos.line),
        "keep one place for remote_servers, virtual_machines, containers and filesystems");
  }
}

void read_mapping(const Item& node, Section& root, Draft& draft) {
  Section section(node, "ups['" + std::string(default_name) + "']", draft.out);
  add_top_level_resources(root, section, draft);
  OwnedWritten top;
  read_owned(root, top);
  read_entry(section, draft, true, default_name);
  if (!draft.ups.empty() && owned_key(root)) draft.ups.back().owned = std::move(top);
}

void read_list(const Item& list, Section& root, Draft& draft) {
  if (list.children.size() > devices_max) {
    draft.out.error(list.pos, fmt::format("more than {} UPSes", devices_max));
    return;
  }
  draft.config.site.devices.reserve(list.children.size());
  for (std::size_t i = 0; i < list.children.size(); ++i) {
    Section section(*list.children[i], fmt::format("ups[{}]", i + 1), draft.out);
    if (!section.has("name") && list.children[i]->kind == ItemKind::mapping) {
      draft.out.error(section.pos(), section.label() + " has no 'name'");
    }
    read_entry(section, draft, false, {});
  }
  OwnedWritten top;
  const auto key = owned_key(root);
  read_owned(root, top);
  if (key && (!top.remotes.empty() || top.local_resource)) {
    draft.out.error(key->pos,
                    key->value + " at the top level belongs to no UPS, because 'ups' is a list",
                    "move it into the UPS or the redundancy group that feeds it");
  }
}

}  // namespace

void read_ups(Section& root, Draft& draft) {
  const Item* node = root.take("ups");
  if (node == nullptr) {
    root.ignore({"remote_servers", "virtual_machines", "containers", "docker", "filesystems"});
    if (!root.has("devices")) draft.out.error({}, "there is no 'ups'", "name the UPSes to watch");
    return;
  }
  switch (node->kind) {
    case ItemKind::mapping: return read_mapping(*node, root, draft);
    case ItemKind::list: return read_list(*node, root, draft);
    case ItemKind::null:
    case ItemKind::scalar:
      root.ignore({"remote_servers", "virtual_machines", "containers", "docker", "filesystems"});
      draft.out.error(node->pos, "'ups' must be a mapping or a list, got " + describe(*node));
  }
}

}  // namespace nightwatt::config

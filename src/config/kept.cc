#include "config/kept.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/profiles/variable_names.h"

namespace nightwatt::config {
namespace {

bool has(const std::vector<VariableId>& list, VariableId variable) {
  return std::ranges::find(list, variable) != list.end();
}

// A schedule names it.
bool scheduled(const DeviceWritten& device, VariableId variable) {
  return std::ranges::any_of(
      device.wanted, [&](const profile::Wanted& each) { return has(each.variables, variable); });
}

bool has_nut_path(const DeviceWritten& written) {
  return std::ranges::any_of(written.profiles,
                             [](const auto& each) { return each.value == nullptr; });
}

// The lists of one device, one for each schedule.
class KeptOfDevice {
 public:
  KeptOfDevice(Draft& draft, std::size_t schedules)
      : names_(draft.config.site.other_variables), kept_(schedules) {}
  void add(std::size_t schedule, VariableId variable) {
    if (variable.value < first_other_variable) return;  // always there
    any_ = true;
    kept_[schedule].add(names_.name(variable), variable);
  }
  bool any() const { return any_; }
  std::vector<profile::KeptNames> take() { return std::move(kept_); }

 private:
  VariableNames names_;
  std::vector<profile::KeptNames> kept_;
  bool any_ = false;
};

using Conditions = std::shared_ptr<const core::ConditionRules>;

// What conditions look at comes with the first schedule, unless another one brings it.
void add_conditions(const Conditions& conditions, const DeviceWritten& written,
                    KeptOfDevice& kept) {
  if (conditions == nullptr) return;
  for (const core::ConditionRule& rule : *conditions) {
    if (!rule.point && !scheduled(written, rule.id)) kept.add(0, rule.id);
  }
}

// Of the groups that a UPS is in.
std::vector<std::vector<Conditions>> conditions_of_groups(const Draft& draft) {
  std::vector<std::vector<Conditions>> out(draft.config.site.devices.size());
  for (const GroupWritten& group : draft.groups) {
    if (!group.quorum.triggers || group.quorum.triggers->conditions == nullptr) continue;
    for (const auto& source : group.sources) {
      const auto found = draft.device_ids.find(source.value);
      if (found == draft.device_ids.end()) continue;
      out[found->second.value.value].push_back(group.quorum.triggers->conditions);
    }
  }
  return out;
}

// What an order in doubt looks for.
void add_verified(const core::DeviceRule& device, const DeviceWritten& written,
                  KeptOfDevice& kept) {
  for (const core::ControlRule& control : device.controls) {
    if (!control.verify) continue;
    for (std::size_t p = 0; p < control.paths.size(); ++p) {
      if (written.profiles[p].value != nullptr || !control.paths[p].verifiable) continue;
      kept.add(control.paths[p].verify_schedule, control.verify->variable);
    }
  }
}

}  // namespace

void read_variables(Section& section, Draft& draft, DeviceWritten& written) {
  const Item* node = section.take("variables");
  if (node == nullptr) return;
  if (!has_nut_path(written)) {
    draft.out.error(node->pos, section.path("variables") + " is for NUT, and no path here is NUT",
                    "the items of a profile and 'variables:' of a schedule say what is read");
    return;
  }
  if (node->kind == ItemKind::scalar && node->text == "all") {
    written.shows_all = true;
    return;
  }
  if (node->kind == ItemKind::scalar) {
    draft.out.error(node->pos, section.path("variables") + " is 'all' or a list of names");
    return;
  }
  std::vector<Located<std::string>> names;
  section.texts("variables", names);
  for (const auto& name : names) {
    if (!check_variable_name(name, section.path("variables"), draft.out)) continue;
    const auto id = VariableNames(draft.config.site.other_variables).id(name.value);
    if (!id) {
      draft.out.error(name.pos, "too many different variables");
      return;
    }
    written.kept.push_back(*id);
  }
}

bool keeps(const DeviceWritten& device, VariableId variable) {
  return has(device.kept, variable) || scheduled(device, variable);
}

std::uint16_t nut_schedule_of(const Draft& draft, DeviceId device, VariableId variable) {
  const DeviceWritten& written = draft.devices[device.value];
  if (variable.value < first_other_variable || has(written.kept, variable)) return 0;
  const auto& schedules = draft.config.site.devices[device.value].schedules;
  std::size_t slowest = 0;
  for (std::size_t i = 0; i < schedules.size(); ++i) {
    if (has(written.wanted[i].variables, variable)) return static_cast<std::uint16_t>(i);
    if (schedules[i].interval > schedules[slowest].interval) slowest = i;
  }
  return static_cast<std::uint16_t>(slowest);
}

void build_kept_names(Draft& draft) {
  const auto of_groups = conditions_of_groups(draft);
  const core::Site& site = draft.config.site;
  for (std::uint32_t d = 0; d < site.devices.size(); ++d) {
    const DeviceWritten& written = draft.devices[d];
    if (!has_nut_path(written)) continue;
    const core::DeviceRule& device = site.devices[d];
    KeptOfDevice kept(draft, std::max<std::size_t>(1, device.schedules.size()));
    for (const VariableId variable : written.kept) kept.add(0, variable);
    for (std::size_t s = 0; s < written.wanted.size(); ++s) {
      for (const VariableId variable : written.wanted[s].variables) kept.add(s, variable);
    }
    if (d < site.members.size()) {  // UPSes come first in both tables
      add_conditions(site.members[d].triggers.conditions, written, kept);
    }
    for (const Conditions& each : of_groups[d]) add_conditions(each, written, kept);
    add_verified(device, written, kept);
    if (kept.any()) draft.config.plans.keep(DeviceId{d}, kept.take());
    if (written.shows_all) draft.config.plans.show_all(DeviceId{d});
  }
}

}  // namespace nightwatt::config

#include "config/kept.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/profiles/variable_names.h"

namespace nightwatt::config {
namespace {

bool has(const std::vector<VariableId>& list, VariableId variable) {
  return std::ranges::find(list, variable) != list.end();
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
  for (std::uint32_t d = 0; d < draft.config.site.devices.size(); ++d) {
    const DeviceWritten& written = draft.devices[d];
    if (!has_nut_path(written)) continue;
    const core::DeviceRule& device = draft.config.site.devices[d];
    KeptOfDevice kept(draft, std::max<std::size_t>(1, device.schedules.size()));
    for (const VariableId variable : written.kept) kept.add(0, variable);
    for (std::size_t s = 0; s < written.wanted.size(); ++s) {
      for (const VariableId variable : written.wanted[s].variables) kept.add(s, variable);
    }
    add_verified(device, written, kept);
    if (kept.any()) draft.config.plans.keep(DeviceId{d}, kept.take());
    if (written.shows_all) draft.config.plans.show_all(DeviceId{d});
  }
}

}  // namespace nightwatt::config

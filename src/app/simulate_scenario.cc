#include "app/simulate_scenario.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/simulate_items.h"
#include "yaml/tree.h"

namespace nightwatt::app {
namespace {

using config::Section;

constexpr Duration until_max = std::chrono::hours(24 * 366);

template <class Rules, class Name>
std::optional<std::uint32_t> find_named(Section& section, const char* key, const Rules& rules,
                                        const char* kind, Name name_of) {
  std::string name;
  if (!section.text(key, name)) return std::nullopt;
  std::vector<std::string_view> known;
  for (const auto& rule : rules) known.push_back(name_of(rule));
  const auto found = std::ranges::find(known, name);
  if (found != known.end()) return static_cast<std::uint32_t>(found - known.begin());
  section.out().error(section.pos_of(key),
                      fmt::format("the configuration has no {} '{}'", kind, name),
                      config::meant(name, known));
  return std::nullopt;
}

// `start:` is a mapping of UPS names to what they are at the beginning.
void read_start(Section& file, const core::Site& site, sim::Scenario& scenario) {
  const auto* node = file.take("start");
  if (node == nullptr) return;
  Section start(*node, "start", file.out());
  for (std::uint32_t i = 0; i < site.devices.size(); ++i) {
    const std::string& name = site.devices[i].name;
    const auto* item = start.take(name);
    if (item == nullptr) continue;
    Section section(*item, "start." + name, file.out());
    sim::Happening change;
    read_ups_change(section, DeviceId{i}, site, change);
    section.finish();
    scenario.timeline.push_back(std::move(change));
  }
  start.finish();
}

template <class Read>
void read_list(Section& file, const char* key, Read read) {
  const auto* list = file.take_list(key);
  if (list == nullptr) return;
  int number = 0;
  for (const auto* item : list->children) {
    Section section(*item, fmt::format("{}[{}]", key, ++number), file.out());
    read(section);
    section.finish();
  }
}

}  // namespace

std::optional<DeviceId> named_device(Section& section, const char* key, const core::Site& site) {
  const auto found =
      find_named(section, key, site.devices, "UPS",
                 [](const core::DeviceRule& rule) { return std::string_view(rule.name); });
  return found ? std::optional(DeviceId{*found}) : std::nullopt;
}

std::optional<GroupId> named_group(Section& section, const char* key, const core::Site& site) {
  const auto found =
      find_named(section, key, site.groups, "group",
                 [](const core::GroupRule& rule) { return std::string_view(rule.name); });
  return found ? std::optional(GroupId{*found}) : std::nullopt;
}

std::optional<CommId> named_comm(Section& section, const char* key, const core::Site& site) {
  const auto found =
      find_named(section, key, site.comms, "comm device",
                 [](const core::CommRule& rule) { return std::string_view(rule.name); });
  return found ? std::optional(CommId{*found}) : std::nullopt;
}

std::optional<std::pair<GroupId, std::string>> named_step(Section& section,
                                                          const core::Site& site) {
  const auto group = named_group(section, "group", site);
  std::string name;
  if (!section.text("step", name)) return std::nullopt;
  std::vector<std::string_view> known;
  std::vector<std::pair<GroupId, std::string>> found;
  for (std::uint32_t i = 0; i < site.groups.size(); ++i) {
    if (group && group->value != i) continue;
    for (const core::StepRule& step : site.groups[i].plan.steps) {
      known.push_back(step.name);
      if (step.name == name || step.id == name) found.emplace_back(GroupId{i}, step.id);
    }
  }
  if (found.size() == 1) return found.front();
  if (found.empty()) {
    section.out().error(section.pos_of("step"), fmt::format("no plan has a step '{}'", name),
                        config::meant(name, known));
  } else {
    section.out().error(section.pos_of("step"),
                        fmt::format("{} plans have a step '{}'", found.size(), name),
                        "say which with group:, or use the step's id");
  }
  return std::nullopt;
}

std::optional<sim::Scenario> read_scenario(std::string_view text, const core::Site& site,
                                           config::Diagnostics& out) {
  yaml::Tree tree;
  const auto* root = tree.parse(text, out);
  if (root == nullptr) return std::nullopt;
  Section file(*root, "", out);
  sim::Scenario scenario;
  Duration until{0};
  if (file.duration("until", until, {.low = Duration(1), .high = until_max})) {
    scenario.until = Instant{} + until;
  } else if (!file.has("until")) {
    out.error(file.pos(), "until is missing: how long the simulation runs", "until: 10m");
  }
  read_start(file, site, scenario);
  read_list(file, "timeline", [&](Section& section) { read_happening(section, site, scenario); });
  read_list(file, "expect", [&](Section& section) { read_expectation(section, site, scenario); });
  file.finish();
  if (!out.ok()) return std::nullopt;
  return scenario;
}

}  // namespace nightwatt::app

// Whether anybody reads what conditions look at: for that, all devices, schedules and profiles are
// needed.
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "config/conditions.h"
#include "config/kept.h"
#include "config/nearest.h"
#include "config/profiles/variable_names.h"

namespace nightwatt::config {
namespace {

bool wanted(const DeviceWritten& device, VariableId variable, std::string_view group) {
  return device.wanted.empty() ||
         std::ranges::any_of(device.wanted, [&](const profile::Wanted& schedule) {
           return profile::wants(schedule, variable, group);
         });
}

// NUT brings what decisions use, what is kept of the rest, and keeps what a condition names when a
// NUT server can say it.
bool nut_brings(const Draft& draft, const DeviceWritten& device, VariableId variable) {
  if (variable.value < first_other_variable) return wanted(device, variable, "");
  return keeps(device, variable) ||
         is_nut_number(draft.config.site.other_variables[variable.value - first_other_variable]);
}

// Some schedule reads it over some path.
bool sees_variable(const Draft& draft, DeviceId id, VariableId variable) {
  const DeviceWritten& device = draft.devices[id.value];
  const auto brings = [&](const auto& item) {
    return item.variable == variable && wanted(device, item.variable, item.group);
  };
  for (std::size_t p = 0; p < device.profiles.size(); ++p) {
    if (device.broken[p]) return true;  // that is told, and nobody knows what it would bring
    const ProfilePtr& used = device.profiles[p].value;
    if (used == nullptr) {
      if (nut_brings(draft, device, variable)) return true;
    } else if (std::ranges::any_of(used->items, brings) ||
               std::ranges::any_of(used->points, brings)) {
      return true;
    }
  }
  return false;
}

bool sees(const Draft& draft, DeviceId device, const core::ConditionRule& rule) {
  if (!rule.point) return sees_variable(draft, device, rule.id);
  return rule.point->path.value <= draft.config.site.devices[device.value].paths.size();
}

// The variables that a device brings for certain.
void add_seen(const Draft& draft, DeviceId id, std::set<VariableId>& out) {
  const DeviceWritten& device = draft.devices[id.value];
  const auto add = [&](const auto& items) {
    for (const auto& item : items) {
      if (wanted(device, item.variable, item.group)) out.insert(item.variable);
    }
  };
  for (std::size_t p = 0; p < device.profiles.size(); ++p) {
    if (const ProfilePtr& used = device.profiles[p].value) {
      add(used->items);
      add(used->points);
    } else if (!device.broken[p]) {
      for (std::size_t i = 0; i < variable_count; ++i) {
        const VariableId id_of_it{static_cast<std::uint16_t>(i)};
        if (wanted(device, id_of_it, "")) out.insert(id_of_it);
      }
      out.insert(device.kept.begin(), device.kept.end());
      for (const auto& each : device.wanted) {
        out.insert(each.variables.begin(), each.variables.end());
      }
    }
  }
  out.erase(status_variable);
}

// The UPSes that a list of conditions is judged for, and how messages call them.
struct Scope {
  std::vector<DeviceId> devices{};
  std::string no_path{};                           // "no path of 'UPS-A'"
  std::string none{};                              // "'UPS-A' has no"
  std::optional<std::vector<std::string>> seen{};  // what they bring, once it is asked for
};

void name_seen(Draft& draft, Scope& scope) {
  if (scope.seen) return;
  std::set<VariableId> ids;
  for (const DeviceId device : scope.devices) add_seen(draft, device, ids);
  const VariableNames names(draft.config.site.other_variables);
  scope.seen.emplace();
  for (const VariableId id : ids) scope.seen->push_back(names.name(id));
}

void tell_unseen(Draft& draft, Scope& scope, const core::ConditionRule& rule,
                 const ConditionWritten& text) {
  if (rule.point) {
    draft.out.error(text.variable.pos,
                    fmt::format("{}: {} path {}", text.label, scope.none, rule.point->path.value));
    return;
  }
  name_seen(draft, scope);
  const std::vector<std::string_view> words(scope.seen->begin(), scope.seen->end());
  const std::string_view near = nearest(text.variable.value, words);
  draft.out.error(text.variable.pos,
                  fmt::format("{}: {} reads '{}'", text.label, scope.no_path, rule.variable),
                  near.empty() ? "NUT brings what decisions use, a profile and its schedules what "
                                 "they list"
                               : "did you mean '" + std::string(near) + "'?");
}

void check_list(Draft& draft, Scope scope, const std::shared_ptr<const core::ConditionRules>& rules,
                const std::vector<ConditionWritten>& written) {
  if (rules == nullptr || scope.devices.empty()) return;
  for (std::size_t i = 0; i < written.size() && i < rules->size(); ++i) {
    const auto seen = [&](DeviceId device) { return sees(draft, device, (*rules)[i]); };
    if (std::ranges::none_of(scope.devices, seen)) {
      tell_unseen(draft, scope, (*rules)[i], written[i]);
    }
  }
}

Scope scope_of(const Draft& draft, const GroupWritten& group) {
  Scope out{{},
            "no path of a UPS of '" + group.name.value + "'",
            "no UPS of '" + group.name.value + "' has a"};
  for (const auto& source : group.sources) {
    const auto found = draft.device_ids.find(source.value);
    if (found != draft.device_ids.end()) out.devices.push_back(found->second.value);
  }
  return out;
}

// Variables that a profile fills with status points.
std::set<VariableId> filled_by_points(const Draft& draft) {
  std::set<VariableId> out;
  for (const DeviceWritten& device : draft.devices) {
    for (const auto& [used, pos] : device.profiles) {
      if (used == nullptr) continue;
      for (const profile::PointItem& item : used->points) out.insert(item.variable);
    }
  }
  return out;
}

// Gives the mark of a status point to conditions on such variables. Lists are shared, and stay so.
class PointMarker {
 public:
  explicit PointMarker(const Draft& draft) : filled_(filled_by_points(draft)), out_(draft.out) {}

  using Rules = std::shared_ptr<const core::ConditionRules>;
  void mark(Rules& rules, const std::vector<ConditionWritten>& written) {
    if (filled_.empty() || rules == nullptr) return;
    const auto [known, fresh] = marked_.try_emplace(rules, nullptr);
    if (fresh) {
      core::ConditionRules copy = *rules;
      for (std::size_t i = 0; i < copy.size(); ++i) {
        if (copy[i].point || !filled_.contains(copy[i].id)) continue;
        copy[i].of_comm = true;
        if (copy[i].critical && i < written.size()) refuse_critical(written[i].state, out_);
      }
      known->second = std::make_shared<const core::ConditionRules>(std::move(copy));
    }
    rules = known->second;
  }

 private:
  std::set<VariableId> filled_;
  Diagnostics& out_;
  std::map<Rules, Rules> marked_{};
};

void mark_points(Draft& draft) {
  PointMarker marker(draft);
  marker.mark(draft.triggers.rule.conditions, draft.triggers.conditions);
  for (std::size_t i = 0; i < draft.ups.size(); ++i) {
    auto& member = draft.config.site.members[draft.ups[i].device.value];
    marker.mark(member.triggers.conditions, draft.ups[i].conditions);
  }
  for (GroupWritten& group : draft.groups) {
    if (group.quorum.triggers) marker.mark(group.quorum.triggers->conditions, group.conditions);
  }
}

// Takes from inherited lists what a UPS can never see. UPSes of one kind share what is left.
class Sieve {
 public:
  explicit Sieve(const Draft& draft) : draft_(draft) {}

  using Rules = std::shared_ptr<const core::ConditionRules>;
  void sieve(DeviceId device, Rules& rules) {
    if (rules == nullptr) return;
    static_assert(core::conditions_max <= 32);
    std::uint32_t kept = 0;  // bit i: condition i
    for (std::size_t i = 0; i < rules->size(); ++i) {
      if (sees(draft_, device, (*rules)[i])) kept |= 1u << i;
    }
    if (static_cast<std::size_t>(std::popcount(kept)) == rules->size()) return;
    const auto [known, fresh] = made_.try_emplace({rules, kept}, nullptr);
    if (fresh && kept != 0) {
      core::ConditionRules rest;
      for (std::size_t i = 0; i < rules->size(); ++i) {
        if ((kept >> i & 1u) != 0) rest.push_back((*rules)[i]);
      }
      known->second = std::make_shared<const core::ConditionRules>(std::move(rest));
    }
    rules = known->second;
  }

 private:
  const Draft& draft_;
  std::map<std::pair<Rules, std::uint32_t>, Rules> made_{};
};

}  // namespace

void check_conditions(Draft& draft) {
  mark_points(draft);
  auto& members = draft.config.site.members;
  Scope all{{}, "no path of a UPS", "no UPS has a"};
  for (const core::MemberRule& member : members) all.devices.push_back(member.device);
  check_list(draft, std::move(all), draft.triggers.rule.conditions, draft.triggers.conditions);
  for (const UpsWritten& ups : draft.ups) {
    Scope one{
        {ups.device}, "no path of '" + ups.name.value + "'", "'" + ups.name.value + "' has no"};
    check_list(draft, std::move(one), members[ups.device.value].triggers.conditions,
               ups.conditions);
  }
  for (const GroupWritten& group : draft.groups) {
    if (!group.quorum.triggers) continue;
    check_list(draft, scope_of(draft, group), group.quorum.triggers->conditions, group.conditions);
  }
  Sieve sieve(draft);
  for (core::MemberRule& member : members) sieve.sieve(member.device, member.triggers.conditions);
}

}  // namespace nightwatt::config

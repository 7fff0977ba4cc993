#include "config/conditions.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "config/duration.h"
#include "config/limits.h"
#include "config/nearest.h"
#include "config/profiles/variable_names.h"
#include "model/quantity.h"

namespace nightwatt::config {
namespace {

constexpr double number_max = 1e12;  // nothing that is measured is beyond it

bool read_variable(const Located<std::string>& name, const std::string& label, Draft& draft,
                   core::ConditionRule& rule) {
  if (is_point_name(name.value)) {
    rule.of_comm = check_point_name(name, label, draft.out);
    rule.point = point_named(name.value);
    return rule.of_comm;
  }
  if (name.value == "ups.status") {
    draft.out.error(name.pos, label + ": ups.status is words, and a condition needs a number",
                    "its words have triggers: low_battery_flag, overload_critical");
    return false;
  }
  if (!check_variable_name(name, label, draft.out)) return false;
  const auto id = VariableNames(draft.config.site.other_variables).id(name.value);
  if (!id) draft.out.error(name.pos, "too many different variables");
  if (id) rule.id = *id;
  return id.has_value();
}

bool read_limit(Section& section, core::ConditionRule& rule) {
  const NumberRange range{-number_max, number_max};
  const bool above = section.number("above", rule.limit, range);
  rule.below = section.number("below", rule.limit, range);
  const bool both = section.has("above") && section.has("below");
  if (above != rule.below && !both) return true;
  const bool none = !section.has("above") && !section.has("below");
  if (both || none) {
    section.out().error(both ? section.key_pos("below") : section.pos(),
                        section.label() + (both ? " has both 'above' and 'below'"
                                                : " has neither 'above' nor 'below'"),
                        both ? "write two conditions" : "say when it is met, as in 'above: 45'");
  }
  return false;
}

void refuse_critical(const Located<std::string>& state, Diagnostics& out) {
  out.error(state.pos, state.value + " cannot be critical for a status point",
            "trouble of a wire is no trouble of a feed; for a UPS that is not seen there is "
            "unknown_counts_as");
}

void read_state(Section& section, core::ConditionRule& rule, Located<std::string>& state) {
  section.choice("state", rule.critical, {{"degraded", false}, {"critical", true}});
  state = {section.path("state"), section.pos_of("state")};
  if (rule.critical && rule.of_comm) refuse_critical(state, section.out());
}

void read_condition(const Item& node, const std::string& label, Draft& draft,
                    core::ConditionRules& rules, std::vector<ConditionWritten>& written) {
  Section section(node, label, draft.out);
  if (node.kind != ItemKind::mapping) return;
  core::ConditionRule rule;
  Located<std::string> name;
  if (section.name("name", name)) rule.name = name.value;
  ConditionWritten text;
  text.label = label;
  bool good = section.name("variable", text.variable);
  if (!good && !section.has("variable")) {
    draft.out.error(section.pos(), label + " has no 'variable'");
  }
  good = good && read_variable(text.variable, label, draft, rule);
  rule.variable = text.variable.value;
  good = read_limit(section, rule) && good;
  section.duration("for", rule.hold);
  read_state(section, rule, text.state);
  section.finish();
  if (!good) return;
  rules.push_back(std::move(rule));
  written.push_back(std::move(text));
}

// Some schedule reads it over some path. NUT brings what decisions use, a profile what it lists.
bool sees_variable(const Draft& draft, DeviceId id, VariableId variable) {
  const DeviceWritten& device = draft.devices[id.value];
  const auto& paths = draft.config.site.devices[id.value].paths;
  const auto wanted = [&](VariableId each, std::string_view group) {
    return each == variable &&
           (device.wanted.empty() || std::ranges::any_of(device.wanted, [&](const auto& schedule) {
              return profile::wants(schedule, each, group);
            }));
  };
  const auto brings = [&](const auto& item) { return wanted(item.variable, item.group); };
  for (std::size_t p = 0; p < device.profiles.size() && p < paths.size(); ++p) {
    const ProfilePtr& used = device.profiles[p].value;
    if (used == nullptr) {
      const bool nut = draft.config.endpoints[paths[p].comm.value].driver == "nut";
      if (!nut) return true;  // its profile is wrong, and that is told
      if (variable.value < variable_count && wanted(variable, "")) return true;
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

// Every variable that one of the devices brings.
std::vector<std::string> seen_names(Draft& draft, const std::vector<DeviceId>& devices) {
  VariableNames names(draft.config.site.other_variables);
  std::vector<std::string> out;
  const std::size_t others = draft.config.site.other_variables.size();
  for (std::size_t i = 0; i < first_other_variable + others; ++i) {
    const VariableId id{static_cast<std::uint16_t>(i)};
    if (id == status_variable) continue;
    const auto brings = [&](DeviceId device) { return sees_variable(draft, device, id); };
    if (std::ranges::any_of(devices, brings)) out.push_back(names.name(id));
  }
  return out;
}

// The UPSes that a list of conditions is judged for, and how messages call them.
struct Scope {
  std::vector<DeviceId> devices{};
  std::string no_path{};  // "no path of 'UPS-A'"
  std::string none{};     // "'UPS-A' has no"
};

void tell_unseen(Draft& draft, const Scope& scope, const core::ConditionRule& rule,
                 const ConditionWritten& text) {
  if (rule.point) {
    draft.out.error(text.variable.pos,
                    fmt::format("{}: {} path {}", text.label, scope.none, rule.point->path.value));
    return;
  }
  const std::vector<std::string> names = seen_names(draft, scope.devices);
  const std::vector<std::string_view> words(names.begin(), names.end());
  const std::string_view near = nearest(text.variable.value, words);
  draft.out.error(text.variable.pos,
                  fmt::format("{}: {} reads '{}'", text.label, scope.no_path, rule.variable),
                  near.empty() ? "NUT brings what decisions use, a profile and its schedules what "
                                 "they list"
                               : "did you mean '" + std::string(near) + "'?");
}

void check_list(Draft& draft, const Scope& scope,
                const std::shared_ptr<const core::ConditionRules>& rules,
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

// What a UPS inherited and can never see.
void leave_out_unseen(const Draft& draft, core::MemberRule& member) {
  auto& rules = member.triggers.conditions;
  if (rules == nullptr) return;
  const auto unseen = [&](const core::ConditionRule& rule) {
    return !sees(draft, member.device, rule);
  };
  if (std::ranges::none_of(*rules, unseen)) return;
  core::ConditionRules rest = *rules;
  std::erase_if(rest, unseen);
  rules = rest.empty() ? nullptr : std::make_shared<const core::ConditionRules>(std::move(rest));
}

}  // namespace

void read_conditions(Section& triggers, Draft& draft, TriggersWritten& into) {
  const Item* list = triggers.take_list("conditions");
  if (list == nullptr) return;
  if (list->children.size() > core::conditions_max) {
    draft.out.error(list->pos, fmt::format("{} has more than {} conditions",
                                           triggers.path("conditions"), core::conditions_max));
    return;
  }
  core::ConditionRules rules;
  for (std::size_t i = 0; i < list->children.size(); ++i) {
    const std::string label = fmt::format("{}[{}]", triggers.path("conditions"), i + 1);
    read_condition(*list->children[i], label, draft, rules, into.conditions);
  }
  into.rule.conditions =
      rules.empty() ? nullptr : std::make_shared<const core::ConditionRules>(std::move(rules));
}

void check_conditions(Draft& draft) {
  mark_points(draft);
  const auto& members = draft.config.site.members;
  Scope all{{}, "no path of a UPS", "no UPS has a"};
  for (const core::MemberRule& member : members) all.devices.push_back(member.device);
  check_list(draft, all, draft.triggers.rule.conditions, draft.triggers.conditions);
  for (const UpsWritten& ups : draft.ups) {
    const Scope one{
        {ups.device}, "no path of '" + ups.name.value + "'", "'" + ups.name.value + "' has no"};
    check_list(draft, one, members[ups.device.value].triggers.conditions, ups.conditions);
  }
  for (const GroupWritten& group : draft.groups) {
    if (!group.quorum.triggers) continue;
    check_list(draft, scope_of(draft, group), group.quorum.triggers->conditions, group.conditions);
  }
  for (core::MemberRule& member : draft.config.site.members) leave_out_unseen(draft, member);
}

std::string show(const core::ConditionRule& rule) {
  std::string_view unit;
  if (rule.point) {
    unit = unit_of(rule.point->kind);
  } else if (rule.id.value < variable_count) {
    unit = unit_of(static_cast<Variable>(rule.id.value));
  }
  std::string out = rule.name.empty() ? rule.variable : rule.name + ": " + rule.variable;
  out += rule.below ? " below " : " above ";
  out += fine_quantity(rule.limit, unit);
  if (rule.hold.count() > 0) out += " for " + show(rule.hold);
  return out + (rule.critical ? ": critical" : ": degraded");
}

}  // namespace nightwatt::config

#include "config/conditions.h"

#include <fmt/format.h>

#include <memory>
#include <utility>

#include "config/duration.h"
#include "config/limits.h"
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

}  // namespace

void refuse_critical(const Located<std::string>& state, Diagnostics& out) {
  out.error(state.pos, state.value + " cannot be critical for a status point",
            "trouble of a wire is no trouble of a feed; for a UPS that is not seen there is "
            "unknown_counts_as");
}

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

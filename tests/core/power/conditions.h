#pragma once

#include <memory>
#include <string>
#include <utility>

#include "tests/core/power/story.h"

// Conditions in few words, for stories.
namespace nightwatt::core::testing {

inline constexpr auto temperature = Variable::ups_temperature;

inline ConditionRule above(const std::string& variable, double limit) {
  ConditionRule rule;
  rule.variable = variable;
  rule.point = point_named(variable);
  rule.of_comm = rule.point.has_value();
  const auto known = variable_named(variable);
  rule.id = known ? id_of(*known) : VariableId{first_other_variable};
  rule.limit = limit;
  return rule;
}
inline ConditionRule below(const std::string& variable, double limit) {
  ConditionRule rule = above(variable, limit);
  rule.below = true;
  return rule;
}
inline ConditionRule lasting(ConditionRule rule, double for_seconds) {
  rule.hold = at_s(for_seconds).time_since_epoch();
  return rule;
}
inline ConditionRule critical(ConditionRule rule) {
  rule.critical = true;
  return rule;
}
inline ConditionRule named(const std::string& name, ConditionRule rule) {
  rule.name = name;
  return rule;
}

inline void with(Story& ups, ConditionRules rules) {
  ups.rule.triggers.conditions = std::make_shared<const ConditionRules>(std::move(rules));
}

inline std::string sentences(const Story& ups) {
  std::string out;
  for (const Reason& reason : view(ups.memory).reasons) {
    out += (out.empty() ? "" : "; ") + sentence(reason);
  }
  return out;
}

}  // namespace nightwatt::core::testing

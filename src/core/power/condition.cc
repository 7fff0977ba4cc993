#include "core/power/condition.h"

#include <algorithm>

namespace nightwatt::core {
namespace {

bool past_limit(const ConditionRule& rule, double value) {
  const auto it = static_cast<float>(value);
  const auto limit = static_cast<float>(rule.limit);
  return rule.below ? it < limit : it > limit;
}

std::optional<Number> in_reading(const MemberMemory& memory, VariableId id) {
  if (!memory.view.last_reading) return std::nullopt;
  const Instant at = *memory.view.last_reading;
  if (id.value < variable_count) {
    const auto value = memory.newest.values.get(static_cast<Variable>(id.value));
    return value ? std::optional(Number{*value, at}) : std::nullopt;
  }
  const auto& others = memory.newest.others;
  const auto found = std::ranges::lower_bound(others, id, {}, &OtherValue::variable);
  if (found == others.end() || found->variable != id) return std::nullopt;
  return Number{found->number, at};
}

std::optional<Number> number_of(const MemberMemory& memory, const Watched& watched,
                                const ConditionRule& rule, std::size_t index) {
  const auto other = index < watched.numbers.size() ? watched.numbers[index] : std::nullopt;
  if (rule.point) return other;
  const auto read = in_reading(memory, rule.id);
  return read && (!other || read->at >= other->at) ? read : other;
}

// How long the number has been on its side, as far as somebody was there to see it.
Duration held(const MemberMemory& memory, const ConditionState& state, Instant now) {
  const Instant since =
      memory.fresh_after ? std::max(*state.since, *memory.fresh_after) : *state.since;
  return now - since;
}

// The state may change now, or by the clock alone. See the head of the header.
bool may_change(const MemberMemory& memory, const ConditionRule& rule, const ConditionState& state,
                const Number& number) {
  if (rule.of_comm) return true;
  if (memory.fresh_after && number.at < *memory.fresh_after) return false;
  return state.met ? !memory.sight_gone : !memory.lost_since;
}

void follow(const MemberMemory& memory, const ConditionRule& rule, ConditionState& state,
            const std::optional<Number>& number, Instant now) {
  state.timed = false;
  if (!number) return;
  state.value = number->value;
  const bool met = past_limit(rule, number->value);
  if (!state.since || met != state.met) state.since = now;
  state.met = met;
  if (state.met == state.firing || !may_change(memory, rule, state, *number)) return;
  if (held(memory, state, now) >= rule.hold) {
    state.firing = state.met;
  } else {
    state.timed = true;
  }
}

}  // namespace

void follow_conditions(MemberMemory& memory, const Watched& watched, Instant now) {
  const ConditionRules& rules = *watched.triggers.conditions;
  if (memory.conditions.size() != rules.size()) {
    memory.conditions = std::vector<ConditionState>(rules.size());
  }
  for (std::size_t i = 0; i < rules.size(); ++i) {
    follow(memory, rules[i], memory.conditions[i], number_of(memory, watched, rules[i], i), now);
  }
}

bool proves(const ConditionRule& rule, const ConditionState& state) {
  return rule.critical && !rule.of_comm && state.firing && state.met;
}

Reason reason_of(const ConditionRule& rule, const ConditionState& state) {
  return {rule.critical ? ReasonKind::condition_critical : ReasonKind::condition_degraded,
          state.value, rule.limit,
          rule.name.empty() ? rule.variable : rule.name + ": " + rule.variable, rule.below};
}

std::optional<Instant> condition_deadline(const MemberMemory& memory, const ConditionRule& rule,
                                          const ConditionState& state) {
  if (!state.timed) return std::nullopt;
  return *memory.evaluated + (rule.hold - held(memory, state, *memory.evaluated));
}

}  // namespace nightwatt::core

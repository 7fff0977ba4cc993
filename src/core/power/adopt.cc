// What a change of configuration leaves of a memory.
#include <algorithm>
#include <utility>

#include "core/power/member.h"

namespace nightwatt::core {
namespace {

void adopt_conditions(MemberMemory& memory, const TriggerRule& old, const TriggerRule& now) {
  const RareList<ConditionState> before = std::exchange(memory.conditions, {});
  if (!now.conditions) return;
  memory.conditions = std::vector<ConditionState>(now.conditions->size());
  if (!old.conditions) return;
  for (std::size_t i = 0; i < memory.conditions.size(); ++i) {
    ConditionRule same = (*now.conditions)[i];
    const auto found = std::ranges::find_if(*old.conditions, [&](const ConditionRule& rule) {
      same.id = rule.id;  // numbers of variables belong to one configuration
      return rule == same;
    });
    const auto place = static_cast<std::size_t>(found - old.conditions->begin());
    if (place < before.size()) memory.conditions[i] = before[place];
  }
}

bool holds_under_all_triggers(ReasonKind kind) {
  return kind == ReasonKind::fsd || kind == ReasonKind::output_off || kind == ReasonKind::failsafe;
}

}  // namespace

void adopt(MemberMemory& memory, const TriggerRule& old, const TriggerRule& now,
           bool same_variables) {
  if (!same_variables) memory.newest.others.clear();
  adopt_conditions(memory, old, now);
}

MemberMemory second_look(const MemberMemory& own) {
  MemberMemory look = own;
  look.latches.erase_if([](const Reason& latch) { return !holds_under_all_triggers(latch.kind); });
  look.conditions.clear();
  look.view.depletion_rate.reset();  // of another window; the next reading says it again
  look.reasons_told = 0;
  look.advisory_told = false;
  return look;
}

}  // namespace nightwatt::core

// What the users' own conditions need of the engine: the numbers that no reading has, and a
// judgement whenever one of them may have changed.
#include <algorithm>

#include "core/engine.h"

namespace nightwatt::core {

namespace {

std::optional<Number> latest_of(std::span<const LatestValue> values, VariableId id) {
  const auto found = std::ranges::lower_bound(values, id, {}, &LatestValue::variable);
  if (found == values.end() || found->variable != id) return std::nullopt;
  return Number{found->number, found->at};
}

}  // namespace

// Marks the devices that somebody's condition looks at. Comm must know them from the start.
Site Engine::with_conditions(Site site) {
  for (const MemberRule& member : site.members) {
    site.devices[member.device.value].tells_every_poll = member.triggers.conditions != nullptr;
  }
  for (const GroupRule& group : site.groups) {
    if (!group.quorum.triggers || group.quorum.triggers->conditions == nullptr) continue;
    for (const DeviceId member : group.quorum.members) {
      site.devices[member.value].tells_every_poll = true;
    }
  }
  return site;
}

// The span is good until the next call.
Watched Engine::judged(std::uint32_t member, Instant now) {
  Watched out = watched(member);
  if (out.triggers.conditions != nullptr) gather_numbers(out.rule.device, out, now);
  return out;
}

Watched Engine::judged(std::uint32_t group, std::uint32_t member, Instant now) {
  Watched out = look_at(group, member);
  if (out.triggers.conditions != nullptr) gather_numbers(out.rule.device, out, now);
  return out;
}

void Engine::gather_numbers(DeviceId device, Watched& watched, Instant now) {
  numbers_.clear();
  for (const ConditionRule& rule : *watched.triggers.conditions) {
    if (!rule.point) {
      numbers_.push_back(latest_of(comm_.variables(device), rule.id));
    } else if (const auto value = comm_.point(device, *rule.point, now)) {
      numbers_.push_back(Number{*value, now});
    } else {
      numbers_.push_back(std::nullopt);
    }
  }
  watched.numbers = numbers_;
}

void Engine::judge_again(DeviceId device, Instant now) {
  const std::uint32_t member = member_of_device_[device.value];
  if (member != no_member) member_wakes_.want(member, now);
}

// Moves, and polls that decisions do not look at, of devices that somebody's condition looks at.
void Engine::judge_touched(Instant now) {
  for (const Move& move : comm_out_.moves) {
    if (site_->devices[move.device.value].tells_every_poll) judge_again(move.device, now);
  }
  for (const DeviceId device : comm_out_.touched) judge_again(device, now);
  comm_out_.touched.clear();
}

}  // namespace nightwatt::core

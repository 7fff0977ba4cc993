#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include "core/comm/comm.h"

// A reload of the configuration: the same devices under new rules (T8).
namespace nightwatt::core {

namespace {

// The rank under new rules of what was `path`, matched by comm device and unit; 0: gone.
std::uint8_t rank_now(const std::vector<CommRule>& old_comms, const PathRule& path,
                      const std::vector<CommRule>& comms, const DeviceRule& device) {
  for (std::size_t i = 0; i < device.paths.size(); ++i) {
    const PathRule& now = device.paths[i];
    if (comms[now.comm.value].name == old_comms[path.comm.value].name && now.unit == path.unit) {
      return static_cast<std::uint8_t>(i + 1);
    }
  }
  return 0;
}

}  // namespace

void Comm::adopt(const Comm& old, DeviceId device, DeviceId old_device, Instant now) {
  const DeviceState& was = old.devices_[old_device.value];
  const DeviceRule& old_rule = old.rules_.of(old_device);
  DeviceState& state = devices_[device.value];
  const bool mode_edited = old_rule.auto_failover != rules_.of(device).auto_failover;
  if (!mode_edited) state.automatic = was.automatic;
  const PathRank start = state.active;
  std::vector<PathState> fresh = std::move(state.paths);
  state.paths.assign(fresh.size(), PathState{});
  for (PathState& path : state.paths) path.entered = now;
  PathRank active{};
  for (std::size_t i = 0; i < was.paths.size(); ++i) {
    const std::uint8_t rank =
        rank_now(old.rules_.comms(), old_rule.paths[i], rules_.comms(), rules_.of(device));
    if (rank == 0) continue;
    state.paths[rank - 1u] = was.paths[i];
    if (was.active.value == i + 1) active = PathRank{rank};
  }
  const bool kept = active != PathRank{};
  state.active = kept ? active : start;
  state.since = kept ? was.since : now;
  if (!kept) path_state(device, state.active).entered = now;
  state.failed_over = was.failed_over;
  state.last_reading = was.last_reading;
  state.messages = was.messages;
  state.skipped_polls = was.skipped_polls;
  state.alert = was.alert;
  state.flaps = was.flaps;
  state.changes = was.changes + 1;
  state.frozen_until = was.frozen_until;
  plan_guard(device);
  if (kept) state.decisions = was.decisions;
  if (kept) state.last_move = was.last_move;
  state.left_primary.reset();
  if (state.active != primary) state.left_primary = was.left_primary ? was.left_primary : now;
  adopt_schedules(old, device, old_device, now);
}

// Schedules are matched by name. Their rhythm goes on, unless the new interval is shorter than what
// is left; one that waited for another path is looked at when its first time comes.
void Comm::adopt_schedules(const Comm& old, DeviceId device, DeviceId old_device, Instant now) {
  const auto name_of = [](const DeviceRule& its, std::uint16_t schedule) -> std::string_view {
    return its.schedules.empty() ? "default" : std::string_view(its.schedules[schedule].name);
  };
  const DeviceRule& before = old.rules_.of(old_device);
  for (std::uint16_t schedule = 0; schedule < rules_.schedules_of(device); ++schedule) {
    const Duration interval = rules_.interval_of(device, schedule);
    if (interval <= Duration::zero()) continue;
    for (std::uint16_t was = 0; was < old.rules_.schedules_of(old_device); ++was) {
      if (name_of(rules_.of(device), schedule) != name_of(before, was)) continue;
      const auto due = old.agenda_.at(old.rules_.schedule_slot(old_device, was));
      if (!due) continue;
      agenda_.set(rules_.schedule_slot(device, schedule),
                  std::min(std::max(*due, now), now + interval), 0);
    }
  }
}

// The device's asked polls, in order. What was under way is read again, or ends when it controls:
// whether it took effect is unknown. Scheduled polls and probes come again by themselves.
void Comm::adopt_polls(const Comm& old, DeviceId device, DeviceId old_device, CommOut& out) {
  const DeviceState& was = old.devices_[old_device.value];
  std::vector<const Poll*> polls;
  for (std::uint32_t at = was.first_poll; at != no_poll; at = old.polls_[at].next_of_device) {
    if (old.polls_[at].purpose == PollPurpose::asked) polls.push_back(&old.polls_[at]);
  }
  std::sort(polls.begin(), polls.end(), [](const Poll* a, const Poll* b) {
    return a->waiting != b->waiting ? !a->waiting : a->order < b->order;
  });
  for (const Poll* poll : polls) {
    if (!poll->waiting && poll->kind == PollClass::control) {
      out.results.push_back({poll->tag, PollResult::failed, was.active, now_});
      continue;
    }
    Poll again = *poll;
    again.waiting = false;
    again.tried_paths = 0;  // ranks may have changed their meaning
    again.next = again.prev = no_poll;
    DeviceState& state = devices_[device.value];
    wait_in(rules_.line_at(device, state.active), polls_.add(again, state.first_poll));
  }
}

void Comm::adopt_latest(const Comm& old, DeviceId device, DeviceId was, bool same_variables) {
  const std::span<const LatestValue> said = old.variables(was);
  if (said.empty()) return;
  const auto kept = same_variables
                        ? said.end()
                        : std::ranges::lower_bound(said, VariableId{first_other_variable}, {},
                                                   &LatestValue::variable);
  latest_of(device).assign(said.begin(), kept);
}

void Comm::adopt_lines(const Comm& old) {
  std::map<std::string_view, std::uint32_t> by_name;
  for (std::uint32_t i = 0; i < old.lines_.size(); ++i) by_name[old.rules_.comms()[i].name] = i;
  for (std::uint32_t i = 0; i < lines_.size(); ++i) {
    const auto found = by_name.find(rules_.comms()[i].name);
    if (found == by_name.end()) continue;
    const bool edited = old.rules_.comms()[found->second].at_start != rules_.comms()[i].at_start;
    if (edited) continue;
    lines_[i].state = old.lines_[found->second].state;
    lines_[i].reported = old.lines_[found->second].reported;
    lines_[i].by_hand = old.lines_[found->second].by_hand;
  }
}

Comm Comm::with_rules(SiteRules rules, Instant now, CommOut& out, bool same_variables) const {
  Comm next(std::move(rules), now);
  next.sent_ = sent_;
  next.late_replies_ = late_replies_;
  orders_at_reload(out);
  for (std::uint32_t line = 0; line < lines_.size(); ++line) {
    const auto& flight = lines_[line].flight;
    if (flight && flight->transaction) {
      out.effects.push_back(CancelMessage{*flight->transaction, CommId{line}});
    }
  }
  next.adopt_lines(*this);
  std::map<std::string_view, std::uint32_t> by_name;
  for (std::uint32_t i = 0; i < rules_.devices().size(); ++i) by_name[rules_.devices()[i].name] = i;
  std::vector<bool> kept(rules_.devices().size(), false);
  for (std::uint32_t i = 0; i < next.rules_.devices().size(); ++i) {
    const auto old = by_name.find(next.rules_.devices()[i].name);
    if (old == by_name.end()) continue;
    kept[old->second] = true;
    next.adopt(*this, DeviceId{i}, DeviceId{old->second}, now);
    next.adopt_polls(*this, DeviceId{i}, DeviceId{old->second}, out);
    next.adopt_latest(*this, DeviceId{i}, DeviceId{old->second}, same_variables);
    next.plan_probe(DeviceId{i}, now);
  }
  next.count_polled();
  for (std::uint32_t i = 0; i < kept.size(); ++i) {
    if (kept[i]) continue;
    for (const std::uint64_t tag : pending(DeviceId{i})) {
      out.results.push_back({tag, PollResult::failed, devices_[i].active, now});
    }
  }
  return next;
}

}  // namespace nightwatt::core

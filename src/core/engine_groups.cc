// The engine's half that knows groups: from member states to verdicts, from verdicts to runs.
#include <algorithm>
#include <utility>

#include "core/engine.h"

namespace nightwatt::core {

Watched Engine::look_at(std::uint32_t group, std::uint32_t member) const {
  const MemberRule& rule = site_->members[member];
  return {.rule = rule,
          .triggers = *site_->groups[group].quorum.triggers,
          .name = site_->devices[rule.device.value].name,
          .voice = Voice::group};
}

const MemberView& Engine::decided(const Group& group, std::size_t place,
                                  const QuorumRule& rule) const {
  const MemberView& own = *member(rule.members[place]);
  const MemberView* look = group.looks.empty() ? nullptr : &group.looks[place].view;
  return deciding_view(own, look, rule.triggers_mode);
}

void Engine::gather_inputs(std::uint32_t group, std::vector<MemberInput>& inputs) const {
  const QuorumRule& rule = site_->groups[group].quorum;
  inputs.clear();
  for (std::size_t place = 0; place < rule.members.size(); ++place) {
    const DeviceId device = rule.members[place];
    inputs.push_back(
        input_of(decided(groups_[group], place, rule), site_->devices[device.value].name));
    if (read_before_[member_of_device_[device.value]]) inputs.back().ever_read = true;
  }
}

void Engine::settle_groups(Instant now, Effects& effects) {
  while (const auto due = group_wakes_.take_due(now)) {
    if (!std::exchange(groups_[*due].dirty, true)) dirty_.push_back(*due);
  }
  std::ranges::sort(dirty_);
  for (std::size_t i = 0; i < dirty_.size(); ++i) {
    foresee_groups(i);
    groups_[dirty_[i]].dirty = false;
    evaluate(dirty_[i], now, effects);
  }
  dirty_.clear();
}

void Engine::evaluate(std::uint32_t group, Instant now, Effects& effects) {
  Group& state = groups_[group];
  const GroupRule& rule = site_->groups[group];
  gather_inputs(group, inputs_);
  const Verdict before = state.watch.verdict;
  observe(state.watch, rule.quorum, rule.name, inputs_, now, effects);
  if (rule.quorum.kind == GroupKind::redundancy) {
    gather_feeds(group, feeds_);
    if (!settled(state.sizing, rule.quorum, feeds_)) {
      observe(state.sizing, rule.name, size_up(rule.quorum, feeds_), effects);
    }
  }
  const bool quiet = state.watch.verdict == before && before != Verdict::quorum_lost &&
                     state.shutdown.state() == RunState::armed && !state.shutdown.next_deadline();
  if (!quiet) {
    state.shutdown.on_verdict(state.watch.verdict, loss_reason(state.watch, rule.quorum),
                              surroundings(group, now), next_run_, now, effects);
  }
  follow_run(group, now);
  want_group(group);
}

// After anything that may have begun, ended or stopped the group's run.
void Engine::follow_run(std::uint32_t group, Instant now) {
  Group& state = groups_[group];
  runs_[group] = state.shutdown.run().value_or(RunId{});
  const bool left = state.shutdown.machines_left();
  if (std::exchange(state.had_machines_left, left) == left) return;
  if (left) {
    ++machines_left_;
    return;
  }
  --machines_left_;
  wake_waiting(now);
}

// A local power-off may have waited for the machines of the group that is done with them now.
void Engine::wake_waiting(Instant now) {
  for (const std::uint32_t other : may_wait_) {
    if (groups_[other].shutdown.busy()) group_wakes_.want(other, now);
  }
}

void Engine::want_group(std::uint32_t group) {
  const Group& state = groups_[group];
  group_wakes_.want(group,
                    nightwatt::core::next_deadline(state.watch, site_->groups[group].quorum));
  group_wakes_.want(group, state.shutdown.next_deadline());
}

void Engine::gather_feeds(std::uint32_t group, std::vector<FeedLoad>& feeds) const {
  const QuorumRule& rule = site_->groups[group].quorum;
  feeds.clear();
  for (std::size_t place = 0; place < rule.members.size(); ++place) {
    const DeviceId device = rule.members[place];
    const MemberView& view = decided(groups_[group], place, rule);
    const bool seen = view.last_reading && !view.sight_lost;
    const bool feeding =
        seen && view.state != MemberState::critical && view.state != MemberState::maintenance;
    feeds.push_back(feed_of(site_->devices[device.value].name, feeding,
                            seen ? newest_reading(device) : nullptr,
                            site_->members[member_of_device_[device.value]]));
  }
}

Surroundings Engine::surroundings(std::uint32_t group, Instant now) const {
  Surroundings out;
  out.ready = groups_[group].watch.begun && groups_[group].watch.hold == Hold::none;
  out.other_groups_running = machines_left_ > (groups_[group].had_machines_left ? 1u : 0u);
  // The best of the members that can be seen on battery; one that feeds from the mains lifts the
  // limit. One that is off, about to be cut (FSD), overloaded or taken out feeds nothing for long,
  // whatever its input says.
  for (const DeviceId device : site_->groups[group].quorum.members) {
    const Reading* reading = newest_reading(device);
    if (reading == nullptr || member(device)->sight_lost) continue;
    const MemberState state = member(device)->state;
    const bool out_of_use =
        state == MemberState::maintenance || reading->status.has(StatusWord::OFF);
    if (out_of_use) continue;
    if (reading->status.has(StatusWord::OL) && state != MemberState::critical) {
      out.remaining_runtime = no_power_limit;
      return out;
    }
    const auto runtime = reading->values.get(Variable::battery_runtime);
    if (!runtime) continue;
    const Duration left =
        Duration(static_cast<std::int64_t>(*runtime * 1000)) - (now - reading->at);
    out.remaining_runtime = std::max(out.remaining_runtime.value_or(Duration(0)), left);
  }
  return out;
}

std::optional<GroupId> Engine::group_of_run(RunId run) const {
  const auto found = std::ranges::find(runs_, run);
  if (found == runs_.end() || run == RunId{}) return std::nullopt;
  return GroupId{static_cast<std::uint32_t>(found - runs_.begin())};
}

GroupView Engine::group(GroupId id, Instant now) const {
  const Group& state = groups_.at(id.value);
  const QuorumRule& rule = site_->groups[id.value].quorum;
  std::vector<MemberInput> inputs;
  gather_inputs(id.value, inputs);
  GroupView out;
  out.verdict = state.watch.verdict;
  out.since = state.watch.since;
  out.deferred = state.watch.hold != Hold::none;
  out.count = count(rule, inputs);
  for (std::size_t place = 0; place < rule.members.size(); ++place) {
    out.members.push_back(decided(state, place, rule));
    out.counts.push_back(counts_as(rule, inputs[place], out.count.evidence));
  }
  out.what_next = what_next(rule, inputs);
  std::vector<FeedLoad> feeds;
  gather_feeds(id.value, feeds);
  out.sizing = size_up(rule, feeds);
  out.run = state.shutdown.view(now);
  return out;
}

bool Engine::busy() const {
  return std::ranges::any_of(groups_, [](const Group& group) { return group.shutdown.busy(); });
}

Duration Engine::busy_for(Instant now) const {
  Duration longest{0};
  for (const Group& group : groups_) {
    if (group.shutdown.busy()) longest = std::max(longest, group.shutdown.view(now).needed_time);
  }
  return longest;
}

}  // namespace nightwatt::core

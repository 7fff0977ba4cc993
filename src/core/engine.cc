#include "core/engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>
#include <variant>

#include "base/check.h"

namespace nightwatt::core {
namespace {

// Sweeps that ended are looked for among so many members a step, in turn: when a whole site is out
// of sight, a step must not cost a look at all of it.
constexpr std::size_t sweeps_looked_at_max = 64;

// Of what a step fills and empties, so many are kept for the next one. A burst of a whole site
// takes megabytes in each of these lists, and they are not needed again soon.
constexpr std::size_t scratch_kept_max = 256;

template <class T>
void empty(std::vector<T>& scratch) {
  scratch.clear();
  if (scratch.capacity() > scratch_kept_max) std::vector<T>().swap(scratch);
}

SiteRules rules_of(const std::shared_ptr<Site>& site) {
  return {{site, &site->comms}, {site, &site->devices}};
}

std::shared_ptr<const PlanRule> plan_of(const std::shared_ptr<Site>& site, std::uint32_t group) {
  return {site, &site->groups[group].plan};
}

template <class Rule>
std::vector<std::uint32_t> sorted_by_name(const std::vector<Rule>& rules) {
  std::vector<std::uint32_t> order(rules.size());
  std::iota(order.begin(), order.end(), 0u);
  std::ranges::stable_sort(order, {},
                           [&](std::uint32_t i) -> const std::string& { return rules[i].name; });
  return order;
}

template <class Rule>
std::optional<std::uint32_t> find_named(const std::vector<Rule>& rules,
                                        const std::vector<std::uint32_t>& order,
                                        std::string_view name) {
  const auto name_of = [&](std::uint32_t i) -> std::string_view { return rules[i].name; };
  const auto found = std::ranges::lower_bound(order, name, {}, name_of);
  if (found == order.end() || rules[*found].name != name) return std::nullopt;
  return *found;
}

}  // namespace

Engine::Engine(Site site, RunId next_run, Instant now)
    : site_(std::make_shared<Site>(with_conditions(std::move(site)))),
      comm_(rules_of(site_), now),
      next_run_(next_run) {
  members_.resize(site_->members.size());
  read_before_.resize(site_->members.size());
  groups_.reserve(site_->groups.size());
  for (std::uint32_t i = 0; i < site_->groups.size(); ++i) {
    const GroupRule& rule = site_->groups[i];
    groups_.push_back({.watch = {},
                       .sizing = {},
                       .looks = {},
                       .shutdown = GroupShutdown(GroupId{i}, rule.name, plan_of(site_, i)),
                       .dirty = false,
                       .had_machines_left = false});
    if (rule.quorum.triggers) groups_.back().looks.resize(rule.quorum.members.size());
  }
  index_site();
  for (std::uint32_t i = 0; i < members_.size(); ++i) member_wakes_.want(i, now);
  for (std::uint32_t i = 0; i < groups_.size(); ++i) group_wakes_.want(i, now);
}

void Engine::index_site() {
  member_of_device_.assign(site_->devices.size(), no_member);
  for (std::uint32_t i = 0; i < site_->members.size(); ++i) {
    member_of_device_.at(site_->members[i].device.value) = i;
  }
  std::vector<std::vector<Place>> places(site_->members.size());
  for (std::uint32_t group = 0; group < site_->groups.size(); ++group) {
    const auto& devices = site_->groups[group].quorum.members;
    for (std::uint32_t place = 0; place < devices.size(); ++place) {
      const std::uint32_t member = member_of_device_.at(devices[place].value);
      NW_CHECK(member != no_member);
      // The failsafe of a member must leave its groups the time that their plans need.
      BriefDuration& needed = site_->members[member].needed_time;
      needed = std::max(needed.get(), groups_[group].shutdown.needed_time());
      places[member].push_back({group, place});
    }
  }
  first_place_.assign(1, 0);
  for (const std::vector<Place>& its : places) {
    places_.insert(places_.end(), its.begin(), its.end());
    first_place_.push_back(static_cast<std::uint32_t>(places_.size()));
  }
  in_sweeping_.assign(site_->members.size(), false);
  runs_.assign(site_->groups.size(), RunId{});
  for (std::uint32_t group = 0; group < site_->groups.size(); ++group) {
    const auto& steps = site_->groups[group].plan.steps;
    if (std::ranges::any_of(steps, &StepRule::is_local_power_off)) may_wait_.push_back(group);
  }
  by_name_ = sorted_by_name(site_->groups);
  devices_by_name_ = sorted_by_name(site_->devices);
  member_wakes_ = Wakes(site_->members.size());
  group_wakes_ = Wakes(site_->groups.size());
}

std::span<const Engine::Place> Engine::places(std::uint32_t member) const {
  const std::uint32_t first = first_place_[member];
  return std::span(places_).subspan(first, first_place_[member + 1u] - first);
}

void Engine::step(std::span<const Event> events, Instant now, Effects& effects) {
  notice_gap(now, effects);
  for (std::size_t i = 0; i < events.size(); ++i) {
    foresee(events, i);
    take(events[i], now, effects);
  }
  send_unwritten(now, effects);
  run_comm(now, effects);
  wake_members(now, effects);
  check_sweeps(now, effects);
  settle_groups(now, effects);
  run_comm(now, effects);  // sweeps that power asked for start in the same step
  settle_groups(now, effects);
  planned_ = next_deadline();
}

void Engine::notice_gap(Instant now, Effects& effects) {
  if (!planned_ || now - *planned_ <= clock_gap_max) return;
  effects.push_back(Notice{
      .severity = Severity::warning,
      .kind = NoticeKind::deferred,
      .subject = {},
      .message = fmt::format("nothing ran for {:.0f} s (suspend or stall): what was read before "
                             "does not count, every member is read again first",
                             seconds(now - *planned_)),
      .details = {}});
  comm_.clock_gap(now);
  for (MemberMemory& memory : members_) clock_gap(memory, now);
  for (std::uint32_t i = 0; i < groups_.size(); ++i) {
    for (MemberMemory& look : groups_[i].looks) clock_gap(look, now);
    clock_gap(groups_[i].watch, site_->groups[i].quorum, now);
    group_wakes_.want(i, now);
  }
  for (std::uint32_t i = 0; i < members_.size(); ++i) member_wakes_.want(i, now);
}

void Engine::run_comm(Instant now, Effects& effects) {
  comm_.advance(now, comm_out_);
  move_comm_effects(now, effects);
  reports_.swap(comm_out_.reports);
  for (std::size_t i = 0; i < reports_.size(); ++i) {
    foresee_reports(i);
    take_report(reports_[i], now, effects);
  }
  empty(reports_);
}

void Engine::move_comm_effects(Instant now, Effects& effects) {
  if (effects.empty()) {
    effects.swap(comm_out_.effects);
  } else {
    std::ranges::move(comm_out_.effects, std::back_inserter(effects));
    empty(comm_out_.effects);
  }
  judge_touched(now);
  empty(comm_out_.moves);
  comm_out_.results.clear();
  if (!comm_out_.orders.empty()) orders_ended(comm_out_.orders, now, effects);
}

Watched Engine::watched(std::uint32_t member) const {
  const MemberRule& rule = site_->members[member];
  return {.rule = rule,
          .triggers = rule.triggers,
          .name = site_->devices[rule.device.value].name,
          .voice = Voice::member};
}

bool Engine::every_path_tried(std::uint32_t member, Instant now) const {
  const MemberMemory& memory = members_[member];
  const auto since = memory.view.last_reading ? memory.view.last_reading : memory.begun;
  if (!since) return false;
  return comm_.every_usable_path_tried_since(site_->members[member].device, *since, now);
}

void Engine::mark_groups(std::uint32_t member) {
  for (const auto& [group, place] : places(member)) {
    if (std::exchange(groups_[group].dirty, true)) continue;
    dirty_.push_back(group);
  }
}

void Engine::want_sweep(std::uint32_t member, Instant now) {
  comm_.sweep(site_->members[member].device, now, comm_out_);
  if (in_sweeping_[member]) return;
  in_sweeping_[member] = true;
  sweeping_.push_back(member);
}

void Engine::take_report(const PollReport& report, Instant now, Effects& effects) {
  const std::uint32_t member = member_of_device_[report.device.value];
  if (member == no_member) return;
  PowerOut out{.effects = effects};
  if (report.reading) {
    comm_.set_alert(report.device, report.reading->status.has(StatusWord::OB), now);
    for_each_look(member, now, [&](MemberMemory& memory, const Watched& watched) {
      on_reading(memory, watched, *report.reading, now, out);
    });
  } else if (!report.probe) {
    const bool tried = every_path_tried(member, now);
    for_each_look(member, now, [&](MemberMemory& memory, const Watched& watched) {
      on_poll_without_reading(memory, watched, tried, now, out);
    });
  }
  if (out.wants_sweep) want_sweep(member, now);
  member_wakes_.want(member, next_deadline_of(member));
  mark_groups(member);
}

// Of its own triggers, and of those that its groups have for it.
std::optional<Instant> Engine::next_deadline_of(std::uint32_t member) const {
  auto next = nightwatt::core::next_deadline(members_[member], watched(member));
  for (const auto& [group, place] : places(member)) {
    const auto& looks = groups_[group].looks;
    if (looks.empty()) continue;
    const auto wanted = nightwatt::core::next_deadline(looks[place], look_at(group, member));
    if (wanted && (!next || *wanted < *next)) next = wanted;
  }
  return next;
}

void Engine::advance_member(std::uint32_t member, Instant now, Effects& effects) {
  PowerOut out{.effects = effects};
  const bool tried = every_path_tried(member, now);
  for_each_look(member, now, [&](MemberMemory& memory, const Watched& watched) {
    advance(memory, watched, tried, now, out);
  });
  if (out.wants_sweep) want_sweep(member, now);
  member_wakes_.want(member, next_deadline_of(member));
  mark_groups(member);
}

void Engine::wake_members(Instant now, Effects& effects) {
  while (const auto member = member_wakes_.take_due(now)) advance_member(*member, now, effects);
}

void Engine::check_sweeps(Instant now, Effects& effects) {
  const std::size_t looked_at = std::min(sweeping_.size(), sweeps_looked_at_max);
  for (std::size_t i = 0; i < looked_at; ++i) {
    const std::uint32_t member = sweeping_.front();
    sweeping_.pop_front();
    in_sweeping_[member] = false;
    if (every_path_tried(member, now)) {
      advance_member(member, now, effects);
    } else if (members_[member].view.sight_lost || members_[member].polls_missed > 0) {
      if (!in_sweeping_[member]) sweeping_.push_back(member);
      in_sweeping_[member] = true;
    }
  }
}

std::optional<Instant> Engine::next_deadline() const {
  std::optional<Instant> soonest = comm_.next_deadline();
  for (const auto& other : {member_wakes_.next(), group_wakes_.next()}) {
    if (other && (!soonest || *other < *soonest)) soonest = other;
  }
  for (const UnwrittenOrder& each : unwritten_) {
    if (!soonest || each.until < *soonest) soonest = each.until;
  }
  return soonest;
}

std::optional<DeviceId> Engine::device_named(std::string_view name) const {
  const auto found = find_named(site_->devices, devices_by_name_, name);
  if (!found) return std::nullopt;
  return DeviceId{*found};
}

std::optional<CommId> Engine::comm_named(std::string_view name) const {
  const auto found = std::ranges::find(site_->comms, name, &CommRule::name);
  if (found == site_->comms.end()) return std::nullopt;
  return CommId{static_cast<std::uint32_t>(found - site_->comms.begin())};
}

std::optional<GroupId> Engine::group_named(std::string_view name) const {
  const auto found = find_named(site_->groups, by_name_, name);
  if (!found) return std::nullopt;
  return GroupId{*found};
}

const MemberView* Engine::member(DeviceId device) const {
  const std::uint32_t member = member_of_device_.at(device.value);
  return member == no_member ? nullptr : &members_[member].view;
}

const Reading* Engine::newest_reading(DeviceId device) const {
  const MemberView* view = member(device);
  if (view == nullptr || !view->last_reading) return nullptr;
  return &members_[member_of_device_[device.value]].newest;
}

}  // namespace nightwatt::core

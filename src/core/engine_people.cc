// What people ask of the engine, the journal's records at start, and a new configuration.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include "core/comm/words.h"
#include "core/engine.h"

namespace nightwatt::core {
void Engine::answer(RequestId request, const GroupShutdown::Reply& reply,
                    const std::string& subject, Effects& effects) {
  const std::string& text = reply ? *reply : reply.error();
  if (!reply) {
    effects.push_back(Notice{.severity = Severity::warning,
                             .kind = NoticeKind::refused,
                             .subject = subject,
                             .message = text,
                             .details = {}});
  }
  effects.push_back(Answer{.request = request, .ok = reply.has_value(), .text = text});
}

void Engine::answer_path(const PathSelected& event, Instant now, Effects& effects) {
  const auto reply = comm_.select_path(event.device, event.path, now, comm_out_);
  move_comm_effects(now, effects);
  answer(event.request, reply, site_->devices[event.device.value].name, effects);
}

std::optional<std::string> Engine::maintenance_problem(const MaintenanceRequested& event) const {
  const std::string& name = site_->devices[event.device.value].name;
  const std::uint32_t member = member_of_device_[event.device.value];
  if (member == no_member) return fmt::format("{} is not a UPS: it counts in no group", name);
  if (event.for_how_long < Duration(0) || event.for_how_long > hold_max) {
    return "maintenance must end within 30 days";
  }
  if (event.for_how_long == Duration(0) || event.force) return std::nullopt;
  std::vector<MemberInput> inputs;
  for (const auto& [group, place] : places(member)) {
    const QuorumRule& rule = site_->groups[group].quorum;
    if (rule.kind != GroupKind::redundancy) continue;
    gather_inputs(group, inputs);
    if (auto why = maintenance_refusal(rule, inputs, place)) {
      return fmt::format("group {}: {}", site_->groups[group].name, *why);
    }
  }
  return std::nullopt;
}

void Engine::answer_maintenance(const MaintenanceRequested& event, Instant now, Effects& effects) {
  const std::string& name = site_->devices[event.device.value].name;
  if (auto problem = maintenance_problem(event)) {
    answer(event.request, unexpected<std::string>(std::move(*problem)), name, effects);
    return;
  }
  const auto until =
      event.for_how_long == Duration(0) ? std::nullopt : std::optional(now + event.for_how_long);
  apply_maintenance(event.device, until, now, effects);
  effects.push_back(RecordMaintenance{name, until});
  answer(event.request,
         until ? fmt::format("{} is in maintenance for {:.0f} s and does not count", name,
                             seconds(event.for_how_long))
               : fmt::format("{} counts again", name),
         name, effects);
}

void Engine::apply_maintenance(DeviceId device, std::optional<Instant> until, Instant now,
                               Effects& effects) {
  const std::uint32_t member = member_of_device_[device.value];
  PowerOut out{.effects = effects};
  for_each_look(member, now, [&](MemberMemory& memory, const Watched& watched) {
    set_maintenance(memory, watched, until, now, out);
  });
  advance_member(member, now, effects);
}

bool Engine::restore_maintenance(const RecordMaintenance& record, Instant now, Effects& effects) {
  const auto device = device_named(record.device);
  if (!device || member_of_device_[device->value] == no_member) return false;
  if (!record.until || *record.until <= now) return false;
  // A clock that was set back may make it longer than anybody could have asked for.
  const Instant until = std::min(*record.until, now + hold_max);
  apply_maintenance(*device, until, now, effects);
  effects.push_back(
      Notice{.severity = Severity::warning,
             .kind = NoticeKind::daemon,
             .subject = record.device,
             .message = fmt::format("{} stays in maintenance for {} and does not count.",
                                    record.device, duration_words(until - now)),
             .details = {}});
  return true;
}

bool Engine::resume(const RunRecord& record, Instant now, Effects& effects) {
  const auto group = group_named(record.group);
  if (!group) return false;
  groups_[group->value].shutdown.resume(record, now, effects);
  follow_run(group->value, now);
  group_wakes_.want(group->value, now);
  return true;
}

bool Engine::after_reboot(const RunRecord& record, Instant now, Effects& effects) {
  const auto group = group_named(record.group);
  if (!group) return false;
  groups_[group->value].shutdown.after_reboot(record, now, effects);
  follow_run(group->value, now);
  group_wakes_.want(group->value, now);
  return true;
}

bool Engine::recall(const RunRecord& closed, Instant now) {
  const auto group = group_named(closed.group);
  if (!group) return false;
  groups_[group->value].shutdown.recall(closed, now);
  group_wakes_.want(group->value, now);
  return true;
}

void Engine::recall_read(DeviceId device) {
  const std::uint32_t member = member_of_device_.at(device.value);
  if (member != no_member) read_before_[member] = true;
}

bool Engine::restore_hold(const HoldRecord& hold, Instant now, Effects& effects) {
  const auto group = group_named(hold.group);
  if (!group) return false;
  groups_[group->value].shutdown.restore_hold(hold.until, now, effects);
  group_wakes_.want(group->value, now);
  return true;
}

// A reload: what is remembered of members and groups that keep their names.
void Engine::adopt_members(Engine& old, bool same_variables) {
  std::map<std::string_view, std::uint32_t> ours;
  for (std::uint32_t i = 0; i < site_->members.size(); ++i) {
    ours[site_->devices[site_->members[i].device.value].name] = i;
  }
  for (std::uint32_t i = 0; i < old.members_.size(); ++i) {
    const auto found = ours.find(old.site_->devices[old.site_->members[i].device.value].name);
    if (found == ours.end()) continue;
    read_before_[found->second] = old.read_before_[i];
    members_[found->second] = std::move(old.members_[i]);
    adopt(members_[found->second], old.site_->members[i].triggers,
          site_->members[found->second].triggers, same_variables);
  }
}

void Engine::adopt_groups(Engine& old, Instant now, bool same_variables, Effects& effects) {
  for (std::uint32_t i = 0; i < old.groups_.size(); ++i) {
    Group& theirs = old.groups_[i];
    const auto id = group_named(theirs.shutdown.name());
    if (!id) {
      theirs.shutdown.dismiss(effects);
      continue;
    }
    Group& kept = groups_[id->value];
    kept.shutdown = std::move(theirs.shutdown);
    kept.shutdown.renumber(*id, effects);
    kept.shutdown.new_rule(std::shared_ptr<const PlanRule>(site_, &site_->groups[id->value].plan));
    kept.watch = theirs.watch;
    kept.sizing = theirs.sizing;
    follow_run(id->value, now);
    // A plan under way is the old one, which may end with a local power-off that the new one lacks.
    if (kept.shutdown.busy()) may_wait_.push_back(id->value);
    adopt_looks(id->value, old, i, same_variables);
  }
}

// What a group's own triggers have seen is evidence that a reload must not forget.
void Engine::adopt_looks(std::uint32_t group, Engine& old, std::uint32_t old_group,
                         bool same_variables) {
  auto& looks = groups_[group].looks;
  auto& theirs = old.groups_[old_group].looks;
  if (theirs.empty()) return;
  const QuorumRule& before = old.site_->groups[old_group].quorum;
  const QuorumRule& after = site_->groups[group].quorum;
  for (std::size_t place = 0; place < looks.size(); ++place) {
    const std::string& name = site_->devices[after.members[place].value].name;
    const auto same = std::ranges::find_if(before.members, [&](DeviceId device) {
      return old.site_->devices[device.value].name == name;
    });
    if (same == before.members.end()) continue;
    looks[place] = std::move(theirs[static_cast<std::size_t>(same - before.members.begin())]);
    adopt(looks[place], *before.triggers, *after.triggers, same_variables);
  }
}

// A group that gets triggers, or a member, knows what was read before: nobody is unknown to it
// until the next poll.
void Engine::begin_looks() {
  for (std::uint32_t i = 0; i < groups_.size(); ++i) {
    const auto& devices = site_->groups[i].quorum.members;
    for (std::size_t place = 0; place < groups_[i].looks.size(); ++place) {
      groups_[i].looks[place] = second_look(members_[member_of_device_[devices[place].value]]);
    }
  }
}

expected<void, std::string> Engine::reload(Site site, Instant now, Effects& effects) {
  Engine fresh(std::move(site), next_run_, now);
  for (const Group& group : groups_) {
    if (group.shutdown.under_way() && !fresh.group_named(group.shutdown.name())) {
      return unexpected<std::string>(
          fmt::format("group '{}' is running its plan and is not in the new configuration",
                      group.shutdown.name()));
    }
  }
  CommOut out;
  const bool same_variables = fresh.site_->other_variables == site_->other_variables;
  fresh.comm_ = comm_.with_rules(fresh.comm_.rules(), now, out, same_variables);
  std::ranges::move(out.effects, std::back_inserter(effects));
  orders_ended(out.orders, now, effects);
  end_unwritten("the configuration was reloaded", now, effects);
  fresh.taken_out_ = std::move(taken_out_);
  fresh.forget_taken_out(effects);
  fresh.orders_ = std::move(orders_);
  fresh.adopt_members(*this, same_variables);
  fresh.begin_looks();
  fresh.adopt_groups(*this, now, same_variables, effects);
  *this = std::move(fresh);
  return {};
}

}  // namespace nightwatt::core

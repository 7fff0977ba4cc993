#include "config/site.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "config/limits.h"
#include "config/plan.h"
#include "config/section.h"

namespace nightwatt::config {
namespace {

// The longest time a cold start may wait for first readings (power-quorum, section 3).
Duration readiness_window(const core::Site& site, const std::vector<DeviceId>& members) {
  Duration interval = std::chrono::seconds(1);
  Duration grace{0};
  for (const DeviceId id : members) {
    const core::MemberRule& member = site.members[id.value];  // UPSes come first in both tables
    interval = std::max(interval, member.poll_interval.get());
    grace = std::max(grace, member.connection_loss_grace.get());
  }
  return interval * 5 + std::chrono::seconds(5) + grace + std::chrono::seconds(10);
}

class GroupBuilder {
 public:
  explicit GroupBuilder(Draft& draft) : draft_(draft), out_(draft.out) {
    // Only a UPS can be a member; other devices share its name space, not its states.
    for (const UpsWritten& ups : draft.ups) ups_.emplace(ups.name.value, ups.device);
    const auto is_local = [](const auto& owner) { return owner.is_local.value; };
    local_ups_ = std::ranges::any_of(draft.ups, is_local);
    local_group_ = std::ranges::any_of(draft.groups, is_local);
  }

  void build() {
    check_trigger_on();
    for (GroupWritten& group : draft_.groups) add_redundancy_group(group);
    for (const UpsWritten& ups : draft_.ups) add_ups_group(ups);
    add_notes();
  }

 private:
  bool explicit_any() const {
    const auto& trigger_on = draft_.local.trigger_on;
    return draft_.local.enabled && trigger_on && trigger_on->value == TriggerOn::any;
  }
  bool has_local_owner() const { return local_ups_ || local_group_; }
  bool ends_with_local(bool is_local) const {
    return draft_.local.enabled && (is_local || (explicit_any() && !has_local_owner()));
  }

  void check_trigger_on() {
    const bool only_one = draft_.ups.size() == 1 && draft_.groups.empty();
    if (!explicit_any() || !has_local_owner() || only_one) return;
    out_.error(draft_.local.trigger_on->pos,
               "trigger_on: any beside a group with is_local would let an unrelated UPS power this "
               "machine off",
               "leave trigger_on out: the owner's plan powers this machine off");
  }

  void add_redundancy_group(GroupWritten& written) {
    check_group_name(written.name);
    core::GroupRule group;
    group.name = written.name.value;
    group.is_local = written.is_local.value;
    group.quorum = written.quorum;
    group.quorum.members = resolve_members(written);
    group.quorum.min_healthy = written.min_healthy.value;
    check_min_healthy(written);
    group.quorum.readiness_window = readiness_window(draft_.config.site, group.quorum.members);
    group.plan = build_plan({written.owned, written.run, draft_.local,
                             ends_with_local(group.is_local), draft_.config.dry_run},
                            out_);
    draft_.config.site.groups.push_back(std::move(group));
  }

  // The name is on the command line, in the journal and, with some characters replaced, in the name
  // of the re-entry flag: it must differ in all three.
  void check_group_name(const Located<std::string>& name) {
    if (name.value.empty()) return;
    if (const auto [known, inserted] = names_.try_emplace(name.value, name.pos.line); !inserted) {
      out_.error(name.pos, "duplicate redundancy group name '" + name.value + "'",
                 fmt::format("the first one is in line {}", known->second));
      return;
    }
    if (ups_.contains(name.value)) {
      out_.error(name.pos, "group '" + name.value + "' has the name of a UPS",
                 "commands such as 'nightwatt plan GROUP' could not tell them apart");
    }
    std::string flag = name.value;
    std::ranges::replace_if(
        flag,
        [](char c) {
          const bool alphanumeric =
              (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
          return !alphanumeric && c != '.' && c != '_' && c != '-';
        },
        '-');
    if (!flags_.insert(flag).second) {
      out_.error(name.pos,
                 "group '" + name.value + "' would share its re-entry flag with another group",
                 "names must differ in letters, digits, '.', '_' and '-'");
    }
  }

  std::vector<DeviceId> resolve_members(const GroupWritten& group) {
    if (group.sources.size() < 2 || group.sources.size() > members_max) {
      out_.error(
          group.sources_pos,
          fmt::format("group '{}' has {} UPS source{}", group.name.value, group.sources.size(),
                      group.sources.size() == 1 ? "" : "s"),
          fmt::format("a redundancy group needs 2 to {} of them in ups_sources", members_max));
    }
    std::vector<DeviceId> members;
    std::set<std::string_view> seen;
    for (const auto& source : group.sources) {
      if (!seen.insert(source.value).second) {
        out_.error(source.pos, "duplicate UPS source '" + source.value + "'",
                   "a UPS counted twice would hide the loss of another");
      } else if (const auto found = ups_.find(source.value); found != ups_.end()) {
        members.push_back(found->second);
        draft_.config.site.members[found->second.value].advisory = true;
      } else {
        unknown_source(source);
      }
    }
    return members;
  }

  void unknown_source(const Located<std::string>& source) {
    std::vector<std::string_view> names;
    constexpr std::size_t compared_max = 2'000;
    if (ups_.size() <= compared_max) {
      for (const auto& [name, unused] : ups_) names.push_back(name);
    }
    const bool is_device = draft_.device_ids.contains(source.value);
    out_.error(source.pos, "unknown UPS source '" + source.value + "'",
               is_device ? "it is in 'devices'; only an entry of 'ups' can be a member"
                         : meant(source.value, names));
  }

  void check_min_healthy(const GroupWritten& group) {
    const Located<int>& min = group.min_healthy;
    const auto sources = static_cast<int>(group.sources.size());
    if (min.pos.line == 0) return;
    if (min.value < 1) {
      out_.error(min.pos, fmt::format("min_healthy must be at least 1, got {}", min.value),
                 "with 0 the group would never shut down: remove the group instead");
    } else if (sources >= 2 && min.value > sources) {
      out_.error(
          min.pos,
          fmt::format("min_healthy {} exceeds the number of UPS sources ({})", min.value, sources),
          "the group could never be healthy");
    }
  }

  void add_ups_group(const UpsWritten& ups) {
    const bool member_of_group = draft_.config.site.members[ups.device.value].advisory;
    const bool any_remote = std::ranges::any_of(ups.owned.remotes, &RemoteWritten::enabled);
    // `trigger_on: any` without an owner: a UPS of a redundancy group is only advice to that group.
    const bool by_any = explicit_any() && !has_local_owner() && !member_of_group;
    if (!ups.is_local.value && !any_remote && !by_any) return;
    core::GroupRule group;
    group.name = ups.name.value;
    group.is_local = ups.is_local.value;
    group.quorum.kind = core::GroupKind::ups;
    group.quorum.members = {ups.device};
    group.quorum.unknown_counts_as = UnknownCounts::evidence;
    group.quorum.readiness_window = readiness_window(draft_.config.site, group.quorum.members);
    group.plan =
        build_plan({ups.owned, ups.run, draft_.local,
                    draft_.local.enabled && (ups.is_local.value || by_any), draft_.config.dry_run},
                   out_);
    group.plan.uses_flag = false;
    draft_.config.site.groups.push_back(std::move(group));
    if (!member_of_group) return;
    draft_.config.notes.push_back(fmt::format(
        "'{}' is in a redundancy group and owns resources itself: its own triggers run its own "
        "plan, and only advise the group. (Eneru would never shut these resources down.)",
        ups.name.value));
  }

  void add_notes() {
    auto& notes = draft_.config.notes;
    if (!draft_.local.enabled || draft_.ups.empty()) return;
    if (!draft_.local.trigger_on && !has_local_owner()) {
      notes.push_back(
          "Nothing powers this machine off: no UPS or group has is_local: true, and "
          "local_shutdown.trigger_on is not set. (Eneru would do it for any UPS.)");
    } else if (!draft_.local.trigger_on && draft_.ups.size() > 1) {
      notes.push_back(
          "Only the group with is_local: true powers this machine off, because "
          "local_shutdown.trigger_on is not set. (Eneru's default is any.)");
    } else if (explicit_any() && !has_local_owner()) {
      notes.push_back("trigger_on: any: each group's plan ends with powering this machine off.");
    }
  }

  Draft& draft_;
  Diagnostics& out_;
  std::map<std::string, DeviceId, std::less<>> ups_;
  std::map<std::string, std::uint32_t, std::less<>> names_;
  std::set<std::string> flags_;
  bool local_ups_ = false;
  bool local_group_ = false;
};

}  // namespace

void build_groups(Draft& draft) { GroupBuilder(draft).build(); }

}  // namespace nightwatt::config

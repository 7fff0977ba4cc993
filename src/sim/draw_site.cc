#include "sim/draw_site.h"

#include <algorithm>
#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "sim/virtual_ups.h"

namespace nightwatt::sim {
namespace {

using namespace std::chrono_literals;

constexpr int devices_max = 12;
constexpr int groups_max = 4;
constexpr int schedules_most = 4;

class Draw {
 public:
  explicit Draw(Rng& rng) : rng_(rng) {}

  core::Site run() {
    interval_ = rng_.one_of<Duration>({1s, 2s, 5s, 5s, 10s, 10s, 20s});
    small_ = rng_.chance_percent(70);
    comms();
    const auto count = rng_.between(1, small_ ? 4 : devices_max);
    for (std::int64_t i = 0; i < count; ++i) device(static_cast<std::uint32_t>(i));
    groups();
    link_members();
    return std::move(site_);
  }

 private:
  bool chance(int percent) { return rng_.chance_percent(percent); }

  void comms() {
    const auto count = rng_.between(1, small_ ? 5 : 12);
    for (std::int64_t i = 0; i < count; ++i) {
      core::CommRule comm;
      comm.name = "comm-" + std::to_string(i + 1);
      comm.shared_fate = chance(50);
      comm.crowd_devices = static_cast<std::uint32_t>(rng_.one_of({0, 2, 3, 10}));
      comm.crowd_percent = static_cast<int>(rng_.one_of({30, 50, 100}));
      comm.crowd_within = rng_.one_of<Duration>({5s, 30s});
      comm.probes_per_second = static_cast<int>(rng_.one_of({1, 20}));
      comm.arrivals_per_second = static_cast<int>(rng_.one_of({1, 10, 500}));
      comm.budget_milli = static_cast<std::uint32_t>(rng_.one_of({0, 0, 500, 2'000}));
      site_.comms.push_back(comm);
    }
  }

  core::PathRule path(std::uint32_t comm, bool may_be_off) {
    core::PathRule out;
    out.comm = CommId{comm};
    out.unit = "unit";
    out.available = !may_be_off || !chance(7);
    out.message_timeout = rng_.one_of<Duration>({200ms, 500ms, 1s, 1s, 3s});
    out.message_delay = rng_.one_of<Duration>({0ms, 0ms, 0ms, 50ms});
    out.poll_attempts = static_cast<int>(rng_.one_of({1, 1, 1, 2, 3}));
    out.initial_fail = rng_.one_of<Duration>({0s, 0s, 5s, 10s, 30s});
    out.subsequent_fail = rng_.one_of<Duration>({0s, 5s, 10s});
    out.retry_primary = rng_.one_of<Duration>({0s, 10s, 60s, 120s});
    out.metered = chance(15);
    return out;
  }

  void device(std::uint32_t index) {
    core::DeviceRule out;
    out.name = "UPS-" + std::string(1, static_cast<char>('A' + index));
    out.display_name = out.name;
    out.mode = chance(60) ? FailoverMode::guarded : FailoverMode::compat;
    out.auto_failover = chance(85);
    out.failback_on_failure = out.mode == FailoverMode::guarded ? !chance(15) : chance(30);
    out.sequence = chance(70) ? core::FailoverSequence::try_in_order
                              : core::FailoverSequence::jump_to_last_good;
    out.poll_interval = chance(80) ? interval_ : Duration(interval_ * 2);
    out.rise = static_cast<int>(rng_.between(1, 3));
    if (out.mode == FailoverMode::guarded) {
      out.probe_interval = rng_.one_of<Duration>({0s, 10s, 60s});
      out.failover_dry_run = chance(5);
    }
    if (chance(30)) out.poll_interval_alert = rng_.one_of<Duration>({500ms, 1s, 5s});
    std::vector<std::uint32_t> comms(site_.comms.size());
    for (std::uint32_t i = 0; i < comms.size(); ++i) comms[i] = i;
    for (std::size_t i = comms.size() - 1; i > 0; --i) {
      std::swap(comms[i],
                comms[static_cast<std::size_t>(rng_.between(0, static_cast<std::int64_t>(i)))]);
    }
    const auto paths = std::min<std::int64_t>(rng_.between(1, 4), std::ssize(comms));
    for (std::int64_t i = 0; i < paths; ++i) {
      out.paths.push_back(path(comms[static_cast<std::size_t>(i)], i > 0));
    }
    out.is_ups = index < 2 || !chance(10);
    if (chance(30)) schedules(out);
    member_of(out, index);
    site_.devices.push_back(std::move(out));
  }

  // The first runs on every path. The others may be bound to one, or have nothing to ask on one.
  void schedules(core::DeviceRule& device) {
    const auto count = rng_.between(1, schedules_most);
    for (std::int64_t i = 0; i < count; ++i) {
      core::ScheduleRule out;
      out.name = "schedule-" + std::to_string(i + 1);
      out.interval = i == 0 ? device.poll_interval.get()
                            : device.poll_interval * rng_.one_of<std::int64_t>({1, 2, 5});
      out.interval_alert = device.poll_interval_alert;
      out.priority = rng_.one_of(
          {core::PollPriority::low, core::PollPriority::medium, core::PollPriority::high});
      if (i > 0) {
        out.binding = rng_.one_of({core::Binding::current, core::Binding::primary,
                                   core::Binding::secondary, core::Binding::tertiary});
      }
      device.schedules.push_back(out);
      for (core::PathRule& path : device.paths) {
        const bool idle = i > 0 && chance(20);
        path.messages.push_back(static_cast<std::uint16_t>(idle ? 0 : rng_.one_of({1, 1, 2, 3})));
      }
    }
  }

  // A temperature, which every schedule reads, and communication that failed over.
  std::shared_ptr<const core::ConditionRules> conditions() {
    core::ConditionRules out;
    core::ConditionRule heat;
    heat.variable = "ups.temperature";
    heat.id = id_of(Variable::ups_temperature);
    heat.limit = (cool + hot) / 2;
    heat.hold = rng_.one_of<Duration>({0s, 5s, 30s});
    heat.critical = chance(50);
    out.push_back(heat);
    if (chance(30)) {
      core::ConditionRule away;
      away.variable = "comm.primary.failed_over";
      away.point = Point{PointKind::primary_failed_over, {}};
      away.of_comm = true;
      away.limit = 0.5;
      out.push_back(away);
    }
    return std::make_shared<const core::ConditionRules>(std::move(out));
  }

  core::TriggerRule triggers() {
    core::TriggerRule out;
    if (chance(25)) out.conditions = conditions();
    out.low_battery_flag = !chance(10);
    out.low_battery_threshold = rng_.one_of<double>({20, 20, 50, 5});
    out.critical_runtime_threshold = rng_.one_of<Duration>({0s, 300s, 600s});
    out.on_battery_stabilization_delay = rng_.one_of<Duration>({0s, 10s, 30s});
    out.depletion_critical_rate = rng_.one_of<double>({5, 15, 15});
    out.depletion_grace_period = rng_.one_of<Duration>({0s, 90s});
    out.extended_time_enabled = chance(60);
    out.extended_time_threshold = rng_.one_of<Duration>({120s, 900s});
    return out;
  }

  void member_of(const core::DeviceRule& device, std::uint32_t index) {
    if (!device.is_ups) return;
    core::MemberRule out;
    out.device = DeviceId{index};
    out.triggers = triggers();
    out.poll_interval = device.poll_interval;
    out.stale_after = device.poll_interval * 5;
    out.connection_loss_grace = rng_.one_of<Duration>({0s, 10s, 60s, 60s});
    out.max_stale_data_tolerance = static_cast<int>(rng_.between(1, 4));
    out.failsafe_after = rng_.one_of<Duration>({0s, 10s, 10s, 30s});
    out.needs_every_path = device.auto_failover && device.mode == FailoverMode::guarded;
    site_.members.push_back(out);
  }

  core::StepRule step(int index, int phase) {
    core::StepRule out;
    out.id = "step-" + std::to_string(index);
    out.name = "Step " + std::to_string(index);
    out.phase = phase;
    if (chance(75)) {
      RemoteAction remote;
      remote.host = "host-" + std::to_string(index);
      out.action = remote;
      out.wait_down = chance(20);
    } else {
      out.action = CommandAction{{"sync"}};
    }
    out.deadline = rng_.one_of<Duration>({5s, 10s, 30s});
    return out;
  }

  void plan(core::GroupRule& group) {
    const bool dry = chance(15);
    const auto count = rng_.between(0, 5);
    int phase = 0;
    for (int i = 0; i < count; ++i) {
      if (chance(40)) ++phase;
      core::StepRule next = step(i, phase);
      next.dry_run = dry || chance(5);
      if (i > 0 && chance(25)) {
        next.depends_on.push_back("step-" + std::to_string(rng_.between(0, i - 1)));
      }
      group.plan.steps.push_back(std::move(next));
    }
    if (group.is_local) {
      core::StepRule last = step(static_cast<int>(count), 0);
      last.id = "local";
      last.name = "this machine";
      last.action = CommandAction{{"shutdown"}};
      last.wait_down = false;
      last.is_local_power_off = true;
      last.dry_run = dry;
      group.plan.steps.push_back(std::move(last));
    }
    group.plan.confirm_for = rng_.one_of<Duration>({0s, 0s, 5s, 30s});
    group.plan.hurry = !chance(20);
    group.plan.stray_flag = chance(50) ? core::StrayFlag::replace : core::StrayFlag::suppress;
    group.plan.return_after = rng_.one_of<Duration>({0s, 20s});
  }

  void redundancy(core::QuorumRule& rule, std::vector<DeviceId> all) {
    rule.kind = core::GroupKind::redundancy;
    const auto count = rng_.between(2, std::min<std::int64_t>(5, std::ssize(all)));
    while (std::ssize(rule.members) < count) {
      const auto at = rng_.between(0, std::ssize(all) - 1);
      rule.members.push_back(all[static_cast<std::size_t>(at)]);
      all.erase(all.begin() + at);
    }
    rule.min_healthy = static_cast<int>(chance(60) ? 1 : rng_.between(1, count));
    rule.degraded_counts_as = chance(75) ? DegradedCounts::healthy : DegradedCounts::critical;
    rule.unknown_counts_as =
        rng_.one_of({UnknownCounts::critical, UnknownCounts::evidence, UnknownCounts::evidence,
                     UnknownCounts::degraded, UnknownCounts::healthy});
    if (chance(25)) {
      rule.triggers = triggers();
      rule.triggers_mode = chance(50) ? core::TriggersMode::add : core::TriggersMode::replace;
    }
    if (rule.unknown_counts_as == UnknownCounts::evidence && chance(40)) {
      rule.blind_shutdown_after = rng_.one_of<Duration>({60s, 300s});
    }
  }

  void groups() {
    std::vector<DeviceId> all;
    for (const core::MemberRule& member : site_.members) all.push_back(member.device);
    const auto count = rng_.between(1, small_ ? 2 : groups_max);
    bool local_given = false;
    for (std::int64_t i = 0; i < count; ++i) {
      core::GroupRule group;
      group.name = "group-" + std::to_string(i + 1);
      group.is_local = !local_given && chance(30);
      local_given |= group.is_local;
      if (all.size() < 2 || chance(20)) {
        group.quorum.kind = core::GroupKind::ups;
        group.quorum.members = {
            all[static_cast<std::size_t>(rng_.between(0, std::ssize(all) - 1))]};
        group.plan.uses_flag = false;
      } else {
        redundancy(group.quorum, all);
      }
      plan(group);
      site_.groups.push_back(std::move(group));
    }
  }

  // What config/ derives from the groups for their members, and the other way round.
  void link_members() {
    for (core::GroupRule& group : site_.groups) {
      Duration window{0};
      Duration needed = group.plan.confirm_for;
      for (const core::StepRule& step : group.plan.steps) needed += step.deadline;
      for (const DeviceId device : group.quorum.members) {
        const auto member = std::ranges::find(site_.members, device, &core::MemberRule::device);
        member->needed_time = std::max(member->needed_time.get(), needed);
        member->advisory |= group.quorum.kind == core::GroupKind::redundancy;
        window = std::max(window, member->poll_interval * 5 + member->connection_loss_grace);
      }
      group.quorum.readiness_window = window + 15s;
    }
  }

  Rng& rng_;
  core::Site site_{};
  Duration interval_{};
  bool small_ = true;
};

}  // namespace

core::Site draw_site(Rng& rng) { return Draw(rng).run(); }

}  // namespace nightwatt::sim

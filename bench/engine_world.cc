#include "bench/engine_world.h"

#include <fmt/format.h>

namespace nightwatt::bench {
namespace {

using SteadyClock = std::chrono::steady_clock;
constexpr Duration reply_delay{1};

Reading healthy_reading() {
  Reading reading;
  reading.status = parse_status("OL CHRG");
  reading.values.set(Variable::battery_charge, 97);
  reading.values.set(Variable::battery_runtime, 1'800);
  reading.values.set(Variable::ups_load, 31);
  reading.values.set(Variable::ups_realpower_nominal, 900);
  reading.values.set(Variable::input_voltage, 231.4);
  reading.values.set(Variable::input_voltage_nominal, 230);
  return reading;
}

core::StepRule remote_step(std::uint32_t group) {
  core::StepRule step;
  step.id = "remote:server";
  step.name = fmt::format("server-{}", group);
  RemoteAction action;
  action.host = fmt::format("10.9.{}.{}", group / 250, group % 250);
  action.user = "root";
  action.shutdown.command = "shutdown -h now";
  step.action = std::move(action);
  step.dry_run = true;
  return step;
}

}  // namespace

core::Site engine_site(std::uint32_t devices) {
  core::Site site;
  for (std::uint32_t i = 0; i < devices; ++i) {
    core::DeviceRule device;
    device.name = fmt::format("UPS-{:05}", i);
    for (int p = 0; p < 2; ++p) {
      core::PathRule path;
      path.comm = CommId{static_cast<std::uint32_t>(site.comms.size())};
      path.unit = "ups1";
      path.initial_fail = Duration(5'000);
      device.paths.push_back(path);
      core::CommRule comm;
      comm.name = fmt::format("nut-{:05}-{}", i, p + 1);
      comm.shared_fate = true;
      site.comms.push_back(comm);
    }
    core::MemberRule member;
    member.device = DeviceId{i};
    member.advisory = true;
    site.devices.push_back(std::move(device));
    site.members.push_back(member);
  }
  for (std::uint32_t g = 0; g < devices / 2; ++g) {
    core::GroupRule group;
    group.name = fmt::format("rack-{:05}", g);
    group.quorum.members = {DeviceId{2 * g}, DeviceId{2 * g + 1}};
    group.quorum.unknown_counts_as = UnknownCounts::evidence;
    group.plan.steps.push_back(remote_step(g));
    site.groups.push_back(std::move(group));
  }
  return site;
}

EngineWorld::EngineWorld(std::uint32_t devices)
    : devices_(devices),
      engine_(engine_site(devices), RunId{1}, now_),
      readings_(devices, healthy_reading()) {}

void EngineWorld::set_status(std::uint32_t device, std::string_view words) {
  readings_[device].status = parse_status(words);
}

Event EngineWorld::event_of(const Reply& reply) const {
  return MessageReplied{reply.transaction, readings_[reply.device]};
}

double EngineWorld::step(std::span<const Event> events) {
  effects_.clear();
  const auto from = SteadyClock::now();
  engine_.step(events, now_, effects_);
  const double us = std::chrono::duration<double, std::micro>(SteadyClock::now() - from).count();
  totals_.step_us += us;
  ++totals_.steps;
  totals_.effects += effects_.size();
  obey();
  return us;
}

void EngineWorld::obey() {
  for (const Effect& effect : effects_) {
    if (const auto* message = std::get_if<SendMessage>(&effect)) {
      if (mute_) continue;
      replies_.push_back({now_ + reply_delay, message->transaction, message->device.value});
    } else {
      answer_at_once(answers_, effect);
    }
  }
}

void EngineWorld::answer_at_once(std::vector<Event>& answers, const Effect& effect) {
  if (const auto* commit = std::get_if<CommitRun>(&effect)) {
    ++totals_.commits;
    answers.push_back(CommitWritten{commit->record.id, true, {}});
  } else if (const auto* flag = std::get_if<ClaimFlag>(&effect)) {
    answers.push_back(FlagAnswered{flag->group, FlagAnswer::created, {}, {}});
  } else if (const auto* start = std::get_if<StartStep>(&effect)) {
    answers.push_back(StepEnded{start->run, start->step, StepResult::ok, {}, false});
  }
}

std::vector<Event> EngineWorld::take_replies() {
  std::vector<Event> events;
  for (const Reply& reply : replies_) events.push_back(event_of(reply));
  replies_.clear();
  if (!events.empty()) now_ += reply_delay;
  totals_.replies += events.size();
  return events;
}

void EngineWorld::run_for(Duration time) {
  std::vector<double> ignored;
  run_for(time, ignored);
}

void EngineWorld::run_for(Duration time, std::vector<double>& reply_steps_us) {
  const Instant end = now_ + time;
  while (true) {
    if (!answers_.empty()) {
      const std::vector<Event> answers = std::exchange(answers_, {});
      for (const Event& answer : answers) step({&answer, 1});
      continue;
    }
    const auto deadline = engine_.next_deadline();
    const bool reply_first =
        !replies_.empty() && (!deadline || replies_.front().at <= std::max(*deadline, now_));
    const Instant next = reply_first ? replies_.front().at : deadline.value_or(end);
    if (next >= end) break;
    now_ = std::max(now_, next);
    if (!reply_first) {
      step({});
      continue;
    }
    const Event event = event_of(replies_.front());
    replies_.pop_front();
    ++totals_.replies;
    reply_steps_us.push_back(step({&event, 1}));
  }
  now_ = std::max(now_, end);
}

}  // namespace nightwatt::bench

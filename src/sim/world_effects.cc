// What the world does with each effect of the engine.
#include <utility>
#include <variant>

#include "sim/draw_site.h"
#include "sim/world.h"

namespace nightwatt::sim {

// --- the disk -----------------------------------------------------------------------------------

void JournalDisk::write(const Effect& effect) {
  if (const auto* it = std::get_if<CommitRun>(&effect)) {
    open[it->record.id.value] = it->record;
    greatest = std::max(greatest, it->record.id.value);
  } else if (const auto* step = std::get_if<RecordStep>(&effect)) {
    const auto run = open.find(step->run.value);
    if (run == open.end()) return;
    for (StepRecord& record : run->second.steps) {
      if (record.id == step->step.id) record = step->step;
    }
  } else if (const auto* close = std::get_if<CloseRun>(&effect)) {
    open.erase(close->run.value);
  } else if (const auto* hold = std::get_if<RecordHold>(&effect)) {
    holds[hold->hold.group] = hold->hold.until;
  } else if (const auto* forget = std::get_if<ForgetHold>(&effect)) {
    holds.erase(forget->group);
  }
}

void JournalDisk::flush() {
  for (const Effect& effect : std::exchange(backlog, {})) write(effect);
}

void World::keep(const Effect& effect) {
  if (disk_.kind == JournalDisk::Kind::ok && disk_.backlog.empty()) {
    disk_.write(effect);
    return;
  }
  disk_.backlog.push_back(effect);
  if (disk_.kind != JournalDisk::Kind::slow) return;
  at(now_ + std::chrono::seconds(3), [life = life_](World& world) {
    if (world.life_ == life && world.disk_.kind != JournalDisk::Kind::full &&
        world.disk_.kind != JournalDisk::Kind::silent) {
      world.disk_.flush();
    }
  });
}

void World::set_disk(JournalDisk::Kind kind) {
  disk_.kind = kind;
  if (kind == JournalDisk::Kind::ok) disk_.flush();
}

void World::carry_out(const CommitRun& it) {
  keep(it);
  const RunId run = it.record.id;
  switch (disk_.kind) {
    case JournalDisk::Kind::ok: post(Duration(5), CommitWritten{run, true, ""}); break;
    case JournalDisk::Kind::slow: post(Duration(3'000), CommitWritten{run, true, ""}); break;
    case JournalDisk::Kind::full: post(Duration(5), CommitWritten{run, false, "disk full"}); break;
    case JournalDisk::Kind::silent: break;
  }
}

void World::carry_out(const RecordAudit& it) {
  if (!it.answer) return;
  const std::uint64_t order = it.record.id;
  switch (disk_.kind) {
    case JournalDisk::Kind::ok: post(Duration(5), AuditWritten{order, true, ""}); break;
    case JournalDisk::Kind::slow: post(Duration(3'000), AuditWritten{order, true, ""}); break;
    case JournalDisk::Kind::full: post(Duration(5), AuditWritten{order, false, "disk full"}); break;
    case JournalDisk::Kind::silent: break;
  }
}

// --- devices ------------------------------------------------------------------------------------

// Out of an order that gets no answer comes anything: it arrived and its answer was lost, or it
// was lost itself.
void World::carry_out_order(const SendMessage& it) {
  const Link& link = this->link(it.device, it.path);
  const bool lost = link.loss_percent > 0 && rng_.chance_percent(link.loss_percent);
  const bool mute = lost || silent_.at(it.comm.value) || link.kind == Link::Kind::silent;
  if (mute) {
    if (rng_.chance_percent(50)) ordered_.obey(*it.order, it.part);
    return;
  }
  switch (link.kind) {
    case Link::Kind::ok:
    case Link::Kind::small_only:
      if (ordered_.obey(*it.order, it.part) == OrderedDevices::Reply::ok) {
        post(link.latency, MessageReplied{it.transaction, {}});
      } else {
        post(link.latency, MessageRefused{it.transaction, "not selected"});
      }
      break;
    case Link::Kind::silent: break;
    case Link::Kind::exception:
      post(link.latency, MessageRefused{it.transaction, "exception reply"});
      break;
    case Link::Kind::refuses:
    case Link::Kind::driver_down:
    case Link::Kind::stale:
      post(link.latency,
           MessageFailed{it.transaction, MessageFailure::unreachable, "refused", true});
      break;
  }
}

void World::carry_out(const SendMessage& it) {
  if (it.order) {
    carry_out_order(it);
    return;
  }
  const Link& link = this->link(it.device, it.path);
  const Duration late(rng_.between(0, link.jitter.count()));
  const bool lost = link.loss_percent > 0 && rng_.chance_percent(link.loss_percent);
  if (lost || silent_.at(it.comm.value)) return;
  const Duration delay = link.latency + late;
  switch (link.kind) {
    case Link::Kind::ok: post(delay, MessageReplied{it.transaction, read(it, now_ + delay)}); break;
    case Link::Kind::small_only:
      if (core::messages_of(site_.devices[it.device.value], it.schedule, it.path) > it.part + 1) {
        post(delay, MessageReplied{it.transaction, read(it, now_ + delay)});
      }
      break;
    case Link::Kind::silent: break;
    case Link::Kind::refuses:
      post(delay, MessageFailed{it.transaction, MessageFailure::unreachable, "refused"});
      break;
    case Link::Kind::exception:
      post(delay, MessageRefused{it.transaction, "exception reply"});
      break;
    case Link::Kind::driver_down:
      post(delay, MessageFailed{it.transaction, MessageFailure::driver_down, "no driver"});
      break;
    case Link::Kind::stale:
      post(delay, MessageFailed{it.transaction, MessageFailure::data_stale, "data is stale"});
      break;
  }
}

// How the UPS is comes with the last message of its first schedule. Other schedules bring numbers
// only.
Reading World::read(const SendMessage& asked, Instant when) const {
  Reading reading = ups_.at(asked.device.value).read(when);
  if (asked.schedule > 0) reading.status = {};
  if (asked.schedule == 0 && !ends_first_schedule(site_, asked)) return {};
  const auto written = ordered_.written(asked.device);
  if (written) reading.set_other(VariableId{first_other_variable}, *written);
  return reading;
}

// A reply that is on its way arrives all the same: the engine must know it for late.
void World::carry_out(const CancelMessage&) {}

// --- the flag -----------------------------------------------------------------------------------

void World::carry_out(const ClaimFlag& it) {
  FlagFile& flag = this->flag(it.group);
  if (!flag.answers) return;
  const std::string path = "flag-" + std::to_string(it.group.value);
  const auto answer = [&](FlagAnswer what, const char* detail) {
    post(Duration(3), FlagAnswered{it.group, what, path, detail});
  };
  switch (flag.owner) {
    case FlagFile::Owner::foreign:
      answer(FlagAnswer::present_live, "owned by running PID 812");
      return;
    case FlagFile::Owner::stray:
      if (!it.replace_stray || !flag.writable) {
        answer(FlagAnswer::present_stray, "no live owner");
        return;
      }
      flag.owner = FlagFile::Owner::ours;
      answer(FlagAnswer::created, "a stray one was replaced");
      return;
    case FlagFile::Owner::none:
    case FlagFile::Owner::ours:
      if (!flag.writable) {
        answer(FlagAnswer::write_failed, "permission denied");
        return;
      }
      flag.owner = FlagFile::Owner::ours;
      answer(FlagAnswer::created, "");
      return;
  }
}

void World::carry_out(const ClearFlag& it) {
  FlagFile& flag = this->flag(it.group);
  if (flag.writable) flag.owner = FlagFile::Owner::none;
}

// --- machines -----------------------------------------------------------------------------------

void World::carry_out(const StartStep& it) {
  const std::string& id = site_.groups.at(it.group.value).plan.steps.at(it.step.value).id;
  if (it.dry_run) {
    post(Duration(1), StepEnded{it.run, it.step, StepResult::ok, "", false});
    return;
  }
  Machine& machine = this->machine(it.group, id);
  ++machine.started;
  const bool remote = std::holds_alternative<RemoteAction>(it.action);
  if (remote && !machine.up) {
    post(Duration(1'000), StepEnded{it.run, it.step, StepResult::failed, "no route", true});
    return;
  }
  under_way_[{it.run.value, it.step.value}] = true;
  machine_ends(it, machine);
}

void World::machine_ends(const StartStep& it, Machine& machine) {
  const auto end = [&](Duration delay, StepResult result, const char* error) {
    at(now_ + delay,
       [life = life_, ended = StepEnded{it.run, it.step, result, error, false}](World& world) {
         if (world.life_ != life) return;
         if (world.under_way_.erase({ended.run.value, ended.step.value}) == 0) return;
         world.post(Duration(0), ended);
       });
  };
  switch (machine.act) {
    case Machine::Act::ok:
      end(machine.takes, StepResult::ok, "");
      machine_goes_down(it, machine.takes + machine.goes_down_after);
      break;
    case Machine::Act::fail: end(machine.takes, StepResult::failed, "exit code 1"); break;
    case Machine::Act::hang: break;
    case Machine::Act::slow:
      end(it.deadline + Duration(5'000), StepResult::ok, "");
      machine_goes_down(it, it.deadline + Duration(6'000));
      break;
  }
}

// What was asked to go down goes down, whether or not the daemon lives to see it.
void World::machine_goes_down(const StartStep& it, Duration delay) {
  const core::StepRule& rule = site_.groups.at(it.group.value).plan.steps.at(it.step.value);
  const bool remote = std::holds_alternative<RemoteAction>(it.action);
  if (!remote && !(rule.is_local_power_off && power_off_is_real)) return;
  at(now_ + delay, [life = life_, remote, group = it.group, id = rule.id,
                    seen = DownConfirmed{it.run, it.step}](World& world) {
    if (!remote) {
      if (world.life_ != life) return;
      world.crash();
      world.powered_off_ = true;
      return;
    }
    Machine& machine = world.machine(group, id);
    if (!machine.up) return;
    machine.up = false;
    if (world.life_ == life) world.post(Duration(500), seen);
  });
}

void World::carry_out(const CancelStep& it) { under_way_.erase({it.run.value, it.step.value}); }

void World::carry_out(const WatchReturn& it) {
  watched_[{it.group.value, it.step_id}] = true;
  if (machine(it.group, it.step_id).up) answer_watch(it.group, it.step_id);
}

void World::carry_out(const StopWatching& it) { watched_.erase({it.group.value, it.step_id}); }

void World::raise(GroupId group, const std::string& step_id) {
  machine(group, step_id).up = true;
  if (watched_.contains({group.value, step_id})) answer_watch(group, step_id);
}

void World::answer_watch(GroupId group, const std::string& step_id) {
  after(Duration(2'000), [life = life_, group, step_id](World& world) {
    if (world.life_ != life || !world.machine(group, step_id).up) return;
    if (world.watched_.erase({group.value, step_id}) == 0) return;
    world.post(Duration(0), ReturnConfirmed{.group = group, .step_id = step_id});
  });
}

}  // namespace nightwatt::sim

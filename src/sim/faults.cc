#include "sim/faults.h"

#include <algorithm>
#include <chrono>
#include <initializer_list>

namespace nightwatt::sim {
namespace {

using namespace std::chrono_literals;

class Schedule {
 public:
  Schedule(World& world, const Swarm& swarm, Rng& rng, Instant end)
      : world_(world), swarm_(swarm), rng_(rng), end_(end) {}

  void run() {
    if (swarm_.feeds) repeat(3, [this] { outage(); });
    if (swarm_.lies) repeat(4, [this] { lie(); });
    if (swarm_.words) repeat(3, [this] { word(); });
    if (swarm_.heat) repeat(4, [this] { heat(); });
    if (swarm_.links) repeat(8, [this] { bad_link(); });
    if (swarm_.comms) repeat(5, [this] { bad_comm(); });
    if (swarm_.machines) bad_machines();
    if (swarm_.disk) repeat(2, [this] { bad_disk(); });
    if (swarm_.flags) repeat(3, [this] { bad_flag(); });
    if (swarm_.people) repeat(6, [this] { request(); });
    if (swarm_.crashes) repeat(3, [this] { crash(); });
    if (swarm_.stalls) repeat(2, [this] { stall(); });
    if (swarm_.reloads) repeat(2, [this] { reload(); });
  }

 private:
  template <class F>
  void repeat(int most, F act) {
    for (auto n = rng_.between(1, most); n > 0; --n) act();
  }
  Instant any_time() {
    return world_.now() + Duration(rng_.between(0, (end_ - world_.now()).count()));
  }
  Duration a_while() {
    return rng_.one_of<Duration>({1s, 5s, 20s, 60s, 120s, 400s}) + Duration(rng_.between(0, 5'000));
  }
  DeviceId any_device() {
    return DeviceId{
        static_cast<std::uint32_t>(rng_.between(0, std::ssize(world_.site().devices) - 1))};
  }
  GroupId any_group() {
    return GroupId{
        static_cast<std::uint32_t>(rng_.between(0, std::ssize(world_.site().groups) - 1))};
  }
  CommId any_comm() {
    return CommId{static_cast<std::uint32_t>(rng_.between(0, std::ssize(world_.site().comms) - 1))};
  }

  // The members of one group lose their mains at about the same time, not all of them always.
  void outage() {
    const Instant from = any_time();
    const bool for_good = rng_.chance_percent(30);
    const Duration lasts = a_while();
    for (const DeviceId device : world_.site().groups[any_group().value].quorum.members) {
      if (rng_.chance_percent(20)) continue;
      const double drain = rng_.one_of<double>({0.5, 5, 20, 60, 300});
      const double low = rng_.one_of<double>({-1, 10, 30, 99});
      const Instant begins = std::min(end_, from + Duration(rng_.between(0, 3'000)));
      world_.at(begins, [device, drain, low](World& world) {
        world.ups(device).low_below = low;
        world.ups(device).feed_off(drain, world.now());
      });
      if (for_good) continue;
      world_.at(begins + lasts + Duration(rng_.between(0, 20'000)),
                [device](World& world) { world.ups(device).feed_on(world.now()); });
    }
  }

  void lie() {
    const DeviceId device = any_device();
    const auto lie =
        rng_.one_of({VirtualUps::Lie::wait, VirtualUps::Lie::empty, VirtualUps::Lie::absurd});
    const Instant from = any_time();
    world_.at(from, [device, lie](World& world) { world.ups(device).lie = lie; });
    world_.at(from + a_while(),
              [device](World& world) { world.ups(device).lie = VirtualUps::Lie::none; });
  }

  void word() {
    const DeviceId device = any_device();
    const auto word = rng_.one_of({StatusWord::FSD, StatusWord::OFF, StatusWord::OVER,
                                   StatusWord::BYPASS, StatusWord::CAL, StatusWord::TEST,
                                   StatusWord::LB, StatusWord::RB, StatusWord::ALARM});
    const Instant from = any_time();
    const double load = rng_.one_of<double>({30, 104, 120});
    world_.at(from, [device, word, load](World& world) {
      StatusWords status = world.ups(device).status();
      status.add(word);
      world.ups(device).set_status(status);
      world.ups(device).set(Variable::ups_load, load, world.now());
    });
    world_.at(from + a_while(), [device, word](World& world) {
      StatusWords status = world.ups(device).status();
      status.remove(word);
      world.ups(device).set_status(status);
      world.ups(device).set(Variable::ups_load, 30, world.now());
    });
  }

  void heat() {
    const DeviceId device = any_device();
    const Instant from = any_time();
    world_.at(from, [device](World& world) {
      world.ups(device).set(Variable::ups_temperature, hot, world.now());
    });
    world_.at(from + a_while(), [device](World& world) {
      world.ups(device).set(Variable::ups_temperature, cool, world.now());
    });
  }

  void bad_link() {
    const DeviceId device = any_device();
    const auto paths = std::ssize(world_.site().devices[device.value].paths);
    const PathRank path{static_cast<std::uint8_t>(rng_.between(1, paths))};
    Link link;
    link.kind = rng_.one_of({Link::Kind::ok, Link::Kind::silent, Link::Kind::silent,
                             Link::Kind::refuses, Link::Kind::exception, Link::Kind::driver_down,
                             Link::Kind::stale, Link::Kind::small_only});
    if (link.kind == Link::Kind::ok) {
      link.latency = rng_.one_of<Duration>({20ms, 900ms, 2s});
      link.jitter = rng_.one_of<Duration>({0ms, 500ms, 3s});
      link.loss_percent = static_cast<int>(rng_.one_of({0, 10, 50}));
    }
    const Instant from = any_time();
    world_.at(from, [device, path, link](World& world) { world.link(device, path) = link; });
    world_.at(from + a_while(),
              [device, path](World& world) { world.link(device, path) = Link(); });
  }

  void bad_comm() {
    const CommId comm = any_comm();
    const Instant from = any_time();
    const Instant until = from + a_while();
    if (rng_.chance_percent(50)) {
      world_.at(from, [comm](World& world) { world.silence(comm, true); });
      world_.at(until, [comm](World& world) { world.silence(comm, false); });
      return;
    }
    const auto state = rng_.one_of({CommState::disabled, CommState::missing, CommState::driver_down,
                                    CommState::out_of_service});
    world_.at(from, [comm, state](World& world) { world.report_comm(comm, state); });
    world_.at(until, [comm](World& world) { world.report_comm(comm, CommState::ok); });
  }

  void bad_machines() {
    for (std::uint32_t group = 0; group < world_.site().groups.size(); ++group) {
      for (const core::StepRule& step : world_.site().groups[group].plan.steps) {
        Machine& machine = world_.machine(GroupId{group}, step.id);
        machine.act = rng_.one_of({Machine::Act::ok, Machine::Act::ok, Machine::Act::fail,
                                   Machine::Act::hang, Machine::Act::slow});
        machine.takes = rng_.one_of<Duration>({0s, 1s, 4s});
      }
    }
  }

  void bad_disk() {
    const auto kind =
        rng_.one_of({JournalDisk::Kind::slow, JournalDisk::Kind::full, JournalDisk::Kind::silent});
    const Instant from = any_time();
    world_.at(from, [kind](World& world) { world.set_disk(kind); });
    world_.at(from + a_while(), [](World& world) { world.set_disk(JournalDisk::Kind::ok); });
  }

  void bad_flag() {
    const GroupId group = any_group();
    const auto kind = rng_.between(0, 3);
    const Instant from = any_time();
    world_.at(from, [group, kind](World& world) {
      FlagFile& flag = world.flag(group);
      if (kind == 0 && flag.owner == FlagFile::Owner::none) flag.owner = FlagFile::Owner::stray;
      if (kind == 1 && flag.owner == FlagFile::Owner::none) flag.owner = FlagFile::Owner::foreign;
      if (kind == 2) flag.writable = false;
      if (kind == 3) flag.answers = false;
    });
    world_.at(from + a_while(), [group](World& world) {
      FlagFile& flag = world.flag(group);
      flag.writable = true;
      flag.answers = true;
      if (flag.owner == FlagFile::Owner::foreign) flag.owner = FlagFile::Owner::none;
    });
  }

  void request() {
    const DeviceId device = any_device();
    const GroupId group = any_group();
    const Duration lasts = rng_.one_of<Duration>({0s, 10s, 60s, 300s});
    Event event = ReleaseRequested{.request = {}, .group = group};
    switch (rng_.between(0, 6)) {
      case 0: event = AbortRequested{{}, group, lasts}; break;
      case 1: event = HoldRequested{{}, group, lasts}; break;
      case 2: event = MaintenanceRequested{{}, device, lasts, rng_.chance_percent(30)}; break;
      case 3: event = PathSelected{{}, device, std::nullopt}; break;
      case 5: return freeze(device, lasts);
      case 4:
        event = PathSelected{{}, device, PathRank{static_cast<std::uint8_t>(rng_.between(1, 5))}};
        break;
    }
    world_.at(any_time(), [event](World& world) { world.ask(event); });
  }

  // Somebody freezes a device; the path that it is on may fall silent just then.
  void freeze(DeviceId device, Duration lasts) {
    const Instant from = any_time();
    world_.at(from,
              [device, lasts](World& world) { world.ask(FreezeRequested{{}, device, lasts}); });
    if (rng_.chance_percent(50)) return;
    const Duration silence = a_while();
    Link silent;
    silent.kind = Link::Kind::silent;
    const PathRank path{static_cast<std::uint8_t>(rng_.between(1, 2))};
    if (path.value > world_.site().devices[device.value].paths.size()) return;
    world_.at(from, [device, path, silent](World& world) { world.link(device, path) = silent; });
    world_.at(from + silence, [device, path](World& world) { world.link(device, path) = Link(); });
  }

  void crash() {
    const Duration away = rng_.one_of<Duration>({0s, 2s, 30s});
    world_.at(any_time(), [away](World& world) {
      if (!world.alive()) return;
      world.crash();
      world.after(away, [](World& later) {
        if (!later.alive() && !later.powered_off()) later.start();
      });
    });
  }

  void stall() {
    const Duration gap = rng_.one_of<Duration>({2s, 6s, 60s, 900s});
    world_.at(any_time(), [gap](World& world) { world.stall(gap); });
  }

  void reload() {
    world_.at(any_time(), [](World& world) {
      if (world.alive() && !world.stalled()) (void)world.reload(core::Site(world.site()));
    });
  }

  World& world_;
  const Swarm& swarm_;
  Rng& rng_;
  Instant end_;
};

}  // namespace

std::uint32_t Swarm::bits() const {
  std::uint32_t out = 0;
  for (const bool on : {feeds, lies, words, links, comms, machines, disk, flags, people, crashes,
                        stalls, reloads, heat}) {
    out = out * 2 + (on ? 1 : 0);
  }
  return out;
}

Swarm draw_swarm(Rng& rng) {
  Swarm swarm;
  swarm.feeds = rng.chance_percent(80);
  for (bool* on :
       {&swarm.lies, &swarm.words, &swarm.links, &swarm.comms, &swarm.machines, &swarm.disk,
        &swarm.flags, &swarm.people, &swarm.crashes, &swarm.stalls, &swarm.reloads, &swarm.heat}) {
    *on = rng.chance_percent(40);
  }
  return swarm;
}

void schedule_faults(World& world, const Swarm& swarm, Rng& rng, Instant end) {
  Schedule(world, swarm, rng, end).run();
}

void Saboteur::crash_soon() {
  const Duration away = rng_.one_of<Duration>({0s, 1s, 20s});
  world_.after(Duration(rng_.between(0, 6'000)), [this, away](World& world) {
    if (retired_ || !world.alive()) return;
    world.crash();
    world.after(away, [](World& later) {
      if (!later.alive() && !later.powered_off()) later.start();
    });
  });
}

void Saboteur::mains_back_soon() {
  world_.after(Duration(rng_.between(0, 20'000)), [](World& world) {
    for (std::uint32_t i = 0; i < world.site().devices.size(); ++i) {
      world.ups(DeviceId{i}).feed_on(world.now());
    }
  });
}

void Saboteur::flag_taken(GroupId group) {
  const Duration lasts(rng_.between(0, 60'000));
  world_.after(Duration(rng_.between(1, 3'000)), [this, group, lasts](World& world) {
    FlagFile& flag = world.flag(group);
    if (retired_ || flag.owner != FlagFile::Owner::none) return;
    flag.owner = FlagFile::Owner::foreign;
    world.after(lasts, [group](World& later) {
      FlagFile& taken = later.flag(group);
      if (taken.owner == FlagFile::Owner::foreign) taken.owner = FlagFile::Owner::none;
    });
  });
}

void Saboteur::after_step(const core::Engine& engine, std::span<const Effect> effects, Instant) {
  if (retired_) return;
  for (const Effect& effect : effects) {
    const auto* start = std::get_if<StartStep>(&effect);
    const auto* commit = std::get_if<CommitRun>(&effect);
    const auto* notice = std::get_if<Notice>(&effect);
    if (swarm_.crashes && (start != nullptr || commit != nullptr) && rng_.chance_percent(15)) {
      crash_soon();
    }
    if (swarm_.feeds && start != nullptr && rng_.chance_percent(8)) mains_back_soon();
    const bool counting = notice != nullptr && notice->kind == NoticeKind::countdown;
    if (swarm_.flags && counting && rng_.chance_percent(15)) {
      if (const auto group = engine.group_named(notice->subject)) flag_taken(*group);
    }
    if (!swarm_.people || !(counting || start != nullptr) || !rng_.chance_percent(25)) continue;
    const auto group =
        start != nullptr ? std::optional(start->group) : engine.group_named(notice->subject);
    if (!group) continue;
    const AbortRequested abort{{}, *group, rng_.one_of<Duration>({10s, 60s})};
    world_.after(Duration(rng_.between(0, 3'000)), [abort](World& world) { world.ask(abort); });
  }
}

void end_all_faults(World& world) {
  for (std::uint32_t i = 0; i < world.site().devices.size(); ++i) {
    const DeviceId device{i};
    world.ups(device).lie = VirtualUps::Lie::none;
    world.ups(device).set(Variable::ups_load, 30, world.now());
    world.ups(device).set(Variable::ups_temperature, cool, world.now());
    world.ups(device).feed_on(world.now());
    for (std::uint8_t p = 1; p <= world.site().devices[i].paths.size(); ++p) {
      world.link(device, PathRank{p}) = Link();
    }
  }
  for (auto& [key, machine] : world.machines()) machine.act = Machine::Act::ok;
  for (std::uint32_t i = 0; i < world.site().groups.size(); ++i) {
    FlagFile& flag = world.flag(GroupId{i});
    flag.writable = true;
    flag.answers = true;
    if (flag.owner == FlagFile::Owner::foreign) flag.owner = FlagFile::Owner::none;
  }
  world.set_disk(JournalDisk::Kind::ok);
  if (world.powered_off()) {
    world.boot();
  } else if (!world.alive()) {
    world.start();
  }
  for (std::uint32_t i = 0; i < world.site().comms.size(); ++i) {
    world.silence(CommId{i}, false);
    if (world.comm_state(CommId{i}) != CommState::ok) world.report_comm(CommId{i}, CommState::ok);
  }
}

}  // namespace nightwatt::sim

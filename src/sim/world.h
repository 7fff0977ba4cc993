#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/rng.h"
#include "core/engine.h"
#include "sim/digest.h"
#include "sim/observer.h"
#include "sim/order_world.h"
#include "sim/rack_state.h"
#include "sim/virtual_ups.h"

namespace nightwatt::sim {

// The engine's whole world in virtual time, from one seed.
//
//     UPSes, links, machines, disk, flags, people ──events──► core::Engine ──effects──► the same
//            ▲                                                                           │
//            └────────────────────── later, on one queue of instants ◄───────────────────┘
//
// It plays the soonest of (engine deadline, event, world change), steps the engine once for
// all events of that instant, and turns the effects into later events. No wall clock, no thread.
// The daemon inside may crash, restart from its journal, stall and be rebooted.
class World {
 public:
  using Change = std::function<void(World&)>;

  // Nothing happens before start().
  World(core::Site site, std::uint64_t seed);
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // --- the things; change them at will --------------------------------------------------------
  VirtualUps& ups(DeviceId device) { return ups_.at(device.value); }
  Link& link(DeviceId device, PathRank path) { return links_.at(device.value).at(path.value - 1u); }
  // All paths over a comm device are silent.
  void silence(CommId comm, bool silent) { silent_.at(comm.value) = silent; }
  bool silenced(CommId comm) const { return silent_.at(comm.value); }
  void report_comm(CommId comm, CommState state);
  CommState comm_state(CommId comm) const { return comm_states_.at(comm.value); }
  Machine& machine(GroupId group, const std::string& step_id);
  std::map<std::pair<std::uint32_t, std::string>, Machine>& machines() { return machines_; }
  void raise(GroupId group, const std::string& step_id);  // the machine is up again
  FlagFile& flag(GroupId group) { return flags_.at(group.value); }
  const JournalDisk& disk() const { return disk_; }
  void set_disk(JournalDisk::Kind kind);
  // What devices did with the orders that reached them.
  const OrderedDevices& ordered() const { return ordered_; }
  // A local power-off that succeeds takes the daemon with it, until boot().
  bool power_off_is_real = true;

  // --- people ---------------------------------------------------------------------------------
  // Hands the event to the engine now, with a request number of its own where it has one.
  void ask(Event event);
  std::uint64_t requests() const { return requests_; }

  // --- the daemon's life ----------------------------------------------------------------------
  bool alive() const { return engine_.has_value(); }
  bool powered_off() const { return powered_off_; }
  bool stalled() const { return now_ < stalled_until_; }
  const core::Engine& engine() const { return *engine_; }
  void start();  // in the same boot: resumes what the journal holds
  void boot();   // after a power cycle: runs that were open are over
  void crash();
  void stall(Duration how_long);  // a suspend: no step until then
  // Writes the engine to bytes and goes on with one that was read back from them. False: the bytes
  // did not survive the round trip.
  bool reincarnate();
  expected<void, std::string> reload(core::Site site);  // REQUIRES: alive

  // --- time -----------------------------------------------------------------------------------
  Instant now() const { return now_; }
  void at(Instant when, Change change);
  void after(Duration delay, Change change) { at(now_ + delay, std::move(change)); }
  void run_until(Instant end);
  void run_for(Duration duration) { run_until(now_ + duration); }

  const core::Site& site() const { return site_; }
  Rng& rng() { return rng_; }
  std::uint64_t digest() const { return digest_.value(); }
  std::uint64_t steps() const { return steps_; }
  // More than so many steps at one instant: the engine no longer lets time pass.
  static constexpr std::uint32_t steps_per_instant_max = 20'000;
  bool stuck() const { return stuck_; }
  void observe(Observer& observer) { observers_.push_back(&observer); }

 private:
  struct Due {
    Instant at{};
    std::uint64_t order = 0;
    std::uint32_t slot = 0;  // of changes_, or of events_
    bool is_event = false;
  };
  struct Posted {
    Event event;
    std::uint32_t life = 0;  // of the daemon that it is for
  };
  static bool later(const Due& a, const Due& b) {
    return std::pair(a.at, a.order) > std::pair(b.at, b.order);
  }

  void post(Duration delay, Event event);
  void push(Instant at, std::uint32_t slot, bool is_event);
  std::optional<Instant> next_instant() const;
  void take_due(Instant now);
  void step();
  void begin_life();
  void begin(const std::function<void(core::Engine&, Effects&)>& recall);
  void obey(const Effects& effects);
  void take_digest(const Effects& effects);

  // world_effects.cc
  void carry_out(const SendMessage& it);
  void carry_out_order(const SendMessage& it);
  Reading read(const SendMessage& asked, Instant when) const;
  void carry_out(const CancelMessage& it);
  void carry_out(const PrepareLink&) {}  // links here have no connections
  void carry_out(const CommitRun& it);
  void carry_out(const RecordStep& it) { keep(it); }
  void carry_out(const CloseRun& it) { keep(it); }
  void carry_out(const RecordHold& it) { keep(it); }
  void carry_out(const ForgetHold& it) { keep(it); }
  void carry_out(const RecordAudit& it);
  void carry_out(const RecordCommState&) {}
  void carry_out(const RecordMaintenance&) {}
  void carry_out(const ClaimFlag& it);
  void carry_out(const ClearFlag& it);
  void carry_out(const StartStep& it);
  void carry_out(const CancelStep& it);
  void carry_out(const WatchReturn& it);
  void carry_out(const StopWatching& it);
  void carry_out(const Notice&) {}  // nobody waits for people (invariant 10)
  void carry_out(const Answer&) {}
  void keep(const Effect& effect);
  void machine_ends(const StartStep& it, Machine& machine);
  void machine_goes_down(const StartStep& it, Duration delay);
  void answer_watch(GroupId group, const std::string& step_id);

  core::Site site_;
  Rng rng_;
  std::optional<core::Engine> engine_{};
  Instant now_{};
  Instant stalled_until_{};
  std::uint32_t life_ = 0;
  bool powered_off_ = false;
  bool stuck_ = false;
  Instant last_step_{};
  std::uint32_t steps_here_ = 0;
  std::uint64_t steps_ = 0;
  std::uint64_t order_ = 0;
  std::uint64_t requests_ = 0;

  std::vector<VirtualUps> ups_{};
  std::vector<std::vector<Link>> links_{};
  std::vector<bool> silent_{};
  OrderedDevices ordered_{};
  std::vector<CommState> comm_states_{};
  std::map<std::pair<std::uint32_t, std::string>, Machine> machines_{};
  std::map<std::pair<std::uint32_t, std::string>, bool> watched_{};
  std::map<std::pair<std::uint64_t, std::uint16_t>, bool> under_way_{};  // steps not to be ended
  std::vector<FlagFile> flags_{};
  JournalDisk disk_{};

  std::vector<Due> queue_{};
  std::vector<Posted> events_{};
  std::vector<std::uint32_t> free_events_{};
  std::vector<Change> changes_{};
  std::vector<std::uint32_t> free_changes_{};
  std::vector<Event> batch_{};
  Effects effects_{};
  std::vector<Observer*> observers_{};
  Digest digest_{};
};

}  // namespace nightwatt::sim

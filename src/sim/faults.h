#pragma once

#include <cstdint>

#include "base/rng.h"
#include "sim/world.h"

namespace nightwatt::sim {

// Which kinds of trouble one world may meet. Each seed draws a subset (swarm testing): a world with
// everything at once never gets far enough to show what two kinds alone do to each other.
struct Swarm {
  bool feeds = false;  // mains fail and come back
  bool lies = false;   // a UPS answers nonsense, or tests itself
  bool words = false;  // FSD, OFF, OVER, BYPASS, ...
  bool heat = false;   // a UPS gets hot
  bool links = false;  // one path is slow, lossy, mute, refuses
  bool comms = false;  // a comm device hangs, or is reported unusable
  bool machines = false;
  bool disk = false;
  bool flags = false;
  bool people = false;
  bool crashes = false;  // of the daemon, with a restart
  bool stalls = false;   // suspends too
  bool reloads = false;
  std::uint32_t bits() const;
};
Swarm draw_swarm(Rng& rng);

// Trouble at the worst moment, which chance alone seldom finds: crashes right after a point of no
// return or a step, people who abort countdowns and plans, mains that come back in the middle,
// another process that takes the flag file during the countdown.
class Saboteur : public Observer {
 public:
  Saboteur(World& world, const Swarm& swarm, Rng rng) : world_(world), swarm_(swarm), rng_(rng) {}
  void retire() { retired_ = true; }
  void after_step(const core::Engine& engine, std::span<const Effect> effects,
                  Instant now) override;

 private:
  void crash_soon();
  void mains_back_soon();
  void flag_taken(GroupId group);
  World& world_;
  const Swarm& swarm_;
  Rng rng_;
  bool retired_ = false;
};

// Puts the whole schedule of troubles of the time until `end` into the world's queue.
void schedule_faults(World& world, const Swarm& swarm, Rng& rng, Instant end);

// The world is well again: mains, links, comm devices, disk, flags, machines, daemon. What people
// asked for ends by itself.
void end_all_faults(World& world);

}  // namespace nightwatt::sim

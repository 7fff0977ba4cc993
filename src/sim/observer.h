#pragma once

#include <span>

#include "base/time.h"
#include "core/engine.h"
#include "model/effect.h"
#include "model/event.h"

namespace nightwatt::sim {

// Looks on while the world runs: the checkers of the simulation and the printer of `nightwatt
// simulate`. An observer changes nothing.
class Observer {
 public:
  virtual ~Observer() = default;
  Observer() = default;
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;

  // One step of the engine: what goes in, then what came out.
  virtual void before_step(const core::Engine&, std::span<const Event>, Instant) {}
  virtual void after_step(const core::Engine&, std::span<const Effect>, Instant) {}
  // Effects outside a step: of a start with a journal, of a reload.
  virtual void between_steps(const core::Engine& engine, std::span<const Effect> effects,
                             Instant now) {
    after_step(engine, effects, now);
  }
  // The daemon is gone and has forgotten all that is not on disk.
  virtual void daemon_down(Instant) {}
  virtual void daemon_up(const core::Engine&, Instant) {}
  virtual void clock_gap(Instant) {}
};

}  // namespace nightwatt::sim

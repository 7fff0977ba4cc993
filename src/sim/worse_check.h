#pragma once

#include "base/rng.h"
#include "sim/complaints.h"
#include "sim/observer.h"

namespace nightwatt::sim {

// Invariant 8, spot-checked: now and then a reading is worsened in one variable, two copies of the
// engine are given the two readings, and no verdict of the worse one may be less urgent.
class WorseCheck : public Observer {
 public:
  WorseCheck(Rng rng, int per_mille, Complaints& complaints)
      : rng_(rng), per_mille_(per_mille), complaints_(complaints) {}
  void before_step(const core::Engine& engine, std::span<const Event> events, Instant now) override;
  std::uint64_t looks() const { return looks_; }

 private:
  void worsen(Reading& reading);
  void compare(const core::Engine& engine, std::span<const Event> events, std::size_t at,
               Instant now);

  Rng rng_;
  int per_mille_;
  Complaints& complaints_;
  std::uint64_t looks_ = 0;
};

}  // namespace nightwatt::sim

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sim/complaints.h"
#include "sim/observer.h"
#include "sim/world.h"

namespace nightwatt::sim {

// Invariants 3, 4 and 9 as far as they concern one run: nothing starts before the point of no
// return is on disk (or the disk had its two seconds); the order of steps is never crossed; a step
// starts once, and after a restart again only when it had not ended; no step outlives its deadline;
// what was shut down is on the return list until it is confirmed up; each request is answered once,
// in its step; beside a live foreign flag nothing runs.
class RunCheck : public Observer {
 public:
  RunCheck(World& world, Complaints& complaints) : world_(world), complaints_(complaints) {}
  void before_step(const core::Engine& engine, std::span<const Event> events, Instant now) override;
  void after_step(const core::Engine& engine, std::span<const Effect> effects,
                  Instant now) override;
  void daemon_down(Instant now) override;
  void daemon_up(const core::Engine& engine, Instant now) override;

 private:
  struct Step {
    int starts = 0;  // by this daemon
    bool ended = false;
    std::optional<Instant> started_at{};
  };
  struct Run {
    std::uint32_t group = 0;
    std::optional<Instant> handed_over{};  // to the journal, by this daemon
    bool answered = false;                 // by the journal; or it was there before
    std::vector<Step> steps{};
  };
  const core::PlanRule& plan(const Run& run) const;
  void take(const Event& event, Instant now);
  void check(const core::Engine& engine, const Effect& effect, Instant now);
  void check_start(const StartStep& start, Instant now);
  void check_order(const Run& run, std::uint16_t step, Instant now);
  void check_returns(const core::Engine& engine, Instant now);
  void complain(Instant now, const Run& run, std::string text);

  World& world_;
  Complaints& complaints_;
  std::map<std::uint64_t, Run> runs_{};  // open ones
  std::set<std::uint64_t> questions_{};
  std::set<std::uint32_t> suppressed_{};  // groups with a live foreign flag
  std::map<std::uint32_t, bool> claimed_{};
  std::set<std::pair<std::uint32_t, std::string>> down_{};  // shut down, not seen up again
  std::set<std::uint32_t> closed_now_{};
};

}  // namespace nightwatt::sim

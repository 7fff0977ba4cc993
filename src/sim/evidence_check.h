#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sim/complaints.h"
#include "sim/observer.h"
#include "sim/reading_book.h"
#include "sim/world.h"

namespace nightwatt::sim {

// Invariants 1, 2 and 3 between the world's own books and the engine's plans:
// 1  a plan begins only when members that are surely healthy are too few, and, under policy
//    `evidence`, something could be evidence (or the group was blind for as long as allowed);
// 2  a quorum that is surely lost is followed by a plan whose steps are all attempted in time;
// 3  between two plans of one group the quorum could have been restored.
class EvidenceCheck : public Observer {
 public:
  EvidenceCheck(World& world, const ReadingBook& book, Complaints& complaints);
  void before_step(const core::Engine& engine, std::span<const Event> events, Instant now) override;
  void after_step(const core::Engine& engine, std::span<const Effect> effects,
                  Instant now) override;
  void daemon_down(Instant now) override;
  void daemon_up(const core::Engine& engine, Instant now) override;
  void clock_gap(Instant until) override;
  std::uint64_t losses_followed() const { return losses_followed_; }

 private:
  struct Watch {
    std::optional<Instant> lost_since{};  // surely
    Instant not_before{};                 // holds, starts and gaps that may put a plan off
    bool aborted = false;                 // a person skipped the rest of this run
    bool suppressed = false;              // by a foreign flag, until the engine clears it
    bool begun = false;                   // this plan's beginning was judged
    std::optional<std::uint64_t> run{};   // open
    bool run_started_step = false;
    Instant committed_at{};
    std::set<std::string> attempted{};
    bool could_recover = true;  // since the last plan
    bool told = false;
  };
  void judge_beginning(std::uint32_t group, Instant now);
  void judge_end(std::uint32_t group, Instant now);
  bool surely_lost(const core::QuorumRule& rule, Instant now) const;
  void take(const core::Engine& engine, const Effect& effect, Instant now);
  void took_answer(const Answer& answer, Instant now);
  Watch* watch_of_run(std::uint64_t run);
  std::string name(std::uint32_t group) const { return world_.site().groups.at(group).name; }
  Duration bound(const core::PlanRule& plan) const;

  World& world_;
  const ReadingBook& book_;
  Complaints& complaints_;
  std::vector<Watch> watches_{};
  struct Wish {
    std::uint32_t group = 0;
    Duration hold_for{};
    bool release = false;
    bool abort = false;
  };
  std::map<std::uint64_t, Wish> wishes_{};
  std::uint64_t losses_followed_ = 0;
};

}  // namespace nightwatt::sim

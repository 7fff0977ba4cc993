#include "sim/trial.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "sim/comm_check.h"
#include "sim/complaints.h"
#include "sim/draw_site.h"
#include "sim/evidence_check.h"
#include "sim/faults.h"
#include "sim/reading_book.h"
#include "sim/run_check.h"
#include "sim/sight_check.h"
#include "sim/world.h"
#include "sim/worse_check.h"

namespace nightwatt::sim {
namespace {

using namespace std::chrono_literals;

// The longest hold-down of a primary that flapped, and some.
constexpr Duration liveness_max = core::hold_down_max * 5 / 4;
constexpr Duration liveness_look = 20s;

class Trial {
 public:
  Trial(const TrialOptions& options, TrialReport& report)
      : options_(options),
        report_(report),
        rng_(options.seed),
        swarm_(draw_swarm(rng_)),
        world_(draw_site(rng_), rng_.next()),
        book_(world_.site()),
        comm_check_(world_.site(), complaints_),
        run_check_(world_, complaints_),
        evidence_check_(world_, book_, complaints_),
        sight_check_(world_.site(), complaints_),
        worse_check_(Rng(rng_.next()), 2, complaints_),
        saboteur_(world_, swarm_, Rng(rng_.next())) {}

  void run() {
    if (options_.checks) {
      for (Observer* each :
           std::initializer_list<Observer*>{&book_, &comm_check_, &run_check_, &evidence_check_,
                                            &sight_check_, &worse_check_, &report_.coverage}) {
        world_.observe(*each);
      }
    }
    if (options_.listener != nullptr) world_.observe(*options_.listener);
    world_.observe(saboteur_);
    const Instant end = Instant{} + options_.safety;
    schedule_faults(world_, swarm_, rng_, end);
    schedule_boots(end);
    if (options_.reincarnate) schedule_reincarnations(end);
    world_.start();
    world_.run_until(end);
    saboteur_.retire();
    end_all_faults(world_);
    come_to_rest();
    fill_report();
  }

 private:
  // Somebody switches this host on again, some time after its own plan switched it off.
  void schedule_boots(Instant end) {
    for (Instant at = Instant{} + 60s; at < end; at += 100s) {
      if (!rng_.chance_percent(20)) continue;
      world_.at(at, [](World& world) {
        if (world.powered_off()) world.boot();
      });
    }
  }

  void schedule_reincarnations(Instant end) {
    for (Instant at = Instant{} + 7s; at < end; at += 97s) {
      world_.at(at, [this](World& world) {
        if (world.reincarnate()) return;
        complaints_.add(world.now(), "the engine's bytes did not survive a round trip");
      });
    }
  }

  void come_to_rest() {
    const Instant until = world_.now() + liveness_max;
    std::vector<std::string> missing;
    while (world_.now() < until && !world_.stuck()) {
      world_.run_for(liveness_look);
      help_up();
      missing = restless();
      if (missing.empty()) return;
    }
    if (world_.stuck()) {
      complaints_.add(world_.now(), "the engine does not let time pass");
      return;
    }
    for (std::string& each : missing) {
      complaints_.add(world_.now(), "did not come to rest: " + each);
    }
  }

  // People switch on what is off; a host that was powered off with its plan as well.
  void help_up() {
    if (world_.powered_off()) {
      world_.boot();
      for (std::uint32_t i = 0; i < world_.site().devices.size(); ++i) {
        world_.ups(DeviceId{i}).feed_on(world_.now());
      }
    }
    for (auto& [key, machine] : world_.machines()) {
      if (!machine.up) world_.raise(GroupId{key.first}, key.second);
    }
  }

  std::vector<std::string> restless() const {
    std::vector<std::string> out;
    if (!world_.alive()) return {"the daemon is down"};
    const core::Engine& engine = world_.engine();
    for (std::uint32_t i = 0; i < world_.site().devices.size(); ++i) restless_device(i, out);
    for (std::uint32_t i = 0; i < world_.site().groups.size(); ++i) {
      const core::GroupView view = engine.group(GroupId{i}, world_.now());
      const core::GroupRule& rule = world_.site().groups[i];
      const bool spare = rule.quorum.kind == core::GroupKind::ups ||
                         std::ssize(rule.quorum.members) > rule.quorum.min_healthy;
      const Verdict right = spare ? Verdict::protected_ : Verdict::redundancy_lost;
      if (view.verdict != right) {
        out.push_back(fmt::format("{} is {}", rule.name, to_string(view.verdict)));
      }
      if (view.run.state != RunState::armed) {
        out.push_back(fmt::format("{} is {}", rule.name, to_string(view.run.state)));
      }
      if (!view.run.return_list.empty()) {
        out.push_back(fmt::format("{} waits for {}", rule.name, view.run.return_list.front()));
      }
    }
    return out;
  }

  void restless_device(std::uint32_t index, std::vector<std::string>& out) const {
    const core::DeviceRule& rule = world_.site().devices[index];
    const core::DeviceView view = world_.engine().comm().view(DeviceId{index}, world_.now());
    const Duration fresh = rule.poll_interval * 3 + 5s;
    if (!view.last_reading || world_.now() - *view.last_reading > fresh) {
      out.push_back(rule.name + " is not read");
    }
    restless_schedules(index, out);
    if (view.automatic && view.active != primary && !view.dry_run) {
      out.push_back(fmt::format("{} stays on path {}", rule.name, view.active.value));
    }
    const core::MemberView* member = world_.engine().member(DeviceId{index});
    if (member != nullptr && member->state != MemberState::healthy) {
      out.push_back(fmt::format("{} is {}", rule.name, to_string(member->state)));
    }
  }

  // Every schedule that runs on the path where the device is was polled not long ago.
  void restless_schedules(std::uint32_t index, std::vector<std::string>& out) const {
    if (!options_.checks) return;
    const core::DeviceRule& rule = world_.site().devices[index];
    const PathRank active = world_.engine().comm().active(DeviceId{index});
    for (std::uint16_t i = 0; i < rule.schedules.size(); ++i) {
      if (!core::runs_on(rule, i, active)) continue;
      const auto polled = comm_check_.polled_at(DeviceId{index}, i);
      const Duration fresh = 3 * rule.schedules[i].interval + 5s;
      if (!polled || world_.now() - *polled > fresh) {
        out.push_back(fmt::format("{} of {} is not polled", rule.schedules[i].name, rule.name));
      }
    }
  }

  void fill_report() {
    const core::Site& site = world_.site();
    report_.complaints = complaints_.list();
    report_.setting = fmt::format(
        "seed {}: {} devices, {} comm devices, {} groups, troubles {:013b}", options_.seed,
        site.devices.size(), site.comms.size(), site.groups.size(), swarm_.bits());
    report_.digest = world_.digest();
    report_.steps = world_.steps();
    report_.lived = world_.now().time_since_epoch();
    report_.worse_looks = worse_check_.looks();
    report_.losses_followed = evidence_check_.losses_followed();
  }

  const TrialOptions& options_;
  TrialReport& report_;
  Complaints complaints_{};
  Rng rng_;
  Swarm swarm_;
  World world_;
  ReadingBook book_;
  CommCheck comm_check_;
  RunCheck run_check_;
  EvidenceCheck evidence_check_;
  SightCheck sight_check_;
  WorseCheck worse_check_;
  Saboteur saboteur_;
};

}  // namespace

void run_trial(const TrialOptions& options, TrialReport& report) { Trial(options, report).run(); }

}  // namespace nightwatt::sim

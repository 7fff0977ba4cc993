#include <gtest/gtest.h>

#include <map>

#include "base/archive.h"
#include "base/rng.h"
#include "tests/core/shutdown/stand.h"

// Seeded random plans and random worlds: what must hold for every one of them.
namespace nightwatt::core::test {
namespace {

// Up to twelve steps in up to four phases; depends_on only points backwards in the list and never
// against the phases, so there is no cycle.
std::vector<StepRule> random_steps(Rng& rng) {
  std::vector<StepRule> steps;
  const auto count = rng.between(1, 12);
  for (std::int64_t i = 0; i < count; ++i) {
    const auto deadline = static_cast<double>(rng.between(1, 60));
    const auto phase = static_cast<int>(rng.between(1, 4));
    const std::string id = "s" + std::to_string(i);
    StepRule step =
        rng.chance_percent(70) ? remote(id, phase, deadline) : command(id, phase, deadline);
    step.wait_down = rng.chance_percent(30);
    step.dry_run = rng.chance_percent(15);
    for (const StepRule& earlier : steps) {
      if (earlier.phase <= phase && rng.chance_percent(25)) step.depends_on.push_back(earlier.id);
    }
    steps.push_back(std::move(step));
  }
  if (rng.chance_percent(50)) {
    steps.insert(steps.begin() + rng.between(0, count), local(5));
  }
  return steps;
}

// Whether `step` may start while `other` has not ended: written from the rules, not from the Plan.
bool must_wait_for(const StepRule& step, const StepRule& other) {
  if (step.id == other.id) return false;
  if (step.is_local_power_off) return true;
  if (other.is_local_power_off) return false;
  if (other.phase < step.phase) return true;
  return std::find(step.depends_on.begin(), step.depends_on.end(), other.id) !=
         step.depends_on.end();
}

bool has_ended(const StepRecord& record) {
  return record.state != StepState::pending && record.state != StepState::running;
}

// Runs one plan in steps of a second; each running step ends, fails, hangs or is seen down by
// chance.
class RandomRun {
 public:
  explicit RandomRun(std::uint64_t seed)
      : rng_(seed), steps_(random_steps(rng_)), stand_(plan_of(steps_)) {}

  void play() {
    const Duration needed = stand_.group.needed_time();
    if (rng_.chance_percent(30)) {
      stand_.around.remaining_runtime = s(static_cast<double>(rng_.between(0, 200)));
    }
    stand_.lose();
    check_starts();
    while (stand_.state() != RunState::done) {
      ASSERT_LE(stand_.now, Instant{} + needed) << "needed_time is an upper bound";
      stand_.around.remaining_runtime.reset();
      stand_.until(seconds(stand_.now.time_since_epoch()) + 1);
      check_starts();
      world();
    }
    for (const StepRecord& record : stand_.group.view(stand_.now).steps) {
      EXPECT_TRUE(has_ended(record)) << record.id;
      EXPECT_EQ(starts_[record.id], 1) << record.id;
    }
  }

 private:
  void world() {
    for (const StepRule& step : steps_) {
      if (stand_.state() == RunState::done) return;
      const StepRecord record = stand_.record(step.id);
      if (record.state == StepState::running && rng_.chance_percent(10)) {
        stand_.end(step.id, rng_.chance_percent(60) ? StepResult::ok : StepResult::failed, "x");
      } else if (record.started_at && rng_.chance_percent(10)) {
        stand_.down(step.id);
      } else if (rng_.chance_percent(2)) {
        stand_.ok(step.id);  // also for steps that have not started or have ended long ago
        if (record.state == StepState::pending) {
          EXPECT_EQ(stand_.record(step.id).state == StepState::ok,
                    step.dry_run && stand_.record(step.id).started_at.has_value());
        }
      }
      check_starts();
    }
  }

  // Looks at each new StartStep in the order of the effects, with what was recorded before it.
  void check_starts() {
    for (; seen_ < stand_.effects.size(); ++seen_) {
      const Effect& effect = stand_.effects[seen_];
      if (const auto* record = std::get_if<RecordStep>(&effect))
        recorded_[record->step.id] = record->step;
      const auto* start = std::get_if<StartStep>(&effect);
      if (start == nullptr) continue;
      const StepRule& step = steps_[start->step.value];
      ++starts_[step.id];
      EXPECT_EQ(start->dry_run, step.dry_run);
      for (const StepRule& other : steps_) {
        if (must_wait_for(step, other)) {
          EXPECT_TRUE(has_ended(recorded_[other.id])) << step.id << " crossed " << other.id;
        }
      }
    }
  }

  Rng rng_;
  std::vector<StepRule> steps_;
  Stand stand_;
  std::map<std::string, StepRecord> recorded_{};
  std::map<std::string, int> starts_{};
  std::size_t seen_ = 0;
};

TEST(RandomPlans, order_is_kept_each_step_starts_once_all_end_in_the_needed_time) {
  for (std::uint64_t seed = 1; seed <= 1'500; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomRun(seed).play();
    if (HasFailure()) return;
  }
}

TEST(RandomPlans, have_a_cycle_exactly_when_their_order_has_one) {
  for (std::uint64_t seed = 1; seed <= 3'000; ++seed) {
    Rng rng(seed);
    std::vector<StepRule> steps;
    const auto count = rng.between(1, 5);
    for (std::int64_t i = 0; i < count; ++i) {
      steps.push_back(remote("s" + std::to_string(i), static_cast<int>(rng.between(1, 2))));
      steps.back().is_local_power_off = i == 0 && rng.chance_percent(20);
      for (std::int64_t to = 0; to < count; ++to) {
        if (rng.chance_percent(20)) steps.back().depends_on.push_back("s" + std::to_string(to));
      }
    }
    // By taking away, again and again, whatever waits for nothing that is left.
    std::vector<StepRule> left = steps;
    for (bool removed = true; removed;) {
      const auto free = std::find_if(left.begin(), left.end(), [&](const StepRule& step) {
        const auto& on = step.depends_on;
        return std::find(on.begin(), on.end(), step.id) == on.end() &&
               std::none_of(left.begin(), left.end(), [&](const StepRule& other) {
                 const bool depends = std::find(on.begin(), on.end(), other.id) != on.end();
                 return must_wait_for(step, other) || (depends && other.id != step.id);
               });
      });
      removed = free != left.end();
      if (removed) left.erase(free);
    }
    EXPECT_EQ(find_cycle(steps).empty(), left.empty()) << "seed " << seed;
  }
}

// A state is a value: at any moment it can be written, read back and gone on with, byte for byte.
TEST(State, read_back_at_any_moment_it_goes_on_with_the_same_effects) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    Rng rng(seed);
    const PlanRule rule = plan_of(random_steps(rng), static_cast<double>(rng.between(0, 5)));
    GroupShutdown original(GroupId{0}, "rack", rule);
    GroupShutdown copy(GroupId{0}, "rack", rule);
    RunId next[2] = {RunId{1}, RunId{1}};
    Instant now{};
    for (int turn = 0; turn < 60; ++turn) {
      now += Duration{rng.between(0, 3'000)};
      Reader reader(to_bytes(original));
      copy.fields(reader);
      ASSERT_TRUE(reader.ok() && reader.at_end());
      ASSERT_EQ(to_bytes(copy), to_bytes(original));
      const auto what = rng.between(0, 9);
      const auto verdict = static_cast<Verdict>(rng.between(0, 9) < 7 ? 3 : rng.between(0, 3));
      const StepId step{static_cast<std::uint16_t>(rng.between(0, 12))};
      std::size_t count[2] = {0, 0};
      GroupShutdown* both[2] = {&original, &copy};
      for (int i = 0; i < 2; ++i) {
        Effects out;
        Surroundings around{.ready = true, .other_groups_running = false, .remaining_runtime = {}};
        const RunId run{next[i].value - 1};
        if (what <= 2) both[i]->on_verdict(verdict, "lost", around, next[i], now, out);
        if (what == 3)
          both[i]->flag_answered({GroupId{0}, FlagAnswer::created, "/f", ""}, now, out);
        if (what == 4) both[i]->commit_written({run, true, ""}, now, out);
        if (what == 5 || what == 6)
          both[i]->step_ended({run, step, StepResult::ok, "", false}, now, out);
        if (what == 7) both[i]->down_confirmed({run, step}, now, out);
        if (what == 8 && turn % 10 == 0) (void)both[i]->abort(s(5), now, out);
        if (what == 9) both[i]->return_confirmed({GroupId{0}, "s1"}, now, out);
        both[i]->advance(around, next[i], now, out);
        count[i] = out.size();
      }
      ASSERT_EQ(count[0], count[1]);
      ASSERT_EQ(to_bytes(copy), to_bytes(original)) << "seed " << seed << " turn " << turn;
      ASSERT_EQ(copy.next_deadline(), original.next_deadline());
    }
  }
}

}  // namespace
}  // namespace nightwatt::core::test

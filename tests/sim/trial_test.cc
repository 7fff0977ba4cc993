// Thousands of drawn worlds against checkers that share no code with the core.
//
//   NIGHTWATT_SEED=123   replays one world, with and without a round trip through bytes
//   NIGHTWATT_LOG=1      with that: prints every effect but polls, and what came in
//   NIGHTWATT_WORLDS=n   how many worlds (default 2,000; sanitizer builds take fewer)
#include "sim/trial.h"

#include "sim/digest.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <string>

namespace nightwatt::sim {
namespace {

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::uint64_t worlds_by_default = 400;
#else
constexpr std::uint64_t worlds_by_default = 2'000;
#endif

constexpr std::uint64_t first_seed = 1'000;

std::string told(const TrialReport& report) {
  std::string text = report.setting;
  for (const std::string& line : report.complaints) text += "\n  " + line;
  return text;
}

class Log : public Observer {
 public:
  void before_step(const core::Engine&, std::span<const Event> events, Instant now) override {
    for (const Event& event : events) {
      const auto* reply = std::get_if<MessageReplied>(&event);
      if (reply != nullptr) {
        if (std::getenv("NIGHTWATT_LOG_READINGS") == nullptr) continue;
        print(now, fmt::format("reply {:x} status {:x} charge {:.1f}", reply->transaction.value,
                               reply->reading.status.bits,
                               reply->reading.values.get(Variable::battery_charge).value_or(-1)));
      } else if (event.index() > 2) {
        print(now, fmt::format("event {}", event.index()));
      }
    }
  }
  void after_step(const core::Engine&, std::span<const Effect> effects, Instant now) override {
    const bool all = std::getenv("NIGHTWATT_LOG_READINGS") != nullptr;
    for (const Effect& effect : effects) {
      if (all || effect.index() > 2) print(now, describe(effect));
    }
  }
  void daemon_down(Instant now) override { print(now, "--- daemon down"); }
  void daemon_up(const core::Engine&, Instant now) override { print(now, "--- daemon up"); }
  void clock_gap(Instant until) override { print(until, "--- until here a gap"); }

 private:
  static void print(Instant now, const std::string& line) {
    std::printf("%12.3f  %s\n", seconds(now.time_since_epoch()), line.c_str());
  }
};

// Rare branches that each run must reach: a simulation that stays on the road proves nothing.
constexpr const char* must_be_reached[] = {
    "abandoned",
    "aborted",
    "advisory",
    "blind",
    "clock gap",
    "comm device suspect",
    "committed",
    "countdown",
    "countdown cancelled",
    "countdown cut short",
    "crash",
    "dark",
    "down confirmed",
    "held",
    "hurried",
    "local power-off waited",
    "frozen",
    "move crowd",
    "move dry run",
    "move fail",
    "move failback",
    "move forced",
    "move frozen",
    "move manual",
    "move sweep",
    "no path answers",
    "quorum lost",
    "quorum restored",
    "re-armed",
    "reason failsafe",
    "reason condition_critical",
    "reason condition_degraded",
    "reason latched",
    "refused",
    "resumed",
    "returned",
    "standby unhealthy",
    "step failed",
    "step timed out",
    "step skipped",
    "suppressed",
    "answer timed out",
};

TEST(Trial, ReplaysByteForByteAndSurvivesARoundTripThroughBytes) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    TrialReport first, again, through_bytes;
    run_trial({.seed = seed, .checks = false}, first);
    run_trial({.seed = seed, .checks = false}, again);
    run_trial({.seed = seed, .reincarnate = true, .checks = false}, through_bytes);
    EXPECT_EQ(first.digest, again.digest) << "seed " << seed;
    EXPECT_EQ(first.digest, through_bytes.digest) << "seed " << seed;
    EXPECT_TRUE(through_bytes.complaints.empty()) << told(through_bytes);
  }
}

TEST(Trial, DrawnWorldsKeepTheInvariantsAndComeToRest) {
  const std::uint64_t seed = from_environment("NIGHTWATT_SEED", 0);
  const std::uint64_t worlds =
      seed != 0 ? 1 : from_environment("NIGHTWATT_WORLDS", worlds_by_default);
  const auto began = std::chrono::steady_clock::now();
  Coverage coverage;
  Duration lived{0};
  std::uint64_t steps = 0, looks = 0, followed = 0;
  int failures = 0;
  for (std::uint64_t i = 0; i < worlds && failures < 5; ++i) {
    TrialReport report;
    Log log;
    const bool logged = std::getenv("NIGHTWATT_LOG") != nullptr;
    run_trial({.seed = seed != 0 ? seed : first_seed + i, .listener = logged ? &log : nullptr},
              report);
    coverage.add(report.coverage);
    lived += report.lived;
    steps += report.steps;
    looks += report.worse_looks;
    followed += report.losses_followed;
    if (report.complaints.empty()) continue;
    ++failures;
    ADD_FAILURE() << told(report);
  }
  if (worlds >= worlds_by_default) {
    for (const char* rare : must_be_reached) {
      // Too rare for the few worlds of a sanitized build.
      if (worlds < 2'000 && std::string_view(rare) == "move crowd") continue;
      EXPECT_GT(coverage.count(rare), 0u) << "no world reached: " << rare;
    }
    EXPECT_GT(looks, worlds / 2);
    EXPECT_GT(followed, worlds / 20);
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  const double years = seconds(lived) / (365.25 * 86'400);
  std::printf(
      "%llu worlds, %llu engine steps, %.2f simulated years in %.1f s: %.1f years a minute\n",
      static_cast<unsigned long long>(worlds), static_cast<unsigned long long>(steps), years,
      took.count(), years / took.count() * 60);
  std::printf("%llu readings worsened, %llu sure losses followed to their last step\n",
              static_cast<unsigned long long>(looks), static_cast<unsigned long long>(followed));
  for (const auto& [name, count] : coverage.counts()) {
    std::printf("  %-32s %llu\n", name.c_str(), static_cast<unsigned long long>(count));
  }
}

}  // namespace
}  // namespace nightwatt::sim

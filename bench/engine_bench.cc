// The engine alone: how long a decision takes once its event is there, and what a poll costs before
// any byte is on a wire.
//
//     bench_engine [--smoke] [--devices N] [--seconds S] [--header]
//
// All devices are polled once a second; in the measured time UPSes go on battery and back, and two
// feeds of one group fail for good, so that its quorum is lost and its plan runs. One reply for
// each step, which is the most expensive way to hand them over.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/rng.h"
#include "bench/engine_world.h"
#include "bench/options.h"
#include "bench/table.h"

namespace {

using namespace nightwatt;
using bench::EngineWorld;
using bench::print;
using bench::time_words;

double at_share(std::vector<double>& sorted, double share) {
  const auto last = static_cast<double>(sorted.size() - 1);
  return sorted.empty() ? 0 : sorted[static_cast<std::size_t>(share * last)];
}

void fail_feeds(EngineWorld& world, std::uint32_t group) {
  world.set_status(2 * group, "OB DISCHRG LB");
  world.set_status(2 * group + 1, "OB DISCHRG LB");
}

// Every 100 ms one device in a thousand goes on battery, and the one before comes back.
void unsettled_time(EngineWorld& world, double seconds, std::vector<double>& times) {
  Rng rng(7);
  const std::uint32_t each = std::max<std::uint32_t>(1, world.devices() / 1'000);
  std::vector<std::uint32_t> out;
  for (int i = 0; i < static_cast<int>(seconds * 10); ++i) {
    for (const std::uint32_t device : std::exchange(out, {})) world.set_status(device, "OL");
    for (std::uint32_t k = 0; k < each; ++k) {
      // The first tenth is left to the groups that fail for good.
      const auto device = rng.between(world.devices() / 10, world.devices() - 1);
      out.push_back(static_cast<std::uint32_t>(device));
      world.set_status(out.back(), "OB DISCHRG");
    }
    if (i % 10 == 5 && static_cast<std::uint32_t>(i / 10) < world.devices() / 20) {
      fail_feeds(world, static_cast<std::uint32_t>(i / 10));
    }
    world.run_for(Duration(100), times);
  }
}

void print_latency(std::uint32_t devices, EngineWorld& world, double seconds) {
  std::vector<double> times;
  unsettled_time(world, seconds, times);
  std::ranges::sort(times);
  const std::string head = fmt::format("{} devices: reply to decision, ", devices);
  print({.measure = head + "p50", .measured = time_words(at_share(times, 0.5))});
  print({.measure = head + "p99", .aim = "< 1 ms", .measured = time_words(at_share(times, 0.99))});
  print({.measure = head + "max", .measured = time_words(times.back())});
  print({.measure = fmt::format("  plans committed meanwhile"),
         .measured = fmt::format("{}", world.totals().commits)});
}

[[gnu::noinline]] void print_steady(std::uint32_t devices, EngineWorld& world, double seconds) {
  world.reset_totals();
  world.run_for(Duration(static_cast<Duration::rep>(seconds * 1'000)));
  const auto& totals = world.totals();
  print({.measure = fmt::format("{} devices: core, CPU of a whole poll", devices),
         .measured = time_words(totals.step_us / static_cast<double>(totals.replies))});
  constexpr int idle_steps = 10'000;
  world.reset_totals();
  for (int i = 0; i < idle_steps; ++i) world.step({});
  print({.measure = fmt::format("{} devices: step with nothing to do", devices),
         .measured = time_words(world.totals().step_us / idle_steps)});
}

// What happens to a whole site at once.
void print_bursts(std::uint32_t devices, EngineWorld& world) {
  world.set_mute(true);
  world.run_for(Duration(1'000));
  world.stall(Duration(2'500));  // below the gap that makes the engine distrust what it knows
  double us = world.step({});
  print({.measure = fmt::format("{} devices: all time out in one step", devices),
         .measured = time_words(us)});
  world.set_mute(false);
  world.run_for(Duration(60'000));

  for (std::uint32_t i = 0; i < devices; ++i) world.set_status(i, "OB DISCHRG LB");
  world.stall(Duration(1'500));
  world.step({});  // every poll is sent
  const std::vector<Event> events = world.take_replies();
  const std::uint64_t before = world.totals().commits;
  us = world.step(events);
  print({.measure = fmt::format("{} devices: {} replies, every quorum lost, one step", devices,
                                events.size()),
         .measured = time_words(us)});
  world.reset_totals();
  world.run_for(Duration(20'000));
  print({.measure = fmt::format("  {} plans, 20 s: all steps of the engine",
                                before + world.totals().commits),
         .measured = time_words(world.totals().step_us)});
  std::vector<double> times;
  world.run_for(Duration(2'000), times);
  std::ranges::sort(times);
  print({.measure = "  then, all plans done: reply to decision, p99",
         .aim = "< 1 ms",
         .measured = time_words(at_share(times, 0.99))});
}

}  // namespace

int main(int argc, char** argv) {
  const bench::Options options = bench::parse_options(argc, argv, {10'000}, 200, 100'000);
  if (options.header) bench::print_header();
  for (const std::size_t count : options.devices) {
    const auto devices = static_cast<std::uint32_t>(count / 2 * 2);
    EngineWorld world(devices);
    world.run_for(Duration(3'000));
    print_steady(devices, world, options.seconds);
    world.reset_totals();
    print_latency(devices, world, 2 * options.seconds);
    print_bursts(devices, world);
  }
  return 0;
}

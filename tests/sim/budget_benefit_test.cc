// What a poll budget is worth: a serial line whose UPSes go on battery together, with and without.
//
//   NIGHTWATT_COMPARE=1 test_sim --gtest_filter='BudgetBenefit.*'   prints the table of
//                                                                   docs/SIMULATION.md
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "tests/core/comm/line_world.h"

namespace nightwatt::core {
namespace {

using namespace std::chrono_literals;

constexpr DeviceId calm_one{11};

struct Played {
  double messages = 0;  // a second, on the line
  double skipped = 0;   // polls a minute that were due while the one before still waited
  double calm_wait_ms =
      0;  // from when a poll of the calm device is due until it starts, on average
};

// Eleven UPSes every 10 s, every second on battery; one device beside them that is calm. A message
// takes 250 ms, so the line carries four a second.
Played play(std::uint32_t budget_milli) {
  auto devices = shared_line(12, {CommId{0}}, 10s, 1s);
  for (DeviceRule& device : devices) device.poll_interval_alert = 1s;
  LineWorld world({CommRule{.name = "line", .budget_milli = budget_milli}}, devices);
  world.latency = 0ms;  // nothing waits yet: polls start when they are due
  world.run(Instant{} + 60s);
  world.latency = 250ms;
  const auto phase = [](Instant when) { return when.time_since_epoch() % Duration(10s); };
  Duration due{10s};
  for (const auto& [when, message] : world.sent) {
    if (message.device == calm_one) due = std::min(due, phase(when));
  }
  for (std::uint32_t i = 0; i < calm_one.value; ++i) {
    world.comm.set_alert(DeviceId{i}, true, world.now);
  }
  world.run(world.now + 60s);
  world.forget();
  const auto skipped = [&] {
    std::uint32_t sum = 0;
    for (std::uint32_t i = 0; i < devices.size(); ++i) {
      sum += world.comm.view(DeviceId{i}, world.now).polls_skipped;
    }
    return sum;
  };
  const std::uint32_t before = skipped();
  world.run(world.now + 1h);
  Played out;
  out.messages = static_cast<double>(world.sent.size()) / 3'600;
  out.skipped = (skipped() - before) / 60.0;
  Duration waited{0};
  for (const auto& [when, message] : world.sent) {
    if (message.device == calm_one) waited += (phase(when) - due + Duration(10s)) % Duration(10s);
  }
  out.calm_wait_ms =
      static_cast<double>(waited.count()) / static_cast<double>(world.sent_to(calm_one).size());
  return out;
}

TEST(BudgetBenefit, ALineWhoseUpsesGoOnBatteryTogether) {
  const Played without = play(0);
  const Played with = play(3'200);
  if (std::getenv("NIGHTWATT_COMPARE") != nullptr) {
    std::printf("| %.2f / %.2f | %.0f / %.0f | %.0f / %.0f |\n", without.messages, with.messages,
                without.skipped, with.skipped, without.calm_wait_ms, with.calm_wait_ms);
  }
  EXPECT_NEAR(with.messages, 3.2, 0.01) << "no more than the budget, and no less";
  EXPECT_LT(with.skipped, 1);
  EXPECT_GT(without.skipped, 60) << "the line was not overloaded: the row says nothing";
  EXPECT_LT(with.calm_wait_ms * 2, without.calm_wait_ms);
}

}  // namespace
}  // namespace nightwatt::core

#include "bench/compare/lane.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>

#include "bench/compare/child.h"

namespace nightwatt::bench {
namespace {

using Clock = std::chrono::steady_clock;

void pause_for(double seconds) { ::usleep(static_cast<useconds_t>(seconds * 1e6)); }

class Window {
 public:
  explicit Window(const Lane& lane)
      : lane_(lane), polls_(lane.polls()), cpu_us_(cpu_us_of(lane.pid)), began_(Clock::now()) {}

  void end(Cost& cost) const {
    const double seconds = std::chrono::duration<double>(Clock::now() - began_).count();
    const auto polls = static_cast<double>(lane_.polls() - polls_);
    cost.us_per_poll.push_back((cpu_us_of(lane_.pid) - cpu_us_) / std::max(1.0, polls));
    cost.rate.push_back(polls / seconds);
  }

 private:
  const Lane& lane_;
  std::uint64_t polls_;
  double cpu_us_;
  Clock::time_point began_;
};

}  // namespace

std::vector<Cost> measure_together(const std::vector<Lane>& lanes, double seconds, int rounds) {
  std::vector<Cost> out(lanes.size());
  for (int round = 0; round < rounds; ++round) {
    std::vector<Window> windows;
    for (const Lane& lane : lanes) windows.emplace_back(lane);
    pause_for(seconds);
    for (std::size_t i = 0; i < lanes.size(); ++i) windows[i].end(out[i]);
  }
  return out;
}

std::vector<Cost> measure_in_turns(const std::vector<Lane>& lanes, double seconds, int rounds) {
  std::vector<Cost> out(lanes.size());
  for (const Lane& lane : lanes) pause_child(lane.pid);
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t i = 0; i < lanes.size(); ++i) {
      resume_child(lanes[i].pid);
      pause_for(0.1);
      const Window window(lanes[i]);
      pause_for(seconds);
      window.end(out[i]);
      pause_child(lanes[i].pid);
    }
  }
  return out;
}

bool settled(const Lane& lane, std::uint64_t polls) {
  const auto over = [&] { return lane.polls() >= polls || has_ended(lane.pid); };
  return wait_until(120, over) && !has_ended(lane.pid);
}

void settle(const std::vector<Lane>& lanes, std::uint64_t polls) {
  for (std::size_t i = 0; i < lanes.size(); ++i) {
    if (settled(lanes[i], polls)) continue;
    fmt::print(stderr, "bench: client {} of this row made {} polls, not {}; it is {}\n", i + 1,
               lanes[i].polls(), polls, state_of(lanes[i].pid));
    std::exit(1);
  }
}

}  // namespace nightwatt::bench

#include "bench/compare/polled.h"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "bench/compare/child.h"
#include "bench/options.h"
#include "bench/table.h"

namespace nightwatt::bench {

Lane lane_of(pid_t pid, const TcpResponder& responder) {
  return {.pid = pid, .polls = [&responder] { return responder.counts().answered.load(); }};
}

void compare_polled(Compared line, Polled polled, const CompareOptions& options) {
  const std::uint64_t enough = 3 * polled.devices;
  std::vector<Lane> lanes = {polled.ours};
  if (polled.bare) lanes.push_back(*polled.bare);
  settle(lanes, enough);
  if (polled.peer && !settled(*polled.peer, enough)) {
    note(fmt::format("the peer does not poll; it is {}", state_of(polled.peer->pid)));
    polled.peer.reset();
  }
  if (polled.peer) lanes.push_back(*polled.peer);
  const std::vector<Cost> costs = measure_together(lanes, options.seconds, options.rounds);
  Compared rates{.measure = "the same: polls/s", .aim = fmt::format("{}", polled.devices)};
  const auto us = [&costs](std::size_t i) { return median(costs[i].us_per_poll); };
  const auto rate = [&costs](std::size_t i) {
    return fmt::format("{:.0f}", median(costs[i].rate));
  };
  line.nightwatt = time_words(us(0));
  rates.nightwatt = rate(0);
  std::size_t next = 1;
  if (polled.bare) {
    line.to_bare = ratio(us(0), us(next));
    line.bare = time_words(us(next));
    rates.bare = rate(next++);
  }
  if (polled.peer) {
    line.to_peer = ratio(us(0), us(next));
    line.peer = time_words(us(next));
    rates.peer = rate(next);
  }
  line.measure += ": CPU per poll";
  print(line);
  print(rates);
}

}  // namespace nightwatt::bench

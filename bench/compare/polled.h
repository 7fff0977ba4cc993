#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "bench/compare/lane.h"
#include "bench/compare/rows.h"
#include "bench/compare/tcp_responder.h"

// What the rows with devices that are polled once a second have in common.
namespace nightwatt::bench {

Lane lane_of(pid_t pid, const TcpResponder& responder);

struct Polled {
  std::size_t devices = 0;
  Lane ours{};
  std::optional<Lane> bare{};
  std::optional<Lane> peer{};
};

// Waits until all poll, measures them together and prints two lines: CPU per poll (`line` has the
// measure's name and aim) and polls/s. A peer that ended is left out, and a note says how it ended.
void compare_polled(Compared line, Polled polled, const CompareOptions& options);

}  // namespace nightwatt::bench

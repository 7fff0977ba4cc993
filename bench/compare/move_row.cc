// A comm device is disabled: what it costs to move its devices, and how they arrive elsewhere.
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "bench/compare/child.h"
#include "bench/compare/polled.h"
#include "bench/compare/rows.h"
#include "bench/compare/sites.h"
#include "bench/compare/tcp_responder.h"
#include "bench/daemon_process.h"
#include "bench/options.h"
#include "bench/table.h"

namespace nightwatt::bench {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int budget = 500;  // arrivals a second, the default

struct Moved {
  std::vector<double> cpu_us{};       // of the daemon until the last one was polled elsewhere
  std::vector<double> ordinary_us{};  // what its polls cost in as much time before
  std::vector<double> seconds{};
  std::vector<double> most_in_second{};
  std::vector<double> most_in_tenth{};
};

void disable(const Workplace& place, const char* comm) {
  const pid_t pid =
      start_program({NIGHTWATT_BINARY, "comm", comm, "disable", "--socket", place.file("socket")},
                    place.file("comm-log"));
  int status = 0;
  ::waitpid(pid, &status, 0);
  if (status == 0) return;
  fmt::print(stderr, "bench: `nightwatt comm {} disable` failed\n", comm);
  std::exit(1);
}

void move_once(std::size_t devices, std::size_t interval_ms, Moved& moved) {
  const TcpResponder first(TcpResponder::Protocol::nut);
  const TcpResponder second(TcpResponder::Protocol::nut);
  const Workplace place(daemon_config(SharedNutSite{.devices = devices,
                                                    .primary_port = first.port(),
                                                    .other_port = second.port(),
                                                    .interval_ms = interval_ms,
                                                    .arrivals_per_second = budget}));
  const DaemonProcess daemon(place);
  settle({lane_of(daemon.pid(), first)}, devices + devices / 2);
  const double idle_cpu = daemon.cpu_us();
  ::usleep(1'000'000);
  const double idle_us_per_s = daemon.cpu_us() - idle_cpu;
  second.counts().mark();
  const double cpu = daemon.cpu_us();
  const auto from = Clock::now();
  disable(place, "first");
  if (!wait_until(60, [&] { return second.counts().arrived >= devices; })) {
    fmt::print(stderr, "bench: {} of {} devices arrived within a minute\n",
               second.counts().arrived.load(), devices);
    std::exit(1);
  }
  const double seconds = std::chrono::duration<double>(Clock::now() - from).count();
  moved.cpu_us.push_back(daemon.cpu_us() - cpu);
  moved.ordinary_us.push_back(idle_us_per_s * seconds);
  moved.seconds.push_back(seconds);
  moved.most_in_second.push_back(static_cast<double>(second.counts().most_within(1'000)));
  moved.most_in_tenth.push_back(static_cast<double>(second.counts().most_within(100)));
}

}  // namespace

void run_move(const CompareOptions& options) {
  const std::size_t devices = options.smoke ? 50 : 1'000;
  Moved moved;
  for (int round = 0; round < options.rounds; ++round) {
    move_once(devices, options.smoke ? 1'000 : 10'000, moved);
  }
  print({.measure = fmt::format("{} UPSes off a disabled comm device: CPU", devices),
         .aim = "<=100 ms",
         .nightwatt = time_words(median(moved.cpu_us))});
  note(
      fmt::format("until the last one was polled elsewhere, {:.2f} s; in as much time before it "
                  "had used {} for its polls",
                  median(moved.seconds), time_words(median(moved.ordinary_us))));
  print({.measure = "the same: most polls at the destination within 1 s",
         .aim = fmt::format("<={}", budget),
         .nightwatt = fmt::format("{:.0f}", std::ranges::max(moved.most_in_second))});
  print({.measure = "the same: within 100 ms",
         .nightwatt = fmt::format("{:.0f}", std::ranges::max(moved.most_in_tenth))});
}

}  // namespace nightwatt::bench

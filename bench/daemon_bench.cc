// The real program on sites of 100 to 10,000 UPSes: validate, cold start, memory, and what a poll
// costs, beside a bare epoll client.
//
//     bench_daemon [--smoke] [--devices N] [--seconds S] [--rounds R] [--header]
//
// Each UPS has two paths and is polled once a second; two UPSes make a redundancy group with a
// remote server. The daemon polls one responder process, the bare client another one, at the same
// time and with the same width of slots, so that both see the same machine; ratios are what counts.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "bench/daemon_process.h"
#include "bench/nut_bare_client.h"
#include "bench/nut_bench_process.h"
#include "bench/options.h"
#include "bench/responder.h"
#include "bench/table.h"

namespace {

using namespace nightwatt;
using bench::print;

constexpr std::int32_t slot_ms = 20;  // as the engine's own

[[noreturn]] void serve_bare(std::size_t devices, std::uint16_t port, int ask, int tell) {
  bench::BareClient client(port, devices);
  for (std::size_t i = 0; i < devices; ++i) {
    client.start(i);
    if (i % 500 != 499) continue;
    while (client.in_flight() > 0)
      client.serve_until(bench::Clock::now() + std::chrono::milliseconds(1));
  }
  while (client.in_flight() > 0)
    client.serve_until(bench::Clock::now() + std::chrono::milliseconds(1));
  bench::put(tell, true);
  bench::WindowKind kind{};
  while (bench::get(ask, kind)) bench::put(tell, bench::run_window(client, devices, kind));
  std::_Exit(0);
}

std::string mib(std::size_t bytes) {
  return fmt::format("{:.1f} MiB", static_cast<double>(bytes) / (1 << 20));
}

void print_validate(const bench::Workplace& place, const std::string& head, int rounds) {
  std::vector<double> wall;
  std::size_t peak = 0;
  for (int round = 0; round < rounds; ++round) {
    const bench::Finished done = bench::validate(place);
    wall.push_back(done.wall_s);
    peak = std::max(peak, done.peak_bytes);
  }
  print({.measure = head + "validate, time",
         .aim = "< 1 s",
         .measured = fmt::format("{:.2f} s", bench::median(wall))});
  print({.measure = head + "validate, memory at its peak", .measured = mib(peak)});
}

double cold_start(const bench::Workplace& place, int rounds) {
  std::vector<double> times;
  for (int round = 0; round < rounds; ++round) {
    const bench::DaemonProcess daemon(place);
    times.push_back(daemon.start_s());
  }
  return bench::median(times);
}

struct Costs {
  std::vector<double> ours_us{};
  std::vector<double> bare_us{};
  std::vector<double> rate{};
};

void measure(Costs& costs, const bench::DaemonProcess& daemon, const bench::Responder& responder,
             const bench::Process& bare, double seconds) {
  bench::put(bare.requests, bench::WindowKind{seconds, false, slot_ms});
  const double cpu = daemon.cpu_us();
  const std::uint64_t polls = bench::polls_answered(responder);
  bench::Window window;
  if (!bench::get(bare.answers, window)) std::exit(1);
  const auto done = static_cast<double>(bench::polls_answered(responder) - polls);
  costs.ours_us.push_back((daemon.cpu_us() - cpu) / std::max(1.0, done));
  costs.rate.push_back(done / window.seconds);
  costs.bare_us.push_back(window.cpu_us / static_cast<double>(window.polls));
}

void print_polls(const std::string& head, const Costs& costs, std::size_t devices) {
  const double ours = bench::median(costs.ours_us);
  const double bare = bench::median(costs.bare_us);
  print({.measure = head + "polls/s at 1 s",
         .aim = fmt::format("{}", devices),
         .measured = fmt::format("{:.0f}", bench::median(costs.rate))});
  print({.measure = head + "CPU per poll",
         .aim = "<= 1.3 x",
         .measured = bench::time_words(ours),
         .baseline = bench::time_words(bare),
         .ratio = bench::ratio(ours, bare)});
}

// Until every device was polled, and its first failures, if any, are over.
void settle(const bench::Responder& responder, std::size_t devices) {
  while (bench::polls_answered(responder) < 3 * devices) ::usleep(50'000);
}

void run_site(std::size_t devices, std::size_t per_upsd, const bench::Options& options) {
  const bench::Responder responder = bench::launch_responder(per_upsd);
  const bench::Responder other = bench::launch_responder(1);
  const bench::Workplace place(bench::config_text({devices, per_upsd, responder.port}));
  const bench::Process bare =
      bench::fork_process([&](int ask, int tell) { serve_bare(devices, other.port, ask, tell); });
  bool ready = false;
  if (!bench::get(bare.answers, ready)) std::exit(1);
  const std::string head = per_upsd == 1
                               ? fmt::format("{} devices: ", devices)
                               : fmt::format("{} devices, {} per upsd: ", devices, per_upsd);
  if (per_upsd == 1) {
    print_validate(place, head, options.rounds);
    print({.measure = head + "cold start until the socket is there",
           .aim = "< 1 s",
           .measured = fmt::format("{:.2f} s", cold_start(place, options.rounds))});
  }
  {
    const bench::DaemonProcess daemon(place);
    settle(responder, devices);
    Costs costs;
    for (int round = 0; round < options.rounds; ++round) {
      measure(costs, daemon, responder, bare, options.seconds);
    }
    print_polls(head, costs, devices);
    print({.measure = head + "resident memory",
           .aim = devices == 10'000 ? "<= 30 MiB" : "-",
           .measured = mib(daemon.resident_bytes())});
    print({.measure = head + "resident memory at its peak", .measured = mib(daemon.peak_bytes())});
  }
  bench::end_process(bare);
  bench::end_process(other.process);
  bench::end_process(responder.process);
}

}  // namespace

int main(int argc, char** argv) {
  const bench::Options options = bench::parse_options(argc, argv, {100, 1'000, 10'000}, 50, 10'000);
  bench::raise_descriptor_limit();
  if (options.header) bench::print_header();
  for (const std::size_t devices : options.devices) {
    run_site(devices, 1, options);
    run_site(devices, 10, options);
  }
  return 0;
}

// Whole sites: memory, and what mute devices cost their neighbours.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "bench/compare/child.h"
#include "bench/compare/collectd.h"
#include "bench/compare/polled.h"
#include "bench/compare/rows.h"
#include "bench/compare/sites.h"
#include "bench/compare/tcp_responder.h"
#include "bench/daemon_process.h"
#include "bench/table.h"

namespace nightwatt::bench {
namespace {

void wait_s(double seconds) { ::usleep(static_cast<useconds_t>(seconds * 1e6)); }

// After a minute in which each idle path had its heartbeat.
void print_memory(const std::string& measure, const std::string& config,
                  const TcpResponder& responder, std::size_t devices,
                  const CompareOptions& options) {
  const Workplace place(config);
  write_profile(place);
  const DaemonProcess daemon(place);
  settle({lane_of(daemon.pid(), responder)}, 3 * devices);
  wait_s(options.smoke ? 0.5 : 65);
  const auto megabytes = [](std::size_t bytes) {
    return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
  };
  print({.measure = measure, .aim = "<=40 MB", .nightwatt = megabytes(daemon.resident_bytes())});
  print({.measure = "the same: at its peak", .nightwatt = megabytes(daemon.peak_bytes())});
}

// Until nothing was answered for half a second, five seconds at most: polls that come in waves are
// not cut by the ends of a window.
void wait_for_lull(const Counts& counts) {
  std::uint64_t last = counts.answered;
  for (int still = 0, looks = 0; still < 5 && looks < 50; ++looks) {
    wait_s(0.1);
    still = counts.answered == last ? still + 1 : 0;
    last = counts.answered;
  }
}

// Polls that were answered, as a share of those that healthy devices were due.
class HealthyShare {
 public:
  explicit HealthyShare(const TcpResponder& responder)
      : counts_(responder.counts()), answered_(counts_.answered) {}
  double of(double due) const { return static_cast<double>(counts_.answered - answered_) / due; }

 private:
  const Counts& counts_;
  std::uint64_t answered_;
};

std::string percent(double share) { return fmt::format("{:.2f} %", 100 * share); }

}  // namespace

void run_memory(const CompareOptions& options) {
  const std::size_t devices = options.smoke ? 100 : 10'000;
  const std::string head = fmt::format("resident memory, {} x 3 paths, ", devices);
  const TcpResponder modbus(TcpResponder::Protocol::modbus);
  print_memory(
      head + "Modbus devices",
      daemon_config(ModbusSite{.devices = devices, .port = modbus.port(), .alternates = 2}), modbus,
      devices, options);
  const TcpResponder nut(TcpResponder::Protocol::nut);
  print_memory(head + "NUT UPSes",
               daemon_config(NutSite{.devices = devices, .port = nut.port(), .alternates = 2}), nut,
               devices, options);
}

void run_mute_own(const CompareOptions& options) {
  const std::size_t devices = options.smoke ? 50 : 1'000;
  const Mute mute{.hosts_below = devices / 5};
  const TcpResponder ours(TcpResponder::Protocol::modbus, mute);
  const TcpResponder theirs(TcpResponder::Protocol::modbus, mute);
  const Workplace place(daemon_config(ModbusSite{.devices = devices, .port = ours.port()}));
  write_profile(place);
  const auto collectd = Collectd::start(ModbusSite{.devices = devices, .port = theirs.port()});
  const DaemonProcess daemon(place);
  const std::size_t healthy = devices - devices / 5;
  settle({lane_of(daemon.pid(), ours)}, 5 * healthy);
  const double seconds = options.smoke ? 1 : std::max(20.0, options.seconds);
  const HealthyShare share(ours);
  const HealthyShare their_share(theirs);
  wait_s(seconds);
  const double due = static_cast<double>(healthy) * seconds;
  Compared line{.measure = fmt::format("20 % mute, {} lines of one at 1 s: healthy polls", devices),
                .aim = ">=99.5 %",
                .nightwatt = percent(share.of(due))};
  if (collectd) {
    line.peer = percent(their_share.of(due));
    line.to_peer = ratio(share.of(due), their_share.of(due));
  }
  print(line);
}

void run_mute_shared(const CompareOptions& options) {
  const std::size_t lines = options.smoke ? 5 : 100;
  constexpr std::size_t per_line = 10;
  const TcpResponder responder(TcpResponder::Protocol::modbus, {.units_from = per_line - 1});
  const Workplace place(daemon_config(ModbusSite{.devices = lines * per_line,
                                                 .port = responder.port(),
                                                 .lines = lines,
                                                 .interval_ms = 5'000,
                                                 .timeout_ms = 500}));
  write_profile(place);
  const DaemonProcess daemon(place);
  wait_s(options.smoke ? 1 : 60);  // the mute ones are demoted after some polls
  const double seconds = options.smoke ? 5 : 60;
  wait_for_lull(responder.counts());
  const HealthyShare share(responder);
  const std::uint64_t ignored = responder.counts().ignored;
  wait_s(seconds);
  const double due = static_cast<double>(lines * (per_line - 2)) * seconds / 5;
  print({.measure = fmt::format("20 % mute, {} lines of ten at 5 s: healthy polls", lines),
         .aim = ">=99.5 %",
         .nightwatt = percent(share.of(due))});
  note(fmt::format("{} polls of mute devices in those {} s; {} were due",
                   responder.counts().ignored - ignored, seconds, lines * 2 * seconds / 5));
}

}  // namespace nightwatt::bench

// Modbus: what a poll costs when each device is polled once a second, and how many there can be.
#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

#include "bench/compare/bare_client.h"
#include "bench/compare/child.h"
#include "bench/compare/collectd.h"
#include "bench/compare/lane.h"
#include "bench/compare/modbus_driver_client.h"
#include "bench/compare/polled.h"
#include "bench/compare/rows.h"
#include "bench/compare/sites.h"
#include "bench/compare/tcp_responder.h"
#include "bench/daemon_process.h"
#include "bench/options.h"
#include "bench/table.h"

namespace nightwatt::bench {
namespace {

using Protocol = TcpResponder::Protocol;

// Why collectd does not poll more: how it ends with some devices more than it can have.
void show_ceiling(std::size_t devices) {
  const TcpResponder responder(Protocol::modbus);
  const auto collectd = Collectd::start(ModbusSite{.devices = devices, .port = responder.port()});
  if (!collectd) return;
  const std::string end = collectd->end_within(20);
  note(fmt::format("collectd with {} devices: {}; {}", devices, end, collectd->last_words()));
}

void run_paced(std::size_t devices, bool with_collectd, const std::string& aim,
               const CompareOptions& options) {
  const TcpResponder ours(Protocol::modbus);
  const TcpResponder bares(Protocol::modbus);
  const TcpResponder theirs(Protocol::modbus);
  const Workplace place(
      daemon_config(ModbusSite{.devices = devices, .port = ours.port(), .alternates = 1}));
  write_profile(place);
  std::unique_ptr<Collectd> collectd;
  if (with_collectd) {
    collectd = Collectd::start(ModbusSite{.devices = devices, .port = theirs.port()});
  }
  const DaemonProcess daemon(place);
  const Child bare(start_bare({.port = bares.port(), .devices = devices}, bare_modbus()));
  Polled polled{
      .devices = devices, .ours = lane_of(daemon.pid(), ours), .bare = lane_of(bare.pid(), bares)};
  if (collectd) polled.peer = lane_of(collectd->pid(), theirs);
  compare_polled({.measure = fmt::format("Modbus, {} devices at 1 s", devices), .aim = aim}, polled,
                 options);
}

// Flat out, each client on CPU 0. Its responder is on CPU 1; libmodbus, which waits for each reply,
// is fastest on the same one.
std::string count(double value) { return fmt::format("{:.0f}", value); }

void print_flat_out(std::size_t devices, const std::vector<Cost>& costs, bool with_libmodbus) {
  const auto rate = [&costs](std::size_t i) { return median(costs[i].rate); };
  const auto us = [&costs](std::size_t i) { return median(costs[i].us_per_poll); };
  const std::string names[] = {"driver", "daemon"};
  for (std::size_t i = 0; i < 2; ++i) {
    Compared line{
        .measure = fmt::format("Modbus, {} connections flat out, {}: polls/s", devices, names[i]),
        .aim = i == 0 ? ">=100k, >=0.6x" : "-",
        .to_bare = ratio(rate(i), rate(2)),
        .nightwatt = count(rate(i)),
        .bare = count(rate(2))};
    Compared each{.measure = "the same: polls per second of its own CPU",
                  .to_bare = ratio(us(2), us(i)),
                  .nightwatt = count(1e6 / us(i)),
                  .bare = count(1e6 / us(2))};
    if (with_libmodbus) {
      line.to_peer = ratio(rate(i), rate(3));
      line.peer = count(rate(3));
      each.to_peer = ratio(us(3), us(i));
      each.peer = count(1e6 / us(3));
    }
    print(line);
    print(each);
  }
  note(with_libmodbus ? "peer: a libmodbus loop that shares its CPU with its responder"
                      : "built without libmodbus");
}

}  // namespace

void run_modbus_1000(const CompareOptions& options) {
  run_paced(options.smoke ? 50 : 1'000, true, "<=1.3x, <peer", options);
}

void run_modbus_10000(const CompareOptions& options) {
  run_paced(options.smoke ? 100 : 10'000, false, "<=1.3x", options);
  if (!options.smoke) show_ceiling(1'100);
}

void run_modbus_max(const CompareOptions& options) {
  const std::size_t devices = options.smoke ? 50 : 1'000;
  use_cpu(1);
  const TcpResponder ours(Protocol::modbus);
  const TcpResponder daemons(Protocol::modbus);
  const TcpResponder bares(Protocol::modbus);
  use_cpu(0);
  const TcpResponder theirs(Protocol::modbus);
  // Ten devices behind each connection, each due 20 times a second: more than can be done.
  const Workplace place(daemon_config(ModbusSite{.devices = 10 * devices,
                                                 .port = daemons.port(),
                                                 .lines = devices,
                                                 .interval_ms = 50,
                                                 .timeout_ms = 600'000}));
  write_profile(place);
  const DaemonProcess daemon(place);
  const Child driver(start_driver_flat_out({ours.port(), devices, 0}));
  const Child bare(start_bare({.port = bares.port(), .devices = devices, .slot_ms = 0, .cpu = 0},
                              bare_modbus()));
  const Child loop(start_libmodbus_loop({theirs.port(), devices, 0}));
  use_cpu(-1);
  std::vector<Lane> lanes = {lane_of(driver.pid(), ours), lane_of(daemon.pid(), daemons),
                             lane_of(bare.pid(), bares)};
  if (loop.pid() > 0) lanes.push_back(lane_of(loop.pid(), theirs));
  settle(lanes, 2 * devices);
  const double seconds = options.smoke ? 0.3 : std::min(2.0, options.seconds);
  print_flat_out(devices, measure_in_turns(lanes, seconds, options.rounds), loop.pid() > 0);
  for (const Lane& lane : lanes) resume_child(lane.pid);
}

}  // namespace nightwatt::bench

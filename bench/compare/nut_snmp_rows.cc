// NUT and SNMP: what a poll costs when each device is polled once a second.
#include <fmt/format.h>

#include <string>

#include "bench/compare/bare_client.h"
#include "bench/compare/child.h"
#include "bench/compare/collectd.h"
#include "bench/compare/lane.h"
#include "bench/compare/polled.h"
#include "bench/compare/rows.h"
#include "bench/compare/sites.h"
#include "bench/compare/snmpd.h"
#include "bench/compare/tcp_responder.h"
#include "bench/daemon_process.h"

namespace nightwatt::bench {
namespace {

Lane lane_of(pid_t pid, const Snmpd& agent) {
  return {.pid = pid, .polls = [&agent] { return agent.messages(); }};
}

void run_snmp(bool v3, const CompareOptions& options) {
  if (!Snmpd::installed()) return note("SNMP: snmpd is not installed");
  const std::size_t devices = options.smoke ? 50 : 1'000;
  const Snmpd ours(v3);
  const Snmpd theirs(v3);
  const Workplace place(daemon_config(SnmpSite{devices, ours.port(), v3}));
  write_snmp_profile(place);
  const auto collectd = Collectd::start(SnmpSite{devices, theirs.port(), v3});
  const DaemonProcess daemon(place);
  Polled polled{.devices = devices, .ours = lane_of(daemon.pid(), ours)};
  if (collectd) polled.peer = lane_of(collectd->pid(), theirs);
  compare_polled(
      {.measure = fmt::format("SNMP {}, 10 objects, {} agents at 1 s", v3 ? "v3" : "v2c", devices),
       .aim = "<=1x peer"},
      polled, options);
}

}  // namespace

void run_nut_1000(const CompareOptions& options) {
  const std::size_t devices = options.smoke ? 50 : 1'000;
  const TcpResponder ours(TcpResponder::Protocol::nut);
  const TcpResponder bares(TcpResponder::Protocol::nut);
  const TcpResponder theirs(TcpResponder::Protocol::nut);
  const Workplace place(daemon_config(NutSite{devices, ours.port()}));
  const auto collectd = Collectd::start(NutSite{devices, theirs.port()});
  const DaemonProcess daemon(place);
  const Child bare(start_bare({.port = bares.port(), .devices = devices}, bare_nut()));
  Polled polled{
      .devices = devices, .ours = lane_of(daemon.pid(), ours), .bare = lane_of(bare.pid(), bares)};
  if (collectd) polled.peer = lane_of(collectd->pid(), theirs);
  compare_polled(
      {.measure = fmt::format("NUT, 18 variables, {} UPSes at 1 s", devices), .aim = "<=0.5x peer"},
      polled, options);
}

void run_snmp_v2c(const CompareOptions& options) { run_snmp(false, options); }
void run_snmp_v3(const CompareOptions& options) { run_snmp(true, options); }

}  // namespace nightwatt::bench

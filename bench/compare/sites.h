#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "bench/daemon_process.h"

// The configurations of the comparison's rows, for the daemon and for collectd.
namespace nightwatt::bench {

// Devices that read one holding register.
struct ModbusSite {
  std::size_t devices = 0;
  std::uint16_t port = 0;         // of a responder that serves all of 127.0.0.0/8
  std::size_t lines = 0;          // comm devices of the primary paths; 0: each device its own
  int alternates = 0;             // further paths, over gateways
  std::size_t per_gateway = 100;  // devices that share each of those
  std::size_t interval_ms = 1'000;
  std::size_t timeout_ms = 1'000;
};
std::string daemon_config(const ModbusSite& site);
// Writes the profile that daemon_config() names beside the configuration.
void write_profile(const Workplace& place);

// `folder` is for collectd's own files.
std::string collectd_config(const ModbusSite& site, const std::string& folder);

// UPSes behind upsds of their own; further paths of the daemon are upsds that 100 of them share.
struct NutSite {
  std::size_t devices = 0;
  std::uint16_t port = 0;  // of a responder that serves all of 127.0.0.0/8
  int alternates = 1;
};
std::string daemon_config(const NutSite& site);
std::string collectd_config(const NutSite& site, const std::string& folder);

// UPSes behind one upsd, which all have another one as failover path.
struct SharedNutSite {
  std::size_t devices = 0;
  std::uint16_t primary_port = 0;
  std::uint16_t other_port = 0;
  std::size_t interval_ms = 0;
  int arrivals_per_second = 0;  // that the other one may take
};
std::string daemon_config(const SharedNutSite& site);

// Agents that serve snmp_objects, read in one GET.
struct SnmpSite {
  std::size_t devices = 0;
  std::uint16_t port = 0;  // of an agent that serves all of 127.0.0.0/8
  bool v3 = false;         // SHA and AES-128; else v2c
};
std::string daemon_config(const SnmpSite& site);
void write_snmp_profile(const Workplace& place);
std::string collectd_config(const SnmpSite& site, const std::string& folder);
// What snmpd needs to know of it.
std::string snmpd_config(const SnmpSite& site);

}  // namespace nightwatt::bench

#include "bench/compare/sites.h"

#include <fmt/format.h>

#include <fstream>

#include "bench/compare/config_text.h"
#include "bench/loopback.h"

namespace nightwatt::bench {
namespace {

std::size_t rounded_up(std::size_t value, std::size_t by) { return (value + by - 1) / by; }

}  // namespace

std::string daemon_config(const ModbusSite& site) {
  const std::size_t lines = site.lines == 0 ? site.devices : site.lines;
  const std::size_t per_line = rounded_up(site.devices, lines);
  const std::size_t gateways = rounded_up(site.devices, site.per_gateway);
  std::string out =
      "behavior: {dry_run: true}\nprofile_files: [one-register.yaml]\ncomm_devices:\n";
  const auto comm = [&](const std::string& id, std::size_t host) {
    add(out, "  - {{id: {}, driver: modbus, host: {}, port: {}, profile: one-register", id,
        loopback_host(host), site.port);
    add(out, ", message_timeout_ms: {}}}\n", site.timeout_ms);
  };
  for (std::size_t i = 0; i < lines; ++i) comm(fmt::format("line-{:05}", i), i);
  for (int path = 0; path < site.alternates; ++path) {
    for (std::size_t i = 0; i < gateways; ++i) {
      comm(fmt::format("gate-{}-{:05}", path, i),
           gateways_from + static_cast<std::size_t>(path) * gateways + i);
    }
  }
  out += "devices:\n";
  for (std::size_t i = 0; i < site.devices; ++i) {
    add(out, "  - name: plc-{:05}\n    check_interval: {}ms\n    paths:\n", i, site.interval_ms);
    add(out, "      - {{comm: line-{:05}, unit: {}}}\n", i / per_line, 1 + i % per_line);
    for (int path = 0; path < site.alternates; ++path) {
      add(out, "      - {{comm: gate-{}-{:05}, unit: {}}}\n", path, i / site.per_gateway,
          1 + i % site.per_gateway);
    }
  }
  return out + "local_shutdown: {enabled: false}\n";
}

void write_profile(const Workplace& place) {
  std::ofstream(place.file("one-register.yaml"))
      << "profile: one-register\nprotocol: modbus\nvariables:\n"
         "  - {variable: tank.level, holding: 0}\n";
}

std::string collectd_config(const ModbusSite& site, const std::string& folder) {
  const double interval_s = static_cast<double>(site.interval_ms) / 1e3;
  std::string out = collectd_head(folder, interval_s);
  out +=
      "LoadPlugin modbus\n<Plugin modbus>\n"
      "<Data one>\nRegisterBase 0\nRegisterType Uint16\nRegisterCmd ReadHolding\nType gauge\n"
      "</Data>\n";
  for (std::size_t i = 0; i < site.devices; ++i) {
    add(out, "<Host plc{0}>\nAddress \"{1}\"\nPort \"{2}\"\nInterval {3}\n", i, loopback_host(i),
        site.port, interval_s);
    out += "<Slave 1>\nInstance s\nCollect one\n</Slave>\n</Host>\n";
  }
  return out + "</Plugin>\n";
}

}  // namespace nightwatt::bench

#include "bench/compare/config_text.h"
#include "bench/compare/sites.h"
#include "bench/loopback.h"

namespace nightwatt::bench {

std::string daemon_config(const NutSite& site) {
  constexpr std::size_t per_gateway = 100;
  const std::size_t gateways = (site.devices + per_gateway - 1) / per_gateway;
  std::string out = "behavior: {dry_run: true}\ncomm_devices:\n";
  const auto comm = [&](const std::string& id, std::size_t host) {
    add(out, "  - {{id: {}, driver: nut, host: {}, port: {}}}\n", id, loopback_host(host),
        site.port);
  };
  for (std::size_t i = 0; i < site.devices; ++i) comm(fmt::format("upsd-{:05}", i), i);
  for (int path = 0; path < site.alternates; ++path) {
    for (std::size_t i = 0; i < gateways; ++i) {
      comm(fmt::format("gate-{}-{:05}", path, i),
           gateways_from + static_cast<std::size_t>(path) * gateways + i);
    }
  }
  out += "ups:\n";
  for (std::size_t i = 0; i < site.devices; ++i) {
    add(out, "  - name: UPS-{0:05}\n    check_interval: 1\n    paths:\n", i);
    add(out, "      - {{comm: upsd-{:05}, unit: ups0}}\n", i);
    for (int path = 0; path < site.alternates; ++path) {
      add(out, "      - {{comm: gate-{}-{:05}, unit: u{}}}\n", path, i / per_gateway, i);
    }
  }
  return out + "local_shutdown: {enabled: false}\n";
}

// One read thread: with several, half of its starts end in a segmentation fault.
std::string collectd_config(const NutSite& site, const std::string& folder) {
  std::string out = collectd_head(folder, 1, 1) + "LoadPlugin nut\n<Plugin nut>\n";
  for (std::size_t i = 0; i < site.devices; ++i) {
    add(out, "UPS \"ups0@{}:{}\"\n", loopback_host(i), site.port);
  }
  return out + "</Plugin>\n";
}

std::string daemon_config(const SharedNutSite& site) {
  std::string out = "behavior: {dry_run: true}\ncomm_devices:\n";
  add(out, "  - {{id: first, driver: nut, host: {}, port: {}}}\n", loopback_host(0),
      site.primary_port);
  add(out, "  - {{id: second, driver: nut, host: {}, port: {}, arrivals_per_second: {}}}\n",
      loopback_host(1), site.other_port, site.arrivals_per_second);
  out += "ups:\n";
  for (std::size_t i = 0; i < site.devices; ++i) {
    add(out, "  - name: UPS-{0:05}\n    check_interval: {1}ms\n    paths:\n", i, site.interval_ms);
    add(out, "      - {{comm: first, unit: u{0}}}\n      - {{comm: second, unit: u{0}}}\n", i);
  }
  return out + "local_shutdown: {enabled: false}\n";
}

}  // namespace nightwatt::bench

#include "config/guarded.h"

#include <chrono>

namespace nightwatt::config {

using namespace std::chrono_literals;

void read_guarded(Section& section, core::DeviceRule& device) {
  section.duration("check_interval_alert", device.poll_interval_alert,
                   {.low = Duration{50}, .high = 1h});
  if (device.poll_interval_alert > device.poll_interval) {
    section.out().warning(section.pos_of("check_interval_alert"),
                          section.path("check_interval_alert") + " is longer than check_interval",
                          "it does nothing: polling only ever quickens");
  }
  if (device.mode == FailoverMode::guarded) device.probe_interval = 60s;
  section.duration("probe_interval", device.probe_interval, {.low = 1s, .high = 24h});
  section.flag("failover_dry_run", device.failover_dry_run);
  if (device.mode == FailoverMode::guarded) return;
  for (const char* key : {"probe_interval", "failover_dry_run"}) {
    if (!section.has(key)) continue;
    section.out().warning(section.pos_of(key), section.path(key) + " does nothing in compat mode");
  }
}

void read_line_guard(Section& section, core::CommRule& comm) {
  int devices = static_cast<int>(comm.crowd_devices);
  section.whole("crowd_devices", devices, 0, 100'000);
  comm.crowd_devices = static_cast<std::uint32_t>(devices);
  section.whole("crowd_percent", comm.crowd_percent, 1, 100);
  section.duration("crowd_within", comm.crowd_within, {.low = 1s, .high = 1h});
  section.whole("probes_per_second", comm.probes_per_second, 1, 1'000);
  section.whole("arrivals_per_second", comm.arrivals_per_second, 1, 1'000);
}

}  // namespace nightwatt::config

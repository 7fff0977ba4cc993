#include "config/config.h"

namespace nightwatt::config {

std::string_view starter() {
  return R"yaml(# Nightwatt: two UPSes feed one server; it is shut down when both feeds are gone.
#
#   nightwatt validate --config THIS    what it means, and every problem at once
#   nightwatt run --config THIS         start
#
# Every key: docs/CONFIG.md. Durations: 500ms, 30s, 5m, 2h, or a number of
# seconds. Eneru's keys keep their meaning.

behavior:
  # Nothing is really shut down. Watch it for a while, then write false.
  dry_run: true

# The ways to reach the UPSes: each is one NUT server. Two servers for each UPS
# keep it in sight when one of them, or the network to it, fails.
comm_devices:
  - {id: nut-1, driver: nut, host: 192.0.2.11}
  - {id: nut-2, driver: nut, host: 192.0.2.12}
  # With a login: username: mon, password_file: /etc/nightwatt/nut-1.pw (mode 600)

ups:
  - name: UPS-A
    paths:                       # in rank order: primary, first failover, ...
      - {comm: nut-1, unit: ups-a, initial_fail: 5s}
      - {comm: nut-2, unit: ups-a, retry_primary: 300s}
  - name: UPS-B
    paths:
      - {comm: nut-2, unit: ups-b, initial_fail: 5s}
      - {comm: nut-1, unit: ups-b, retry_primary: 300s}

triggers:                        # when a UPS on battery counts as failed
  low_battery_threshold: 20      # percent
  critical_runtime_threshold: 600  # seconds

redundancy_groups:
  - name: rack-1
    ups_sources: [UPS-A, UPS-B]
    min_healthy: 1               # one feed is enough
    degraded_counts_as: healthy  # on battery still feeds
    # A UPS that cannot be seen counts as failed only when something shows that
    # power really failed. A broken wire alone shuts nothing down ...
    unknown_counts_as: evidence
    # ... but seeing nothing at all for this long does: an unpowered network
    # switch looks just the same.
    blind_shutdown_after: 30m
    confirm_for: 5s              # countdown in which recovery cancels
    # A flag file that a crashed daemon left behind does not stop the shutdown.
    stray_flag: replace
    remote_servers:
      - name: Compute Item 1
        enabled: true
        host: 192.0.2.21
        user: root
        shutdown_command: shutdown -h now
        shutdown_order: 1        # lower first; equal ones at the same time

# This machine: set is_local: true in the group that feeds it, and enable this.
local_shutdown:
  enabled: false
)yaml";
}

}  // namespace nightwatt::config

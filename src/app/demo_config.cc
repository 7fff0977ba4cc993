// The file that the demo's daemon is started with. It is dry twice: behavior.dry_run, and nothing
// in it would do harm if it were carried out (addresses of RFC 5737, a command that does nothing).
#include <fmt/format.h>

#include "app/demo_stage.h"

namespace nightwatt::app {
namespace {

constexpr std::string_view head = R"yaml(# Written by nightwatt demo.
behavior:
  dry_run: true
comm_devices:
)yaml";

constexpr std::string_view tail = R"yaml(
triggers:
  low_battery_threshold: 20
  critical_runtime_threshold: 240
  on_battery_stabilization_delay: 1
  depletion: {grace_period: 10m}   # the demo's batteries drain in seconds
redundancy_groups:
  - name: server-1
    is_local: true
    ups_sources: [UPS-A, UPS-B]
    min_healthy: 1
    degraded_counts_as: healthy
    unknown_counts_as: evidence
    blind_shutdown_after: 30m
    stray_flag: replace
    remote_servers:
      - {name: web, enabled: true, host: 192.0.2.21, user: root, shutdown_order: 1,
         connect_timeout: 5, command_timeout: 10, shutdown_command: shutdown -h now}
      - {name: database, enabled: true, host: 192.0.2.22, user: root, shutdown_order: 1,
         connect_timeout: 5, command_timeout: 10, shutdown_command: shutdown -h now}
      - {name: storage, enabled: true, host: 192.0.2.23, user: root, shutdown_order: 2,
         connect_timeout: 5, command_timeout: 10, shutdown_command: shutdown -h now}
local_shutdown:
  enabled: true
  command: "true"
  message: ""
)yaml";

std::string comm_device(const rack::RackThread& rack, rack::Feed feed, rack::Line line) {
  return fmt::format("  - {{id: nut-{}{}, driver: nut, host: 127.0.0.1, port: {}}}\n",
                     feed == rack::Feed::a ? 'a' : 'b', line == rack::Line::first ? 1 : 2,
                     rack.port(feed, line));
}

std::string ups(char letter, const Pace& pace) {
  const char small = letter == 'A' ? 'a' : 'b';
  return fmt::format(
      "  - name: UPS-{}\n"
      "    check_interval: {}\n"
      "    rise: {}\n"
      "    paths:\n"
      "      - {{comm: nut-{}1, unit: ups1, initial_fail: {}ms}}\n"
      "      - {{comm: nut-{}2, unit: ups1, initial_fail: {}ms, retry_primary: {}ms}}\n",
      letter, seconds(pace.check_interval), pace.rise, small, pace.initial_fail.count(), small,
      pace.initial_fail.count(), pace.retry_primary.count());
}

}  // namespace

std::string demo_config(const rack::RackThread& rack, const Pace& pace) {
  std::string out(head);
  for (const rack::Feed feed : {rack::Feed::a, rack::Feed::b}) {
    for (const rack::Line line : {rack::Line::first, rack::Line::second}) {
      out += comm_device(rack, feed, line);
    }
  }
  out += "ups:\n" + ups('A', pace) + ups('B', pace) + std::string(tail);
  const std::string confirm = fmt::format("    confirm_for: {}ms\n", pace.confirm_for.count());
  return out.insert(out.find("    stray_flag"), confirm);
}

}  // namespace nightwatt::app

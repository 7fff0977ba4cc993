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

std::string comm_devices(const rack::RackThread& rack, rack::Feed feed) {
  const char letter = feed == rack::Feed::a ? 'a' : 'b';
  return fmt::format(
      "  - {{id: nut-{0}1, driver: nut, host: 127.0.0.1, port: {1}}}\n"
      "  - {{id: snmp-{0}2, driver: snmp, host: 127.0.0.1, port: {2}, community: public}}\n"
      "  - {{id: modbus-{0}3, driver: modbus, host: 127.0.0.1, port: {3}}}\n",
      letter, rack.port(feed, rack::Line::first), rack.snmp_port(feed), rack.modbus_port(feed));
}

// Three ways to one UPS, each in a language of its own.
std::string ups(char letter, const Pace& pace) {
  const char small = letter == 'A' ? 'a' : 'b';
  return fmt::format(
      "  - name: UPS-{0}\n"
      "    check_interval: {1}\n"
      "    rise: {2}\n"
      "    paths:\n"
      "      - {{comm: nut-{3}1, unit: ups1, initial_fail: {4}ms}}\n"
      "      - {{comm: snmp-{3}2, profile: rfc1628, message_timeout_ms: 400,\n"
      "         initial_fail: {4}ms, retry_primary: {5}ms}}\n"
      "      - {{comm: modbus-{3}3, unit: \"1\", profile: simulated-ups-modbus,\n"
      "         initial_fail: {4}ms, retry_primary: {5}ms}}\n",
      letter, seconds(pace.check_interval), pace.rise, small, pace.initial_fail.count(),
      pace.retry_primary.count());
}

}  // namespace

std::string demo_config(const rack::RackThread& rack, const Pace& pace) {
  std::string out(head);
  for (const rack::Feed feed : {rack::Feed::a, rack::Feed::b}) out += comm_devices(rack, feed);
  out += "ups:\n" + ups('A', pace) + ups('B', pace) + std::string(tail);
  const std::string confirm = fmt::format("    confirm_for: {}ms\n", pace.confirm_for.count());
  return out.insert(out.find("    stray_flag"), confirm);
}

}  // namespace nightwatt::app

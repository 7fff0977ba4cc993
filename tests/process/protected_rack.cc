#include "tests/process/protected_rack.h"

#include <fmt/format.h>

namespace nightwatt::process {

void ProtectedRack::SetUp() {
  if (const auto why = peers::RealUpsd::missing(); !why.empty()) GTEST_SKIP() << why;
  if (const auto why = peers::RealSshd::missing(); !why.empty()) GTEST_SKIP() << why;
  a = std::make_unique<peers::RealUpsd>();
  b = std::make_unique<peers::RealUpsd>();
  sshd = std::make_unique<peers::RealSshd>();
  on_line(*a);
  on_line(*b);
}

std::string ProtectedRack::server(const std::string& name, const std::string& word, int order,
                                  const std::string& more) const {
  return fmt::format(
      "      - name: {}\n        enabled: true\n        host: 127.0.0.1\n        port: {}\n"
      "        user: {}\n        ssh_key_path: {}\n        shutdown_command: \"{}\"\n"
      "        connect_timeout: 5\n        command_timeout: 10\n        shutdown_safety_margin: 1\n"
      "{}{}",
      name, sshd->port(), sshd->user(), sshd->key_file(), sshd->record(word),
      order > 0 ? fmt::format("        shutdown_order: {}\n", order) : "", more);
}

std::string ProtectedRack::config(const RackOptions& options) const {
  const auto ups = [&](const char* name, const char* comm) {
    return fmt::format(
        "  - name: {}\n    check_interval: {}\n"
        "    connection_loss_grace_period: {{duration: {}}}\n"
        "    paths: [{{comm: {}, unit: ups1, message_timeout_ms: 500, initial_fail: 0s}}]\n",
        name, options.interval_s, options.grace_s, comm);
  };
  return fmt::format(
      "comm_devices:\n  - {{id: nut-a, driver: nut, host: 127.0.0.1, port: {}}}\n"
      "  - {{id: nut-b, driver: nut, host: 127.0.0.1, port: {}}}\nups:\n{}{}triggers: {}\n"
      "redundancy_groups:\n  - name: rack\n    ups_sources: [UPS-A, UPS-B]\n{}"
      "    remote_servers:\n{}{}",
      a->port(), b->port(), ups("UPS-A", "nut-a"), ups("UPS-B", "nut-b"), options.triggers,
      options.group, options.servers.empty() ? server("compute", "down") : options.servers,
      options.more);
}

void ProtectedRack::begin(const RackOptions& options) {
  daemon.write_config(config(options));
  ASSERT_TRUE(daemon.start()) << daemon.log();
  ASSERT_TRUE(wait_until([&] {
    return state_of("UPS-A") == "HEALTHY" && state_of("UPS-B") == "HEALTHY" &&
           daemon.group("rack")["healthy_count"] == 2;
  })) << told();
}

void ProtectedRack::on_line(peers::RealUpsd& upsd) {
  upsd.set("ups1", "battery.charge", "100");
  upsd.set("ups1", "battery.runtime", "3600");
  upsd.set("ups1", "ups.status", "OL");
}

void ProtectedRack::on_battery(peers::RealUpsd& upsd, int charge) {
  upsd.set("ups1", "battery.charge", std::to_string(charge));
  upsd.set("ups1", "ups.status", "OB DISCHRG");
}

}  // namespace nightwatt::process

#include "config/remote.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/address.h"
#include "config/limits.h"

namespace nightwatt::config {
namespace {

const DurationRange timeout_range{.low = Duration{100}, .high = std::chrono::hours(24)};

// Eneru's named actions that this version cannot do.
constexpr std::string_view later_actions[] = {
    "stop_containers",    "stop_containers_rootless", "stop_vms",      "stop_proxmox_vms",
    "stop_proxmox_cts",   "stop_xcpng_vms",           "stop_esxi_vms", "stop_compose",
    "unmount_filesystems"};

// The command of a named action, "" when there is none (reported).
std::string command_of(Section& section, const std::string& action, bool use_sudo, bool enabled) {
  if (action == "sync") return use_sudo ? "sudo -n sync" : "sync";
  const SourcePos pos = section.pos_of("action");
  if (std::ranges::find(later_actions, action) == std::end(later_actions)) {
    std::vector<std::string_view> known(std::begin(later_actions), std::end(later_actions));
    known.push_back("sync");
    section.out().error(pos, "unknown action '" + action + "'", meant(action, known));
  } else if (enabled) {
    not_part(section.out(), pos, "action '" + action + "'",
             "write what it should do as 'command:', with a 'timeout:'");
  }
  return {};
}

void read_pre_shutdown(const Item& node, const std::string& label, bool use_sudo,
                       RemoteWritten& server, Diagnostics& out) {
  Section section(node, label, out);
  if (node.kind != ItemKind::mapping) return;
  RemoteCommand command;
  command.timeout = server.command_timeout;
  std::string action;
  const bool has_action = section.text("action", action);
  const bool has_command = section.text("command", command.command);
  section.duration("timeout", command.timeout, timeout_range);
  section.ignore({"path", "mounts"});  // of actions that are refused above
  section.finish();
  if (has_action == has_command) {
    out.error(section.pos(),
              label + (has_action ? " has an action and a command" : " has no command"),
              "write one of 'action' and 'command'");
    return;
  }
  if (has_action) command.command = command_of(section, action, use_sudo, server.enabled);
  if (!command.command.empty()) server.action.pre_shutdown.push_back(std::move(command));
}

void read_all_pre_shutdown(Section& section, bool use_sudo, RemoteWritten& server) {
  const Item* list = section.take_list("pre_shutdown_commands");
  if (list == nullptr) return;
  if (list->children.size() > pre_shutdown_commands_max) {
    section.out().error(
        list->pos, fmt::format("{} has more than {} entries", section.path("pre_shutdown_commands"),
                               pre_shutdown_commands_max));
    return;
  }
  for (std::size_t i = 0; i < list->children.size(); ++i) {
    read_pre_shutdown(*list->children[i],
                      fmt::format("{}[{}]", section.path("pre_shutdown_commands"), i + 1), use_sudo,
                      server, section.out());
  }
}

void read_order(Section& section, RemoteWritten& server) {
  int order = 0;
  if (section.whole("shutdown_order", order, 1, 10'000)) server.shutdown_order = order;
  bool parallel = true;
  const bool has_parallel = section.flag("parallel", parallel);
  server.before_the_rest = has_parallel && !parallel;
  if (server.shutdown_order && has_parallel) {
    section.out().error(section.pos_of("parallel"),
                        section.label() + " has both 'shutdown_order' and 'parallel'",
                        "keep one: 'parallel: false' means before all servers without an order");
  }
  section.texts("depends_on", server.depends_on);
  section.flag("wait_down", server.wait_down);
}

void read_login(Section& section, RemoteAction& action) {
  section.text("ssh_key_path", action.key_file);
  section.text("known_hosts_file", action.known_hosts_file);
  section.choice("host_key_policy", action.host_key_policy,
                 {{"accept-new", HostKeyPolicy::accept_new}, {"strict", HostKeyPolicy::strict}});
  int port = action.port;
  const bool has_port = section.whole("port", port, 1, 65535);
  const bool has_alias = section.whole("ssh_port", port, 1, 65535);
  if (has_port && has_alias) {
    section.out().error(section.pos_of("ssh_port"),
                        section.label() + " has both 'port' and 'ssh_port'");
  }
  action.port = static_cast<std::uint16_t>(port);
  section.duration("connect_timeout", action.connect_timeout,
                   {.low = Duration{100}, .high = std::chrono::hours(1)});
  read_ssh_options(section, action);
}

void read_target(Section& section, RemoteWritten& server) {
  Located<std::string> host, user;
  const bool has_host = section.name("host", host);
  const bool has_user = section.name("user", user);
  server.action.host = host.value;
  server.action.user = user.value;
  server.pos = has_host ? host.pos : section.pos();
  if (has_host && !is_host(host.value)) {
    section.out().error(host.pos, section.path("host") + " is no host name or address");
  }
  if (has_user && (user.value.find_first_of(" @") != std::string::npos || user.value[0] == '-')) {
    section.out().error(user.pos, section.path("user") + " is no user name");
  }
  if (!server.enabled) return;
  if (!section.has("host")) section.out().error(section.pos(), section.label() + " has no 'host'");
  if (!section.has("user")) section.out().error(section.pos(), section.label() + " has no 'user'");
}

void read_commands(Section& section, RemoteWritten& server) {
  RemoteAction& action = server.action;
  bool use_sudo = false;
  section.flag("use_sudo", use_sudo);
  section.duration("command_timeout", server.command_timeout, timeout_range);
  section.duration("shutdown_safety_margin", server.safety_margin);
  action.shutdown.command = "sudo shutdown -h now";
  section.text("shutdown_command", action.shutdown.command);
  action.shutdown.timeout = server.command_timeout;
  const bool has_sudo = action.shutdown.command.starts_with("sudo ");
  if (use_sudo && !has_sudo) action.shutdown.command = "sudo -n " + action.shutdown.command;
  if (server.enabled && !use_sudo && !has_sudo && action.user != "root" && !action.user.empty()) {
    section.out().warning(
        section.pos_of("shutdown_command"),
        fmt::format("{} runs as '{}' without sudo", section.path("shutdown_command"), action.user),
        "use_sudo: true, when that user may not run it by itself");
  }
  read_all_pre_shutdown(section, use_sudo, server);
}

void read_loopback(Section& section, bool enabled) {
  bool loopback = false;
  if (section.flag("is_host_loopback", loopback) && loopback && enabled) {
    not_part(section.out(), section.pos_of("is_host_loopback"), "is_host_loopback",
             "run Nightwatt on the host itself");
  }
  section.ignore({"host_identity_command", "expected_host_identity"});
}

RemoteWritten read_remote_server(const Item& node, std::string label, Diagnostics& out) {
  Section section(node, std::move(label), out);
  RemoteWritten server;
  if (node.kind != ItemKind::mapping) return server;
  if (section.name("name", server.name)) {
    const std::string list = section.label().substr(0, section.label().rfind('['));
    section.rename(list + "['" + server.name.value + "']");
  }
  section.flag("enabled", server.enabled);
  read_target(section, server);
  if (server.name.value.empty()) server.name = {server.action.host, server.pos};
  read_login(section, server.action);
  read_commands(section, server);
  read_order(section, server);
  section.flag("dry_run", server.dry_run);
  read_loopback(section, server.enabled);
  section.finish();
  return server;
}

}  // namespace

void read_remote_servers(Section& parent, std::vector<RemoteWritten>& into) {
  const Item* list = parent.take_list("remote_servers");
  if (list == nullptr) return;
  if (list->children.size() > remote_servers_max) {
    parent.out().error(list->pos, fmt::format("{} has more than {} entries",
                                              parent.path("remote_servers"), remote_servers_max));
    return;
  }
  for (std::size_t i = 0; i < list->children.size(); ++i) {
    into.push_back(read_remote_server(*list->children[i],
                                      fmt::format("{}[{}]", parent.path("remote_servers"), i + 1),
                                      parent.out()));
  }
}

}  // namespace nightwatt::config

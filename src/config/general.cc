#include "config/general.h"

#include "config/address.h"
#include "config/command_line.h"

namespace nightwatt::config {
namespace {

void read_behavior(Section& root, Draft& draft) {
  const Item* node = root.take("behavior");
  if (node == nullptr) return;
  Section section(*node, "behavior", draft.out);
  section.flag("dry_run", draft.config.dry_run);
  section.finish();
}

void read_syslog(Section& parent) {
  const Item* node = parent.take("syslog");
  if (node == nullptr) return;
  Section section(*node, parent.path("syslog"), parent.out());
  bool enabled = false;
  if (section.flag("enabled", enabled) && enabled) {
    not_part(parent.out(), section.pos_of("enabled"), "logging.syslog",
             "enabled: false; under systemd the journal forwards to syslog");
  }
  section.ignore({"address", "port", "facility"});
  section.finish();
}

void read_logging(Section& root, Draft& draft) {
  const Item* node = root.take("logging");
  if (node == nullptr) return;
  Section section(*node, "logging", draft.out);
  Logging& logging = draft.config.logging;
  section.text("file", logging.file);
  section.choice("level", logging.level,
                 {{"debug", LogLevel::debug},
                  {"info", LogLevel::info},
                  {"warning", LogLevel::warning},
                  {"error", LogLevel::error}});
  section.choice("format", logging.format, {{"text", LogFormat::text}, {"json", LogFormat::json}});
  for (const std::string_view key : {"state_file", "battery_history_file"}) {
    if (section.take(key) == nullptr) continue;
    draft.out.note(section.pos_of(key), section.path(key) + " is not used",
                   "'nightwatt status --json' has the state, --state-dir the history");
  }
  if (section.take("shutdown_flag_file") != nullptr) {
    draft.out.note(section.pos_of("shutdown_flag_file"), "logging.shutdown_flag_file is not used",
                   "--run-dir says where re-entry flags are; the default is /var/run");
  }
  read_syslog(section);
  section.finish();
}

void read_api_auth(Section& api) {
  const Item* node = api.take("auth");
  if (node == nullptr) return;
  Section section(*node, api.path("auth"), api.out());
  for (const std::string_view key : {"enabled", "require_for_reads"}) {
    bool on = false;
    if (!section.flag(key, on) || !on) continue;
    not_part(
        api.out(), section.pos_of(key), section.path(key),
        "the API listens on loopback only; the Unix socket's permissions decide who may use it");
  }
  section.ignore({"session_ttl", "db_path"});
  section.finish();
}

void read_api(Section& root, Draft& draft) {
  const Item* node = root.take("api");
  if (node == nullptr) return;
  Section section(*node, "api", draft.out);
  TcpApi& api = draft.config.api;
  section.flag("enabled", api.enabled);
  section.text("bind", api.bind);
  int port = api.port;
  if (section.whole("port", port, 1, 65535)) api.port = static_cast<std::uint16_t>(port);
  if (api.enabled && !is_loopback(lower_case(api.bind))) {
    not_part(draft.out, section.pos_of("bind"), "an api that listens on anything but loopback",
             "bind: 127.0.0.1, and a reverse proxy that authenticates in front of it");
  }
  std::vector<Located<std::string>> hosts;
  section.texts("allowed_hosts", hosts);
  if (!hosts.empty() && api.enabled) {
    not_part(draft.out, section.pos_of("allowed_hosts"), "api.allowed_hosts", "allowed_hosts: []");
  }
  read_api_auth(section);
  section.finish();
}

// The command as text (split like a shell would, without its powers) or as a list of arguments.
void read_command(Section& section, std::vector<std::string>& argv) {
  const Item* node = section.take("command");
  if (node == nullptr) return;
  if (node->kind == ItemKind::list) {
    std::vector<Located<std::string>> words;
    section.texts("command", words);
    argv.clear();
    for (auto& word : words) argv.push_back(std::move(word.value));
    if (argv.empty()) section.out().error(node->pos, section.path("command") + " is empty");
    return;
  }
  std::string text;
  if (!section.text("command", text)) return;
  auto words = split_command(text);
  if (words) {
    argv = std::move(*words);
  } else {
    section.out().error(node->pos, section.path("command") + ": " + words.error().what,
                        "no shell reads it: write a script and name that");
  }
}

}  // namespace

void read_general(Section& root, Draft& draft) {
  read_behavior(root, draft);
  read_logging(root, draft);
  read_api(root, draft);
}

void read_local_shutdown(Section& root, Draft& draft) {
  const Item* node = root.take("local_shutdown");
  if (node == nullptr) return;
  Section section(*node, "local_shutdown", draft.out);
  LocalWritten& local = draft.local;
  section.flag("enabled", local.enabled);
  section.flag("dry_run", local.dry_run);
  std::string message = local.argv.back();
  local.argv.pop_back();
  read_command(section, local.argv);
  section.any_text("message", message);
  if (!message.empty()) local.argv.push_back(std::move(message));
  TriggerOn trigger_on{};
  if (section.choice("trigger_on", trigger_on,
                     {{"any", TriggerOn::any}, {"none", TriggerOn::none}})) {
    local.trigger_on = {trigger_on, section.pos_of("trigger_on")};
  }
  for (const std::string_view key : {"wall", "drain_on_local_shutdown"}) {
    bool on = false;
    if (!section.flag(key, on) || !on || !local.enabled) continue;
    not_part(draft.out, section.pos_of(key), section.path(key), std::string(key) + ": false");
  }
  section.finish();
}

}  // namespace nightwatt::config

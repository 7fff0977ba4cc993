#include "config/owned.h"

#include "config/remote.h"

namespace nightwatt::config {
namespace {

constexpr std::string_view owned_keys[] = {"remote_servers", "virtual_machines", "containers",
                                           "docker", "filesystems"};

void needs_local(OwnedWritten& into, const Section& section, std::string_view key) {
  if (!into.local_resource) into.local_resource = {section.path(key), section.pos_of(key)};
}

// A section that does something when `enabled: true`, which this version has not.
void read_absent_executor(Section& parent, std::string_view key, const std::string& hint,
                          std::initializer_list<std::string_view> keys, OwnedWritten& into) {
  const Item* node = parent.take(key);
  if (node == nullptr) return;
  Section section(*node, parent.path(key), parent.out());
  bool enabled = false;
  section.flag("enabled", enabled);
  section.ignore(keys);
  section.finish();
  if (!enabled) return;
  needs_local(into, section, "enabled");
  not_part(parent.out(), section.pos_of("enabled"), section.label(), hint);
}

void read_filesystems(Section& parent, OwnedWritten& into) {
  const Item* node = parent.take("filesystems");
  if (node == nullptr) return;
  Section section(*node, parent.path("filesystems"), parent.out());
  bool sync = false;
  if (section.flag("sync_enabled", sync) && sync) {
    into.sync = section.pos_of("sync_enabled");
    needs_local(into, section, "sync_enabled");
  }
  read_absent_executor(section, "unmount",
                       "unmounting is left to the system's own shutdown: enabled: false",
                       {"timeout", "mounts"}, into);
  section.finish();
}

}  // namespace

void read_owned(Section& parent, OwnedWritten& into) {
  read_remote_servers(parent, into.remotes);
  const std::string hint =
      "write enabled: false; a remote server's pre_shutdown_commands can run commands";
  read_absent_executor(parent, "virtual_machines", hint, {"max_wait"}, into);
  for (const std::string_view key : {"containers", "docker"}) {
    read_absent_executor(parent, key, hint,
                         {"runtime", "stop_timeout", "compose_files",
                          "shutdown_all_remaining_containers", "include_user_containers"},
                         into);
  }
  read_filesystems(parent, into);
}

std::optional<Located<std::string>> owned_key(const Section& parent) {
  for (const std::string_view key : owned_keys) {
    if (parent.has(key)) return Located<std::string>{std::string(key), parent.pos_of(key)};
  }
  return {};
}

void read_run(Section& parent, bool is_group, RunWritten& into) {
  parent.duration("confirm_for", into.confirm_for);
  parent.duration("return_after", into.return_after);
  parent.flag("hurry", into.hurry);
  parent.flag("dry_run", into.dry_run);
  if (!is_group) return;
  parent.choice("stray_flag", into.stray_flag,
                {{"suppress", core::StrayFlag::suppress}, {"replace", core::StrayFlag::replace}});
}

}  // namespace nightwatt::config

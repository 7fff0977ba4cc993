#include "config/conditions.h"
#include "config/config.h"
#include "config/control.h"
#include "config/destinations.h"
#include "config/devices.h"
#include "config/foreign.h"
#include "config/general.h"
#include "config/groups.h"
#include "config/kept.h"
#include "config/owned.h"
#include "config/ownership.h"
#include "config/poll_budget.h"
#include "config/profiles/profiles.h"
#include "config/schedules.h"
#include "config/section.h"
#include "config/site.h"
#include "config/snmp.h"
#include "config/triggers.h"
#include "config/ups.h"
#include "config/written.h"
#include "yaml/tree.h"

namespace nightwatt::config {

std::string_view to_string(LogLevel level) {
  switch (level) {
    case LogLevel::debug: return "debug";
    case LogLevel::info: return "info";
    case LogLevel::warning: return "warning";
    case LogLevel::error: return "error";
  }
  return "info";
}

std::string_view to_string(LogFormat format) {
  switch (format) {
    case LogFormat::text: return "text";
    case LogFormat::json: return "json";
  }
  return "text";
}

Loaded load(std::string_view file_name, std::string_view text, const Environment& environment) {
  Loaded loaded;
  yaml::Tree tree;
  const Item* document =
      tree.parse(text, loaded.diagnostics, "'nightwatt init' writes one to start from");
  if (document == nullptr) return loaded;

  Draft draft{file_name, environment, loaded.diagnostics};
  Section root(*document, "", loaded.diagnostics);
  if (document->kind == ItemKind::mapping) {
    read_general(root, draft);
    read_triggers(root, TriggersOf::ups, draft, draft.triggers);
    read_profile_files(root, draft);
    read_destinations(root, draft);
    read_comm_devices(root, draft);
    read_snmp_traps(root, draft);
    read_ups(root, draft);
    read_devices(root, draft);
    read_groups(root, draft);
    read_local_shutdown(root, draft);
    read_foreign(root, draft);
    root.finish();
    check_destinations(draft);
    set_default_budgets(draft);
    build_plans(draft);
    check_schedules(draft);
    check_conditions(draft);
    build_controls(draft);
    build_kept_names(draft);
    check_ownership(draft);
    build_groups(draft);
  }
  loaded.diagnostics.sort();
  if (loaded.diagnostics.ok()) loaded.config = std::move(draft.config);
  return loaded;
}

}  // namespace nightwatt::config

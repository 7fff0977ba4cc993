#include "config/foreign.h"

#include "config/secret.h"

namespace nightwatt::config {
namespace {

struct Foreign {
  std::string_view key;
  std::initializer_list<std::string_view> keys;  // besides `enabled`
};

const Foreign per_ups[] = {
    {"nut_control", {"username", "password", "allowed_commands", "allowed_variables", "timeout"}},
    {"battery_health",
     {"update_interval", "nominal_runtime_seconds", "battery_install_date", "expected_life_years",
      "warn_score", "critical_score", "replacement"}},
    {"self_test", {"schedule", "time", "command", "result_poll_after"}},
};
const Foreign global[] = {
    {"prometheus", {}},
    {"remote_health",
     {"startup_check", "interval", "probe_command", "failure_threshold", "notify_on_failure",
      "notify_on_recovery"}},
    {"mqtt", {"broker", "topic_prefix", "publish_interval", "username", "password"}},
    {"reports",
     {"daily", "weekly", "monthly", "time", "weekly_day", "monthly_day", "include", "format"}},
    {"energy", {"cost_per_kwh", "currency", "cost_format", "nominal_power"}},
    {"statistics", {"db_directory", "retention"}},
};

void check_password(const Draft& draft, const Section& section) {
  if (!section.has("password")) return;
  check_inline_secret(draft, section.pos_of("password"), section.path("password"));
}

void read_one(Section& parent, const Foreign& foreign, Draft& draft) {
  const Item* node = parent.take(foreign.key);
  if (node == nullptr) return;
  Section section(*node, parent.path(foreign.key), draft.out);
  bool enabled = false;
  const bool written = section.flag("enabled", enabled);
  section.ignore(foreign.keys);
  section.finish();
  check_password(draft, section);
  if (enabled) {
    not_part(draft.out, section.pos_of("enabled"), section.label(), "enabled: false");
  } else if (!written) {
    draft.out.note(parent.key_pos(foreign.key), section.label() + " is not used by this version");
  }
}

void read_notifications(Section& root, Draft& draft) {
  const Item* node = root.take("notifications");
  if (node == nullptr) return;
  Section section(*node, "notifications", draft.out);
  bool enabled = false;
  const bool written = section.flag("enabled", enabled);
  const Item* urls = section.take_list("urls");
  const bool has_urls = urls != nullptr && !urls->children.empty();
  const bool has_discord = section.take("discord") != nullptr;
  section.ignore({"title", "avatar_url", "timeout", "retry_interval", "retry_backoff_max",
                  "suppress", "voltage_hysteresis_seconds", "retention_days", "max_attempts",
                  "max_age_days", "max_pending"});
  section.finish();
  const std::string hint = "write enabled: false there, or remove the section";
  if (enabled) {
    not_part(draft.out, section.pos_of("enabled"), "notifications", "enabled: false");
  } else if (!written && has_urls) {
    not_part(draft.out, section.key_pos("urls"), "notifications.urls", hint);
  } else if (!written && has_discord) {
    not_part(draft.out, section.pos_of("discord"), "notifications.discord", hint);
  } else if (!written) {
    draft.out.note(root.key_pos("notifications"), "notifications is not used by this version");
  }
}

}  // namespace

void read_foreign(Section& root, Draft& draft) {
  read_notifications(root, draft);
  for (const Foreign& foreign : global) read_one(root, foreign, draft);
  for (const Foreign& foreign : per_ups) read_one(root, foreign, draft);
}

void read_foreign_of_ups(Section& ups, Draft& draft) {
  for (const Foreign& foreign : per_ups) read_one(ups, foreign, draft);
}

}  // namespace nightwatt::config

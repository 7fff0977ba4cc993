#include "app/daemon_settings.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

namespace nightwatt::app {
LogSettings log_settings(const RunOptions& options, const config::Logging& logging) {
  const std::string level(options.log_level.empty() ? to_string(logging.level)
                                                    : std::string_view(options.log_level));
  const std::string format(options.log_format.empty() ? to_string(logging.format)
                                                      : std::string_view(options.log_format));
  LogSettings out;
  out.file = logging.file;
  out.format = format == "json" ? LogFormat::json : LogFormat::text;
  if (level == "debug") out.level = Severity::debug;
  if (level == "warning") out.level = Severity::warning;
  if (level == "error") out.level = Severity::error;
  return out;
}

std::vector<std::string> guarded_groups(const core::Site& site) {
  std::vector<std::string> names;
  for (const core::GroupRule& group : site.groups) {
    if (group.plan.uses_flag) names.push_back(group.name);
  }
  return names;
}

void make_dry(core::Site& site) {
  for (core::GroupRule& group : site.groups) {
    for (core::StepRule& step : group.plan.steps) step.dry_run = true;
  }
}

void shed(config::Config& config) {
  config.site = core::Site{};
  config.endpoints = std::vector<config::CommEndpoint>{};  // `= {}` would keep the memory
  config.origins = std::vector<config::Origins>{};
  config.snmp_traps.reset();
}

}  // namespace nightwatt::app

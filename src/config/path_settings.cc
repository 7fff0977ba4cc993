#include "config/path_settings.h"

#include <fmt/format.h>

#include <string_view>

#include "config/duration.h"
#include "config/section.h"

namespace nightwatt::config {
namespace {

void read_duration(Section& section, std::string_view key, std::optional<Duration>& into,
                   DurationRange range = {}) {
  Duration value{};
  if (section.duration(key, value, range)) into = value;
}

std::string_view came_from(Origin origin) {
  switch (origin) {
    case Origin::built_in: return "";
    case Origin::comm_device: return " (comm device)";
    case Origin::destination: return " (destination)";
    case Origin::path: return " (path)";
  }
  return "";
}

}  // namespace

PathSettings read_path_settings(Section& section) {
  PathSettings out;
  const DurationRange timeout{
      .low = Duration{1}, .high = std::chrono::minutes(10), .bare_unit = Duration{1}};
  const DurationRange delay{.high = std::chrono::minutes(10), .bare_unit = Duration{1}};
  read_duration(section, "message_timeout_ms", out.message_timeout, timeout);
  read_duration(section, "message_delay_ms", out.message_delay, delay);
  int attempts = 1;
  if (section.whole("poll_attempts", attempts, 1, 100)) out.poll_attempts = attempts;
  read_duration(section, "initial_fail", out.initial_fail);
  read_duration(section, "subsequent_fail", out.subsequent_fail);
  read_duration(section, "retry_primary", out.retry_primary);
  bool metered = false;
  if (section.flag("metered", metered)) out.metered = metered;
  return out;
}

void lay_over(const PathSettings& written, Origin origin, core::PathRule& rule, Origins& origins) {
  const auto lay = [&](PathSetting setting, const auto& value, auto& into) {
    if (!value) return;
    into = *value;
    origins[static_cast<std::size_t>(setting)] = origin;
  };
  lay(PathSetting::message_timeout, written.message_timeout, rule.message_timeout);
  lay(PathSetting::message_delay, written.message_delay, rule.message_delay);
  lay(PathSetting::poll_attempts, written.poll_attempts, rule.poll_attempts);
  lay(PathSetting::initial_fail, written.initial_fail, rule.initial_fail);
  lay(PathSetting::subsequent_fail, written.subsequent_fail, rule.subsequent_fail);
  lay(PathSetting::retry_primary, written.retry_primary, rule.retry_primary);
  lay(PathSetting::metered, written.metered, rule.metered);
}

std::string show_path_settings(const core::DeviceRule& device, std::size_t index,
                               const Origins& origins) {
  const core::PathRule& path = device.paths[index];
  const auto from = [&](PathSetting setting) {
    return came_from(origins[static_cast<std::size_t>(setting)]);
  };
  std::string text = fmt::format("timeout {}{} x {}{}", show(path.message_timeout),
                                 from(PathSetting::message_timeout), path.poll_attempts,
                                 from(PathSetting::poll_attempts));
  const auto add = [&](std::string_view what, Duration value, PathSetting setting) {
    text += fmt::format(", {} {}{}", what, show(value), from(setting));
  };
  if (path.message_delay.count() > 0) add("delay", path.message_delay, PathSetting::message_delay);
  if (index > 0 && !path.available) return text + ", not available";
  if (!device.auto_failover || device.paths.size() < 2) return text;
  add("initial fail", path.initial_fail, PathSetting::initial_fail);
  if (index < 2 && index + 1 < device.paths.size())
    add("subsequent fail", path.subsequent_fail, PathSetting::subsequent_fail);
  if (index > 0) add("retry primary", path.retry_primary, PathSetting::retry_primary);
  if (path.metered) text += fmt::format(", metered{}", from(PathSetting::metered));
  return text;
}

}  // namespace nightwatt::config

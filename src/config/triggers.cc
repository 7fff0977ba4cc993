#include "config/triggers.h"

#include "config/conditions.h"
#include "config/duration.h"

namespace nightwatt::config {
namespace {

void refuse_in_group(Section& section, std::string_view key, const std::string& hint) {
  if (section.take(key) == nullptr) return;
  section.out().error(section.pos_of(key), section.path(key) + " cannot be set for a group", hint);
}

void read_depletion(Section& parent, TriggersOf of, core::TriggerRule& rule) {
  const Item* node = parent.take("depletion");
  if (node == nullptr) return;
  Section section(*node, parent.path("depletion"), parent.out());
  switch (of) {
    case TriggersOf::ups:
      section.duration("window", rule.depletion_window, {.low = Duration{1'000}});
      break;
    case TriggersOf::group:
      refuse_in_group(
          section, "window",
          "the rate is calculated once for each UPS: set it globally or in ups[].triggers");
      break;
  }
  section.number("critical_rate", rule.depletion_critical_rate, {0, 10'000, true});
  section.duration("grace_period", rule.depletion_grace_period);
  section.finish();
}

void read_extended_time(Section& parent, core::TriggerRule& rule) {
  const Item* node = parent.take("extended_time");
  if (node == nullptr) return;
  Section section(*node, parent.path("extended_time"), parent.out());
  section.flag("enabled", rule.extended_time_enabled);
  section.duration("threshold", rule.extended_time_threshold);
  section.finish();
}

}  // namespace

bool read_triggers(Section& parent, TriggersOf of, Draft& draft, TriggersWritten& into) {
  into.conditions.clear();
  const Item* node = parent.take("triggers");
  if (node == nullptr) return false;
  Section section(*node, parent.path("triggers"), parent.out());
  core::TriggerRule& rule = into.rule;
  section.flag("low_battery_flag", rule.low_battery_flag);
  section.number("low_battery_threshold", rule.low_battery_threshold, {0, 100});
  section.duration("critical_runtime_threshold", rule.critical_runtime_threshold);
  const bool delay =
      section.duration("on_battery_stabilization_delay", rule.on_battery_stabilization_delay);
  read_depletion(section, of, rule);
  read_extended_time(section, rule);
  read_conditions(section, draft, into);
  section.choice("voltage_sensitivity", rule.voltage_sensitivity,
                 {{"tight", core::VoltageSensitivity::tight},
                  {"normal", core::VoltageSensitivity::normal},
                  {"loose", core::VoltageSensitivity::loose}});
  section.number("overload_critical", rule.overload_critical, {0, 1'000, true});
  switch (of) {
    case TriggersOf::ups:
      section.duration("calibration_max", into.calibration_max);
      section.duration("failsafe_after", into.failsafe_after);
      break;
    case TriggersOf::group: {
      const std::string hint = "it belongs to each UPS: set it globally or in ups[].triggers";
      refuse_in_group(section, "calibration_max", hint);
      refuse_in_group(section, "failsafe_after", hint);
      break;
    }
  }
  section.finish();
  if (delay && rule.on_battery_stabilization_delay >= rule.critical_runtime_threshold) {
    section.out().warning(section.pos_of("on_battery_stabilization_delay"),
                          section.path("on_battery_stabilization_delay") +
                              " is not below critical_runtime_threshold (" +
                              show(rule.critical_runtime_threshold) + ")",
                          "a UPS can be empty before its triggers are looked at");
  }
  return true;
}

}  // namespace nightwatt::config

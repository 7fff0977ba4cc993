#include "model/point.h"
#include "model/power.h"
#include "model/quantity.h"
#include "model/reading.h"

// Reasons as people read them. Each names the variable or status word that it comes from, so that
// the sentence can be checked against the UPS.
namespace nightwatt {
namespace {

std::string compared(std::string_view what, const Reason& reason, std::string_view unit,
                     std::string_view relation) {
  std::string text(what);
  text += ' ';
  text += quantity(reason.value, unit);
  if (relation.front() != ',') text += ' ';
  text += relation;
  text += ' ';
  text += quantity(reason.limit, unit);
  return text;
}

std::string seconds_of(std::string_view before, double value, std::string_view after = "") {
  std::string text(before);
  text += quantity(value, "s");
  text += after;
  return text;
}

std::string failsafe_sentence(const Reason& reason) {
  return "lost from sight while on battery: " + quantity(reason.value) +
         (reason.value == 1 ? " poll" : " polls") + " without a reading";
}

std::string output_sentence(const Reason& reason) {
  return reason.value == 1 ? "one reading says that the output is off (OFF)"
                           : "the output is off (OFF)";
}

// Of the variable at the subject's end; a condition's name may hold blanks, a variable's cannot.
std::string_view unit_of_subject(std::string_view subject) {
  const std::string_view variable = subject.substr(subject.rfind(' ') + 1);
  if (const auto known = variable_named(variable)) return unit_of(*known);
  const auto point = point_named(variable);
  return point ? unit_of(point->kind) : std::string_view();
}

// A condition holds on for a while after its number is back: the words must not say otherwise.
std::string condition_sentence(const Reason& reason) {
  const std::string_view unit = unit_of_subject(reason.subject);
  const auto value = static_cast<float>(reason.value);
  const auto limit = static_cast<float>(reason.limit);
  const bool met = reason.below ? value < limit : value > limit;
  const std::string side = reason.below ? "below " : "above ";
  const std::string number = fine_quantity(reason.value, unit);
  const std::string limits = side + fine_quantity(reason.limit, unit);
  if (met) return reason.subject + ' ' + number + " is " + limits;
  return reason.subject + " was " + limits + " and is " + number;
}

}  // namespace

std::string sentence(const Reason& reason) {
  switch (reason.kind) {
    case ReasonKind::fsd: return "the UPS announced a forced shutdown (FSD)";
    case ReasonKind::ups_low_battery: return "on battery, and the UPS says low battery (OB LB)";
    case ReasonKind::low_battery: return compared("battery.charge", reason, "%", "is below");
    case ReasonKind::critical_runtime: return compared("battery.runtime", reason, "s", "is below");
    case ReasonKind::depletion:
      return compared("battery.charge falls by", reason, "%/min", ", more than");
    case ReasonKind::extended_time: return compared("on battery for", reason, "s", ", more than");
    case ReasonKind::failsafe: return failsafe_sentence(reason);
    case ReasonKind::output_off: return output_sentence(reason);
    case ReasonKind::overload:
      return compared("overloaded (OVER): ups.load", reason, "%", "is at or above");
    case ReasonKind::claim: return "somebody else claims a power event";
    case ReasonKind::latched: return "no reading on line has ended it since";
    case ReasonKind::never_read: return "never read since the configuration named it";
    case ReasonKind::sight_lost: return seconds_of("not seen for ", reason.value);
    case ReasonKind::on_battery: return seconds_of("on battery for ", reason.value);
    case ReasonKind::low_battery_on_line: return "low battery while not on battery (LB)";
    case ReasonKind::sight_lost_grace:
      return seconds_of("no reading for ", reason.value,
                        " (grace " + quantity(reason.limit, "s") + ")");
    case ReasonKind::input_voltage:
      return compared("input.voltage", reason, "V",
                      reason.value < reason.limit ? "is below" : "is above");
    case ReasonKind::trim: return "trimming a high input voltage (TRIM)";
    case ReasonKind::boost: return "boosting a low input voltage (BOOST)";
    case ReasonKind::bypass: return "on bypass: no battery behind the load (BYPASS)";
    case ReasonKind::calibrating: return "calibrating its battery (CAL)";
    case ReasonKind::testing: return seconds_of("testing its battery for ", reason.value);
    case ReasonKind::alarm: return "the UPS raises an alarm (ALARM)";
    case ReasonKind::replace_battery: return "the battery needs replacement (RB)";
    case ReasonKind::overload_warning: return "overloaded (OVER)";
    case ReasonKind::condition_critical:
    case ReasonKind::condition_degraded: return condition_sentence(reason);
    case ReasonKind::maintenance: return seconds_of("in maintenance for another ", reason.value);
  }
  return "?";
}

std::string_view how_it_clears(ReasonKind kind) {
  switch (kind) {
    case ReasonKind::fsd:
    case ReasonKind::ups_low_battery:
    case ReasonKind::low_battery:
    case ReasonKind::critical_runtime:
    case ReasonKind::depletion:
    case ReasonKind::extended_time:
    case ReasonKind::failsafe:
    case ReasonKind::on_battery:
    case ReasonKind::latched: return "clears when the UPS is read on line";
    case ReasonKind::output_off: return "clears when the UPS is read on line with its output on";
    case ReasonKind::overload:
    case ReasonKind::overload_warning: return "clears when the UPS no longer says OVER";
    case ReasonKind::claim: return "clears when the claim is withdrawn";
    case ReasonKind::never_read:
    case ReasonKind::sight_lost:
    case ReasonKind::sight_lost_grace: return "clears when the UPS is read";
    case ReasonKind::low_battery_on_line: return "clears when the UPS no longer says LB";
    case ReasonKind::input_voltage: return "clears when the voltage is well inside its band";
    case ReasonKind::trim: return "clears when the UPS no longer says TRIM";
    case ReasonKind::boost: return "clears when the UPS no longer says BOOST";
    case ReasonKind::bypass: return "clears when the UPS no longer says BYPASS";
    case ReasonKind::calibrating: return "clears when the UPS no longer says CAL";
    case ReasonKind::testing: return "clears when the test is over";
    case ReasonKind::alarm: return "clears when the UPS no longer says ALARM";
    case ReasonKind::replace_battery: return "clears when the UPS no longer says RB";
    case ReasonKind::condition_critical:
      return "clears when the number has been back for its `for`, on battery when the UPS is read "
             "on line";
    case ReasonKind::condition_degraded:
      return "clears when the number has been back for its `for`";
    case ReasonKind::maintenance: return "ends by itself, or when an operator ends it";
  }
  return "?";
}

}  // namespace nightwatt

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

// Words of power and quorum (power-quorum, sections 1 and 3).
namespace nightwatt {

// How bad UNKNOWN is depends on each group's policy, so this order is only the table's order.
enum class MemberState : std::uint8_t { healthy, degraded, critical, unknown, maintenance };
std::string_view to_string(MemberState state);  // "HEALTHY"

enum class ReasonKind : std::uint8_t {
  // critical
  fsd,
  ups_low_battery,   // OB and LB
  low_battery,       // value %, limit %
  critical_runtime,  // value s, limit s
  depletion,         // value %/min, limit %/min
  extended_time,     // value s, limit s
  failsafe,          // value: consecutive polls without a reading
  output_off,
  overload,            // value % load, limit %
  condition_critical,  // a condition of the user's own, of `subject`: value, limit
  claim,               // a standing claim or advisory of somebody else (signals, later)
  latched,             // evidence was seen and no fresh reading has ended it
  // unknown
  never_read,  // not once since the configuration named it
  sight_lost,  // value: seconds since the last reading
  // degraded
  on_battery,           // value: seconds on battery
  low_battery_on_line,  // LB while OL
  sight_lost_grace,     // value: seconds since sight was lost, limit: grace
  input_voltage,        // value V, limit V
  trim,
  boost,
  bypass,
  calibrating,
  testing,
  alarm,
  replace_battery,
  overload_warning,
  condition_degraded,  // the same of one that degrades
  // maintenance
  maintenance,  // value: seconds left
};
std::string_view to_string(ReasonKind kind);  // "low_battery"

// What a person must know about one reason: which, how far, and what ends it.
struct Reason {
  ReasonKind kind{};
  double value = 0;
  double limit = 0;
  // Of the user's own conditions: "ups.temperature", or "hot: ups.temperature" for one with a name.
  std::string subject{};
  bool below = false;  // such a condition: it wants the number above its limit, or below
  template <class A>
  void fields(A& a) {
    a(kind, value, limit, subject, below);
  }
  friend bool operator==(const Reason&, const Reason&) = default;
};

// "battery.charge 14 % is below 20 %".
std::string sentence(const Reason& reason);
// "clears when the UPS is read on line".
std::string_view how_it_clears(ReasonKind kind);

// Worse compares greater (power-quorum, section 3; Eaton's operator words).
enum class Verdict : std::uint8_t { protected_, redundancy_lost, blind, quorum_lost };
std::string_view to_string(Verdict verdict);  // "protected"

enum class DegradedCounts : std::uint8_t { healthy, critical };
enum class UnknownCounts : std::uint8_t { healthy, degraded, critical, evidence };
std::string_view to_string(DegradedCounts counts);
std::string_view to_string(UnknownCounts counts);

}  // namespace nightwatt

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/optional_instant.h"
#include "base/rare_list.h"
#include "base/time.h"
#include "model/power.h"
#include "model/reading.h"

// What is remembered of one member between two readings: a value, small, written and read back as
// a whole. Made to change only by the functions of core/power/member.h.
namespace nightwatt::core {

// What others may know of a member. Values in `reasons` are as of the last evaluation.
struct MemberView {
  MemberState state = MemberState::unknown;
  RareList<Reason> reasons{};  // all that apply, the gravest first; empty when healthy
  Instant since{};             // when `state` was entered
  bool evidence = false;       // of a power event (power-quorum, section 1); never in maintenance
  bool ever_read = false;      // since the configuration named it
  // DEGRADED by nothing but lost sight inside its grace: the last word was "healthy".
  bool only_sight_in_doubt = false;
  // DEGRADED by nothing but conditions on status points: the feed itself is healthy.
  bool only_comm_in_doubt = false;
  bool sight_lost = false;  // no path yields a reading, in the grace or after it
  OptionalInstant last_reading{};
  OptionalInstant on_battery_since{};      // of this outage, by our clock
  std::optional<double> depletion_rate{};  // % per minute, when enough is known
  template <class A>
  void fields(A& a) {
    a(state, reasons, since, evidence, ever_read, only_sight_in_doubt, sight_lost, last_reading,
      on_battery_since, depletion_rate, only_comm_in_doubt);
  }
  friend bool operator==(const MemberView&, const MemberView&) = default;
};

// One charge of the depletion window.
struct ChargeSample {
  std::uint32_t at_ms = 0;    // since the outage began
  std::uint32_t ordinal = 0;  // which reading of the outage it was
  float charge = 0;           // %
  template <class A>
  void fields(A& a) {
    a(at_ms, ordinal, charge);
  }
  friend bool operator==(const ChargeSample&, const ChargeSample&) = default;
};
inline constexpr std::size_t charge_samples_max = 128;

// What is known of one ConditionRule.
struct ConditionState {
  std::optional<Instant> since{};  // the number has been on this side since
  double value = 0;                // the last one; meaningful with `since`
  bool met = false;                // which side
  bool firing = false;
  bool timed = false;  // its `for` runs: the clock alone will change `firing`
  bool told = false;   // people know that it fires
  template <class A>
  void fields(A& a) {
    a(since, value, met, firing, timed, told);
  }
  friend bool operator==(const ConditionState&, const ConditionState&) = default;
};

struct MemberMemory {
  Reading newest{};             // meaningful once view.last_reading is set
  OptionalInstant begun{};      // first call of all
  OptionalInstant evaluated{};  // `now` of the last call
  // After a clock gap: nothing older counts as fresh, staleness and the failsafe count from here.
  OptionalInstant fresh_after{};
  OptionalInstant lost_since{};   // first poll without a reading, or the reading grew stale
  bool sight_gone = false;        // grace over and every path tried; holds until a reading
  std::int32_t polls_missed = 0;  // consecutive polls without a reading
  OptionalInstant testing_since{};
  bool test_suspended = false;  // the last reading's triggers were suspended by a test
  OptionalInstant maintenance_until{};
  std::optional<float> nominal_voltage{};  // the last one that the UPS reported
  std::optional<float> voltage{};          // the last one reported
  std::optional<float> last_runtime{};     // s, of this outage
  std::uint32_t rejected_told = 0;         // bits of Values::rejected_bits() that people know of
  std::uint32_t reasons_told = 0;          // bits of the reason kinds that people know of
  std::uint32_t charges_seen = 0;          // readings with a charge, of this outage
  std::uint8_t off_readings = 0;           // consecutive readings with OFF, counted up to 2
  bool voltage_out = false;                // of its band, with hysteresis
  bool never_read_told = false;
  bool advisory_told = false;
  // Evidence that was seen and that no reading has ended, with its newest numbers.
  RareList<Reason> latches{};
  RareList<ChargeSample> charges{};       // oldest first; empty unless on battery
  RareList<ConditionState> conditions{};  // parallel to the rule's; empty without
  MemberView view{};

  template <class A>
  void fields(A& a) {
    a(newest, begun, evaluated, fresh_after, lost_since, sight_gone, polls_missed, testing_since,
      test_suspended, maintenance_until, nominal_voltage, voltage, last_runtime, rejected_told,
      reasons_told, charges_seen, off_readings, voltage_out, never_read_told, advisory_told,
      latches, charges, conditions, view);
  }
  friend bool operator==(const MemberMemory&, const MemberMemory&) = default;
};

}  // namespace nightwatt::core

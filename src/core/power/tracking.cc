#include "core/power/tracking.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "model/quantity.h"

namespace nightwatt::core {
namespace {

// A voltage that left its band is back only when it is this far inside, so that a value that
// trembles around the limit is one event.
constexpr double return_share = 0.9;
// With no nominal known there is no band; only a dead input can be told from a live one.
constexpr double dead_input = 1.0;

double band_percent(VoltageSensitivity sensitivity) {
  switch (sensitivity) {
    case VoltageSensitivity::tight: return 5;
    case VoltageSensitivity::normal: return 10;
    case VoltageSensitivity::loose: return 15;
  }
  return 10;
}

std::string names_of(std::uint32_t bits) {
  std::string out;
  for (std::size_t i = 0; i < variable_count; ++i) {
    if ((bits & (1u << i)) == 0) continue;
    if (!out.empty()) out += ", ";
    out += variable_name(static_cast<Variable>(i));
  }
  return out;
}

void tell_rejected(const Watched& watched, std::uint32_t bits, Severity severity,
                   std::string_view what, PowerOut& out) {
  if (bits == 0 || watched.voice != Voice::member) return;
  std::string names = names_of(bits);
  std::string message(watched.name);
  message += ": " + names + ": ";
  message += what;
  out.effects.push_back(Notice{severity,
                               NoticeKind::reading_rejected,
                               std::string(watched.name),
                               std::move(message),
                               {{"variables", std::move(names)}}});
}

// A variable that is merely missing keeps its mark: it was neither wrong again nor right.
void track_rejected(MemberMemory& memory, const Watched& watched, PowerOut& out) {
  const std::uint32_t bits = memory.newest.values.rejected_bits();
  if (bits == 0 && memory.rejected_told == 0) return;
  std::uint32_t cured = 0;
  for (std::size_t i = 0; i < variable_count; ++i) {
    const bool told = (memory.rejected_told & (1u << i)) != 0;
    if (told && memory.newest.values.get(static_cast<Variable>(i))) cured |= 1u << i;
  }
  tell_rejected(watched, bits & ~memory.rejected_told, Severity::warning,
                "not a usable number, ignored", out);
  tell_rejected(watched, cured, Severity::info, "usable again", out);
  memory.rejected_told = (memory.rejected_told | bits) & ~cured;
}

void tell_voltage(const MemberMemory& memory, const Watched& watched,
                  const std::optional<VoltageBand>& band, PowerOut& out) {
  if (watched.voice != Voice::member) return;
  std::string message(watched.name);
  message += ": input.voltage " + quantity(*memory.voltage, "V");
  message += memory.voltage_out ? " is out of its band" : " is back in its band";
  if (band) {
    message += " (" + quantity(band->nominal - band->half_width) + " to " +
               quantity(band->nominal + band->half_width, "V)");
  }
  out.effects.push_back(Notice{memory.voltage_out ? Severity::warning : Severity::info,
                               NoticeKind::voltage,
                               std::string(watched.name),
                               std::move(message),
                               {{"voltage", quantity(*memory.voltage)}}});
}

void track_voltage(MemberMemory& memory, const Watched& watched, PowerOut& out) {
  const Values& values = memory.newest.values;
  if (const auto nominal = values.get(Variable::input_voltage_nominal)) {
    memory.nominal_voltage = static_cast<float>(*nominal);
  }
  const auto voltage = values.get(Variable::input_voltage);
  if (!voltage || !std::isfinite(*voltage)) return;
  memory.voltage = static_cast<float>(*voltage);
  const auto band = voltage_band(memory, watched);
  bool outside = *voltage < dead_input;
  if (band) {
    const double width = memory.voltage_out ? band->half_width * return_share : band->half_width;
    outside = std::abs(*voltage - band->nominal) > width;
  }
  if (outside == memory.voltage_out) return;
  memory.voltage_out = outside;
  tell_voltage(memory, watched, band, out);
}

void begin_outage(MemberMemory& memory, Instant now) {
  memory.view.on_battery_since = now;
  memory.charges.clear();
  memory.charges_seen = 0;
  memory.last_runtime.reset();
}

void end_outage(MemberMemory& memory) {
  memory.view.on_battery_since.reset();
  memory.charges.clear();
  memory.charges_seen = 0;
  memory.last_runtime.reset();
}

// OFF, BYPASS or FSD without OL or OB say nothing about the input: the outage goes on as it was.
void track_outage(MemberMemory& memory, Instant now) {
  const StatusWords status = memory.newest.status;
  const bool test = status.has(StatusWord::CAL) || status.has(StatusWord::TEST);
  if (!test) {
    memory.testing_since.reset();
  } else if (!memory.testing_since) {
    memory.testing_since = now;
  }
  if (status.has(StatusWord::OB)) {
    // A test that ends a moment before the UPS is back on line is not an outage as old as the test.
    const bool test_ended = memory.test_suspended && !test;
    if (!memory.view.on_battery_since || test_ended) begin_outage(memory, now);
    if (const auto runtime = memory.newest.values.get(Variable::battery_runtime)) {
      memory.last_runtime = static_cast<float>(*runtime);
    }
  } else if (status.has(StatusWord::OL)) {
    end_outage(memory);
  }
  const bool off = status.has(StatusWord::OFF);
  memory.off_readings = off ? static_cast<std::uint8_t>(std::min(memory.off_readings + 1, 2)) : 0;
}

// Keeps at most charge_samples_max of the window's readings, evenly thinned; the count of readings
// is exact all the same, by their ordinals.
void remember_charge(MemberMemory& memory, std::uint32_t at_ms, float charge, Duration window) {
  const auto window_ms =
      static_cast<std::uint32_t>(std::clamp<std::int64_t>(window.count(), 0, UINT32_MAX));
  auto& charges = memory.charges;
  charges.erase_if([&](const ChargeSample& old) { return at_ms - old.at_ms > window_ms; });
  const std::uint32_t spacing = window_ms / (charge_samples_max - 1);
  const bool due = charges.empty() || at_ms - charges.back().at_ms >= spacing;
  if (due && charges.size() < charge_samples_max) {
    charges.push_back(ChargeSample{at_ms, memory.charges_seen, charge});
  }
}

std::optional<double> rate_of(const MemberMemory& memory, std::uint32_t at_ms, float charge,
                              const Watched& watched) {
  if (memory.charges.empty()) return std::nullopt;
  const ChargeSample& oldest = memory.charges.front();
  const std::int64_t interval = std::max<std::int64_t>(1, watched.rule.poll_interval.count());
  const std::int64_t fitting = watched.triggers.depletion_window.count() / interval;
  const std::int64_t needed = std::min<std::int64_t>(30, std::max<std::int64_t>(2, fitting));
  const std::int64_t readings = memory.charges_seen - oldest.ordinal + 1;
  if (readings < needed || at_ms == oldest.at_ms) return std::nullopt;
  const double minutes = (at_ms - oldest.at_ms) / 60'000.0;
  return (static_cast<double>(oldest.charge) - static_cast<double>(charge)) / minutes;
}

void track_charge(MemberMemory& memory, const Watched& watched, Instant now) {
  memory.view.depletion_rate.reset();
  if (!memory.newest.status.has(StatusWord::OB) || !memory.view.on_battery_since) return;
  const auto charge = memory.newest.values.get(Variable::battery_charge);
  if (!charge || !std::isfinite(*charge)) return;
  const auto at_ms = static_cast<std::uint32_t>(
      std::clamp<std::int64_t>((now - *memory.view.on_battery_since).count(), 0, UINT32_MAX));
  memory.charges_seen += 1;
  const auto value = static_cast<float>(*charge);
  remember_charge(memory, at_ms, value, watched.triggers.depletion_window);
  memory.view.depletion_rate = rate_of(memory, at_ms, value, watched);
}

}  // namespace

std::optional<VoltageBand> voltage_band(const MemberMemory& memory, const Watched& watched) {
  double nominal = 0;
  if (watched.rule.nominal_voltage) {
    nominal = static_cast<double>(*watched.rule.nominal_voltage);
  } else if (memory.nominal_voltage) {
    nominal = static_cast<double>(*memory.nominal_voltage);
  } else {
    return std::nullopt;
  }
  return VoltageBand{nominal, nominal * band_percent(watched.triggers.voltage_sensitivity) / 100};
}

bool test_suspends(const MemberMemory& memory, const Watched& watched, Instant now) {
  return memory.testing_since && now - *memory.testing_since < watched.rule.calibration_max &&
         !memory.voltage_out;
}

void track(MemberMemory& memory, const Watched& watched, Instant now, PowerOut& out) {
  track_rejected(memory, watched, out);
  track_voltage(memory, watched, out);
  track_outage(memory, now);
  track_charge(memory, watched, now);
  memory.test_suspended = test_suspends(memory, watched, now);
}

}  // namespace nightwatt::core

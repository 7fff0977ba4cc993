#include "rack/simulated_ups.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace nightwatt::rack {
namespace {

// Lead batteries give less than their share at high load and more at low load (Peukert).
constexpr double peukert = 1.15;
// What the UPS itself takes: without it an unloaded one would run for ever.
constexpr double own_load_percent = 2;

std::string whole(double value) { return fmt::format("{:.0f}", value); }
std::string tenths(double value) { return fmt::format("{:.1f}", value); }

}  // namespace

SimulatedUps::SimulatedUps(UpsSettings settings) : settings_(std::move(settings)) {}

void SimulatedUps::set_feed(bool on) {
  if (feed_on_ == on) return;
  feed_on_ = on;
  ++version_;
  step(Duration::zero());
}

void SimulatedUps::set_load_watts(double watts) {
  if (load_watts_ == watts) return;
  load_watts_ = watts;
  ++version_;
}

void SimulatedUps::set_charge(double percent) {
  charge_ = std::clamp(percent, 0.0, 100.0);
  ++version_;
  step(Duration::zero());
}

void SimulatedUps::set_battery_failed(bool failed) {
  battery_failed_ = failed;
  ++version_;
  step(Duration::zero());
}

double SimulatedUps::runtime_s() const {
  const double load = std::max(100 * load_watts_ / settings_.nominal_watts, own_load_percent);
  return settings_.runtime_full_s * std::pow(100 / load, peukert) * charge_ / 100;
}

void SimulatedUps::step(Duration elapsed) {
  const bool output_before = output_on_;
  const double charge_before = charge_;
  const double elapsed_s = seconds(elapsed);
  if (feed_on_) {
    if (!battery_failed_)
      charge_ = std::min(100.0, charge_ + 100 * elapsed_s / settings_.recharge_s);
    // After running empty it waits for some charge, or the next dip would drop the load again.
    if (!output_on_ && (battery_failed_ || charge_ >= settings_.restart_charge)) output_on_ = true;
  } else if (output_on_) {
    const double left_s = runtime_s();
    charge_ = battery_failed_ || elapsed_s >= left_s ? 0 : charge_ * (1 - elapsed_s / left_s);
    if (charge_ <= 0) output_on_ = false;
  }
  if (charge_ != charge_before || output_on_ != output_before) ++version_;
}

std::string SimulatedUps::status() const {
  std::string words = feed_on_ ? "OL" : "OB";
  if (feed_on_ && charge_ < 100 && !battery_failed_) words += " CHRG";
  if (!feed_on_ && output_on_) words += " DISCHRG";
  if (!feed_on_ && charge_ < settings_.low_battery) words += " LB";
  if (battery_failed_) words += " RB";
  if (!output_on_) words += " OFF";
  if (output_on_ && load_watts_ > settings_.nominal_watts) words += " OVER";
  return words;
}

void SimulatedUps::override_variable(const std::string& name, const std::string& text) {
  if (text.empty()) {
    overrides_.erase(name);
  } else {
    overrides_[name] = text;
  }
  ++version_;
}

void SimulatedUps::clear_overrides() {
  overrides_.clear();
  ++version_;
}

std::vector<SimulatedUps::Variable> SimulatedUps::variables() const {
  const double load = output_on_ ? load_watts_ : 0;
  const double volts = feed_on_ ? 27.3 : 21.0 + 4.2 * std::sqrt(charge_ / 100);
  const double mains = settings_.mains_voltage;
  std::map<std::string, std::string> all{
      {"battery.charge", whole(charge_)},
      {"battery.charge.low", whole(settings_.low_battery)},
      {"battery.runtime", whole(runtime_s())},
      {"battery.voltage", tenths(volts)},
      {"battery.voltage.nominal", "24.0"},
      {"device.mfr", "Nightwatt"},
      {"device.model", settings_.model},
      {"device.serial", settings_.serial},
      {"device.type", "ups"},
      {"driver.name", "nightwatt-rack"},
      {"input.frequency", feed_on_ ? "50.0" : "0.0"},
      {"input.transfer.high", tenths(mains * 1.13)},
      {"input.transfer.low", tenths(mains * 0.87)},
      {"input.voltage", tenths(feed_on_ ? mains : 0)},
      {"input.voltage.nominal", whole(mains)},
      {"output.voltage", tenths(output_on_ ? mains : 0)},
      {"ups.load", whole(100 * load / settings_.nominal_watts)},
      {"ups.mfr", "Nightwatt"},
      {"ups.model", settings_.model},
      {"ups.realpower", whole(load)},
      {"ups.realpower.nominal", whole(settings_.nominal_watts)},
      {"ups.serial", settings_.serial},
      {"ups.status", status()},
      {"ups.temperature", "28.5"},
  };
  for (const auto& [name, text] : overrides_) all[name] = text;
  return {all.begin(), all.end()};
}

}  // namespace nightwatt::rack

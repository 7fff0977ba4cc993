#include "sim/virtual_ups.h"

#include <algorithm>

namespace nightwatt::sim {

VirtualUps::VirtualUps() {
  status_.add(StatusWord::OL);
  values_.set(Variable::battery_charge, 100);
  values_.set(Variable::battery_runtime, 3600);
  values_.set(Variable::ups_load, 30);
  values_.set(Variable::input_voltage, 230);
  values_.set(Variable::input_voltage_nominal, 230);
  values_.set(Variable::ups_temperature, cool);
}

double VirtualUps::charge(Instant now) const {
  const double base = values_.get(Variable::battery_charge).value_or(100);
  return std::clamp(base - drain_ * seconds(now - since_) / 60, 0.0, 100.0);
}

Reading VirtualUps::read(Instant now) const {
  Reading reading;
  reading.status = status_;
  reading.values = values_;
  if (drain_ != 0) {
    const auto base = values_.get(Variable::battery_charge);
    const auto runtime = values_.get(Variable::battery_runtime);
    const double left = charge(now);
    if (base) reading.values.set(Variable::battery_charge, left);
    if (base && runtime && *base > 0) {
      reading.values.set(Variable::battery_runtime, *runtime * left / *base);
    }
  }
  if (reading.status.has(StatusWord::OB) && charge(now) < low_below) {
    reading.status.add(StatusWord::LB);
  }
  switch (lie) {
    case Lie::none: break;
    case Lie::wait:
      reading.status = {};
      reading.status.add(StatusWord::WAIT);
      break;
    case Lie::empty: reading.status = {}; break;
    case Lie::absurd:
      (void)reading.values.set_text(Variable::battery_charge, "-5");
      (void)reading.values.set_text(Variable::battery_runtime, "1e12");
      break;
  }
  return reading;
}

void VirtualUps::settle(Instant now) {
  if (drain_ != 0) {
    const Reading truth = [&] {
      VirtualUps honest = *this;
      honest.lie = Lie::none;
      return honest.read(now);
    }();
    values_ = truth.values;
  }
  since_ = now;
}

void VirtualUps::set(Variable variable, double value, Instant now) {
  settle(now);
  values_.set(variable, value);
}

void VirtualUps::set_text(Variable variable, std::string_view text, Instant now) {
  settle(now);
  (void)values_.set_text(variable, text);
}

void VirtualUps::set_drain(double percent_per_minute, Instant now) {
  settle(now);
  drain_ = percent_per_minute;
}

void VirtualUps::feed_off(double percent_per_minute, Instant now) {
  set_drain(percent_per_minute, now);
  status_ = {};
  status_.add(StatusWord::OB);
  status_.add(StatusWord::DISCHRG);
  values_.set(Variable::input_voltage, 0);
}

void VirtualUps::feed_on(Instant now) {
  set_drain(0, now);
  status_ = {};
  status_.add(StatusWord::OL);
  const double left = charge(now);
  values_.set(Variable::battery_charge, std::max(left, 1.0));
  // A battery that was flat has a runtime again as it fills; the proportion starts anew.
  values_.set(Variable::battery_runtime, 36 * std::max(left, 1.0));
  values_.set(Variable::input_voltage, 230);
  if (left < 100) {
    status_.add(StatusWord::CHRG);
    set_drain(-10, now);
  }
}

}  // namespace nightwatt::sim

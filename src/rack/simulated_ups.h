#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/time.h"

// One UPS of the rack: a value that drains and charges as time is handed to it.
namespace nightwatt::rack {

struct UpsSettings {
  std::string name = "ups1";
  std::string description = "simulated UPS";
  std::string model = "Nightwatt Simulated 1500";
  std::string serial = "NW0001";
  double nominal_watts = 1'000;
  double runtime_full_s = 600;  // from 100 % charge at nominal load
  double recharge_s = 3'600;    // from empty to full on mains
  double low_battery = 20;      // %, LB below it
  double restart_charge = 10;   // %, after running empty the output comes back above it
  double mains_voltage = 230;
};

// Not thread-safe: belongs to the thread of its servers.
class SimulatedUps {
 public:
  explicit SimulatedUps(UpsSettings settings = {});

  const std::string& name() const { return settings_.name; }
  const UpsSettings& settings() const { return settings_; }

  // --- the world ---
  void set_feed(bool on);  // mains at the input
  void set_load_watts(double watts);
  void set_charge(double percent);
  void set_battery_failed(bool failed);  // the output falls with the feed
  void step(Duration elapsed);           // simulated time: the caller multiplies by its speed

  bool feed_on() const { return feed_on_; }
  bool output_on() const { return output_on_; }  // the load behind it is fed
  double load_watts() const { return load_watts_; }
  double charge() const { return charge_; }  // %
  double runtime_s() const;                  // at the present load

  // --- what it reports ---
  // Overrides one variable ("ups.status", "battery.charge", ...) or adds one; an empty text takes
  // the override back.
  void override_variable(const std::string& name, const std::string& text);
  void clear_overrides();
  std::string status() const;  // ups.status: "OL CHRG", "OB DISCHRG LB", "OB LB OFF"
  using Variable = std::pair<std::string, std::string>;
  std::vector<Variable> variables() const;       // sorted by name, as upsd lists them
  unsigned version() const { return version_; }  // changes whenever variables() may have changed

 private:
  UpsSettings settings_;
  std::map<std::string, std::string> overrides_;
  double charge_ = 100;
  double load_watts_ = 300;
  unsigned version_ = 0;
  bool feed_on_ = true;
  bool output_on_ = true;
  bool battery_failed_ = false;
};

}  // namespace nightwatt::rack

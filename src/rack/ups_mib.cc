#include "rack/ups_mib.h"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "model/reading.h"

namespace nightwatt::rack {
namespace {

using wire::snmp::integer_value;
using wire::snmp::octets_value;
using wire::snmp::Oid;
using wire::snmp::parse_oid;
using wire::snmp::Value;
using wire::snmp::ValueKind;

// What the UPS reports under NUT's names, overrides included.
class Reported {
 public:
  explicit Reported(const SimulatedUps& ups) {
    for (auto& [name, text] : ups.variables()) all_[name] = std::move(text);
  }
  std::string text(const std::string& name) const {
    const auto found = all_.find(name);
    return found == all_.end() ? "" : found->second;
  }
  std::int64_t scaled(const std::string& name, double scale) const {
    const std::string written = text(name);
    double number = 0;
    std::from_chars(written.data(), written.data() + written.size(), number);
    const double result = std::round(number * scale);
    return std::abs(result) < 2e9 ? static_cast<std::int64_t>(result) : -1;
  }

 private:
  std::map<std::string, std::string> all_;
};

class Objects {
 public:
  explicit Objects(MibObjects& into) : into_(into) {}
  void add(const char* name, Value value) {
    const auto oid = parse_oid(name);
    NW_CHECK(oid);
    into_[*oid] = std::move(value);
  }
  void ups(const std::string& name, std::int64_t number) {
    add(("1.3.6.1.2.1.33.1." + name).c_str(), integer_value(number));
  }
  void ups(const std::string& name, std::string text) {
    add(("1.3.6.1.2.1.33.1." + name).c_str(), octets_value(std::move(text)));
  }

 private:
  MibObjects& into_;
};

std::int64_t battery_status(StatusWords status) {
  constexpr std::int64_t normal = 2, low = 3, depleted = 4;
  if (status.has(StatusWord::LB)) return status.has(StatusWord::OFF) ? depleted : low;
  return normal;
}

std::int64_t output_source(StatusWords status) {
  constexpr std::int64_t other = 1, none = 2, mains = 3, bypass = 4, battery = 5;
  if (status.has(StatusWord::OFF)) return none;
  if (status.has(StatusWord::BYPASS)) return bypass;
  if (status.has(StatusWord::OB)) return battery;
  return status.has(StatusWord::OL) ? mains : other;
}

void add_battery(Objects& into, const Reported& reported, StatusWords status) {
  into.ups("2.1.0", battery_status(status));
  into.ups("2.2.0", status.has(StatusWord::OB) ? 1 : 0);  // only whether, not for how long
  into.ups("2.3.0", reported.scaled("battery.runtime", 1.0 / 60));
  into.ups("2.4.0", reported.scaled("battery.charge", 1));
  into.ups("2.5.0", reported.scaled("battery.voltage", 10));
  into.ups("2.6.0", std::int64_t{0});
  into.ups("2.7.0", reported.scaled("ups.temperature", 1));
}

void add_lines(Objects& into, const Reported& reported, StatusWords status) {
  into.add("1.3.6.1.2.1.33.1.3.1.0", {.kind = ValueKind::counter, .integer = 0});
  into.ups("3.2.0", std::int64_t{1});
  into.ups("3.3.1.2.1", reported.scaled("input.frequency", 10));
  into.ups("3.3.1.3.1", reported.scaled("input.voltage", 1));
  into.ups("4.1.0", output_source(status));
  into.ups("4.2.0", reported.scaled("input.frequency", 10));
  into.ups("4.3.0", std::int64_t{1});
  into.ups("4.4.1.2.1", reported.scaled("output.voltage", 1));
  into.ups("4.4.1.4.1", reported.scaled("ups.realpower", 1));
  into.ups("4.4.1.5.1", reported.scaled("ups.load", 1));
}

void add_config(Objects& into, const Reported& reported) {
  into.ups("6.1.0", std::int64_t{0});
  into.add("1.3.6.1.2.1.33.1.7.1.0",
           {.kind = ValueKind::oid, .oid = *parse_oid("1.3.6.1.2.1.33.1.7.7.1")});
  into.ups("8.1.0", std::int64_t{1});
  for (const char* delay : {"8.2.0", "8.3.0", "8.4.0"}) into.ups(delay, std::int64_t{-1});
  into.ups("8.5.0", std::int64_t{1});
  into.ups("9.1.0", reported.scaled("input.voltage.nominal", 1));
  into.ups("9.2.0", std::int64_t{500});
  into.ups("9.3.0", reported.scaled("input.voltage.nominal", 1));
  into.ups("9.4.0", std::int64_t{500});
  into.ups("9.5.0", reported.scaled("ups.realpower.nominal", 1));
  into.ups("9.6.0", reported.scaled("ups.realpower.nominal", 1));
  into.ups("9.7.0", std::int64_t{2});
  into.ups("9.8.0", std::int64_t{2});
  into.ups("9.9.0", reported.scaled("input.transfer.low", 1));
  into.ups("9.10.0", reported.scaled("input.transfer.high", 1));
}

}  // namespace

MibObjects ups_mib(const SimulatedUps& ups) {
  MibObjects objects;
  Objects into(objects);
  const Reported reported(ups);
  const StatusWords status = parse_status(reported.text("ups.status"));
  into.add("1.3.6.1.2.1.1.1.0", octets_value(reported.text("ups.model")));
  into.add("1.3.6.1.2.1.1.2.0", {.kind = ValueKind::oid, .oid = *parse_oid("1.3.6.1.2.1.33")});
  into.add("1.3.6.1.2.1.1.5.0", octets_value(ups.name()));
  into.ups("1.1.0", reported.text("ups.mfr"));
  into.ups("1.2.0", reported.text("ups.model"));
  into.ups("1.3.0", std::string("1.0"));
  into.ups("1.4.0", std::string("nightwatt-rack"));
  into.ups("1.5.0", ups.name());
  into.ups("1.6.0", std::string());
  add_battery(into, reported, status);
  add_lines(into, reported, status);
  add_config(into, reported);
  return objects;
}

bool writable(const Oid& name) {
  constexpr const char* names[] = {"1.5.0", "1.6.0", "7.1.0", "8.1.0", "8.2.0",
                                   "8.3.0", "8.4.0", "8.5.0", "9.8.0"};
  for (const char* each : names) {
    if (name == parse_oid(std::string("1.3.6.1.2.1.33.1.") + each)) return true;
  }
  return false;
}

}  // namespace nightwatt::rack

#pragma once

#include <string>

#include "sim/conformance_scenario.h"
#include "sim/conformance_yaml.h"

// The parts of reading one scenario; each throws Malformed (conformance_yaml.h).
namespace nightwatt::sim::conformance {

// `defaults` may be nullptr.
void read_devices(const Item& node, const Item* defaults, FailoverMode mode, Scenario& scenario);
void read_timeline(const Item& node, Scenario& scenario);
void read_expectations(const Item& node, Scenario& scenario);

DeviceId device_named(const Item& node, const Scenario& scenario);
// Scalar key or value: a rank that the device has.
PathRank rank_of(const Item& node, const Scenario& scenario, DeviceId device);

}  // namespace nightwatt::sim::conformance

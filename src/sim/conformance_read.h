#pragma once

#include <string>

#include "sim/conformance_scenario.h"
#include "sim/conformance_yaml.h"

// The parts of reading one scenario; each throws YAML::Exception (conformance_yaml.h).
namespace nightwatt::sim::conformance {

// `defaults` may be undefined.
void read_devices(const YAML::Node& node, const YAML::Node& defaults, FailoverMode mode,
                  Scenario& scenario);
void read_timeline(const YAML::Node& node, Scenario& scenario);
void read_expectations(const YAML::Node& node, Scenario& scenario);

DeviceId device_named(const YAML::Node& node, const Scenario& scenario);
// Scalar key or value: a rank that the device has.
PathRank rank_of(const YAML::Node& node, const Scenario& scenario, DeviceId device);

}  // namespace nightwatt::sim::conformance

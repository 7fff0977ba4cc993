#pragma once

#include "config/section.h"
#include "config/written.h"

// `destinations:`: settings of an address and port, or of a serial port, that all devices and comm
// devices on it share. They beat those of the comm device, and a path's own beat them.
namespace nightwatt::config {

// Into draft.destination_settings. Read it before the devices are.
void read_destinations(Section& root, Draft& draft);

// What the place that `endpoint` reaches says; nullptr: nothing.
const PathSettings* destination_settings(const Draft& draft, const CommEndpoint& endpoint);

// One that no comm device reaches is an error. Call it when all comm devices are known, also those
// that a `NAME@HOST` makes.
void check_destinations(Draft& draft);

}  // namespace nightwatt::config

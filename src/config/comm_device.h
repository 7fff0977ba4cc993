#pragma once

#include <string>

#include "config/section.h"
#include "config/written.h"

// What a comm device's keys and a path's `unit:` are depends on its driver.
namespace nightwatt::config {

// `driver:` and the keys of that driver into `endpoint`. The driver stays empty when it is none.
void read_endpoint(Section& section, const Draft& draft, CommEndpoint& endpoint);

// `unit:` of a path over `endpoint`: a NUT UPS name, a Modbus unit, an MQTT topic; SNMP has none.
// False, with an error, when it is missing or wrong.
bool read_unit(Section& section, const CommEndpoint& endpoint, std::string& into);

// Two comm devices with equal text reach the same thing: "nut host:3493", "modbus /dev/ttyUSB0".
std::string destination(const CommEndpoint& endpoint);
// The same without the driver: "host:3493", "/dev/ttyUSB0"; "" when it is not known.
std::string address_of(const CommEndpoint& endpoint);
// "nut 10.0.0.1:3493", "modbus rtu /dev/ttyUSB0 19200 8E1", "snmp v3 10.0.0.2:161, user mon".
std::string show(const CommEndpoint& endpoint);

}  // namespace nightwatt::config

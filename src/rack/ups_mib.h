#pragma once

#include <map>

#include "rack/simulated_ups.h"
#include "wire/snmp/oid.h"
#include "wire/snmp/value.h"

// A simulated UPS as the objects of RFC 1628 (UPS-MIB), with one line of input and output, and the
// few of RFC 3418 (system) that managers ask for. In the order of a walk.
namespace nightwatt::rack {

using MibObjects = std::map<wire::snmp::Oid, wire::snmp::Value>;

MibObjects ups_mib(const SimulatedUps& ups);

// Objects of RFC 1628 that a manager may write: names, the audible alarm, tests and the shutdown
// group. What is written is remembered and shown, and otherwise has no effect.
bool writable(const wire::snmp::Oid& name);

}  // namespace nightwatt::rack

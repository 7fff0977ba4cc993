#pragma once

#include "config/section.h"
#include "config/written.h"

namespace nightwatt::config {

// The keys of an SNMP agent other than its host: version, community, user and pass phrases.
void read_snmp_agent(Section& section, const Draft& draft, SnmpAgent& agent);

// `snmp_traps:`, after the comm devices.
void read_snmp_traps(Section& root, Draft& draft);

}  // namespace nightwatt::config

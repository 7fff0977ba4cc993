#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "wire/snmp/value.h"

// net-snmp as this program uses it: BER, message processing and the user-based security model. Not
// its sockets, names, timers, retries, configuration files, MIBs, state files or log.
//
// It keeps global state and no locks: everything that touches it runs on one thread.
struct snmp_pdu;
struct variable_list;

namespace nightwatt::io {

// Prepares it once for the process. Every constructor here does so.
void prepare_net_snmp();

// This program as an SNMP engine: whoever sends us informs of v3 uses this id. The same after a
// restart; the boot count grows with it (RFC 3414, section 2.2), as it is made of the wall clock.
std::string own_engine_id();

// net-snmp's value as ours. Counters and gauges are unsigned whatever their C type is.
wire::snmp::Value value_of(const variable_list& variable);
wire::snmp::Oid name_of(const variable_list& variable);
// Appends `name` with this value; false for kinds that cannot be sent.
bool add_variable(snmp_pdu& pdu, const wire::snmp::Oid& name, const wire::snmp::Value& value);

// Forgets an engine's boots and time, so that a message of it is believed whatever it says. An
// agent that lost its boot count would stay mute for us until our restart otherwise.
void forget_engine(std::string_view engine_id);
bool engine_is_known(std::string_view engine_id);

}  // namespace nightwatt::io

#pragma once

#include <cstdint>
#include <string>

#include "model/endpoint.h"

namespace nightwatt::io {

inline constexpr std::uint16_t snmp_port = 161;  // IANA
inline constexpr std::uint16_t snmp_trap_port = 162;

// How one agent is reached.
struct SnmpTarget {
  std::string name{};  // the comm device's id, heads every error text
  std::string host{};  // name or literal IPv4/IPv6 address
  std::uint16_t port = snmp_port;
  SnmpAgent agent{};
};

}  // namespace nightwatt::io

#pragma once

#include <cstddef>

// Bounds of what is accepted from an SNMP peer.
namespace nightwatt::wire::snmp {

inline constexpr std::size_t message_bytes_max = 65'507;  // of one UDP datagram (RFC 768, RFC 791)
inline constexpr std::size_t oid_parts_max = 128;         // RFC 2578, section 7.1.3
inline constexpr std::size_t varbinds_max = 512;          // of one message
inline constexpr std::size_t engine_id_bytes_max = 32;    // RFC 3411, SnmpEngineID
inline constexpr std::size_t engine_id_bytes_min = 5;
inline constexpr std::size_t user_bytes_max = 32;  // RFC 3414, usmUserName

}  // namespace nightwatt::wire::snmp

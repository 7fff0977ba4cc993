#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wire/snmp/limits.h"

// The name of an object: numbers from the root of the tree (RFC 2578, section 3.5).
namespace nightwatt::wire::snmp {

using Oid = std::vector<std::uint32_t>;  // at most oid_parts_max of them

// "1.3.6.1.2.1.33.1.2.4.0", with or without a dot in front. Names of MIBs are not known here.
// Nothing for anything else, and for fewer than two numbers (they could not be encoded).
std::optional<Oid> parse_oid(std::string_view text);
std::string to_string(const Oid& oid);

}  // namespace nightwatt::wire::snmp

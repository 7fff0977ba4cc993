#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "wire/snmp/oid.h"

// One value of a variable binding, and what can be read from it.
namespace nightwatt::wire::snmp {

enum class ValueKind : std::uint8_t {
  null,
  integer,           // INTEGER, Integer32
  counter,           // Counter32
  gauge,             // Gauge32, Unsigned32
  ticks,             // TimeTicks, hundredths of a second
  counter64,         // Counter64
  octets,            // OCTET STRING
  oid,               // OBJECT IDENTIFIER
  address,           // IpAddress
  real,              // Opaque Float and Double (draft-perkins-opaque-01, as net-snmp writes them)
  opaque,            // any other Opaque
  no_such_object,    // v2 exceptions (RFC 3416, section 3)
  no_such_instance,  //
  end_of_mib_view,   //
};
// As SNMP calls it: "INTEGER", "OCTET STRING", "noSuchObject".
std::string_view to_string(ValueKind kind);

struct Value {
  ValueKind kind = ValueKind::null;
  std::int64_t integer = 0;   // integer, counter, gauge, ticks
  std::uint64_t counter = 0;  // counter64
  double real = 0;            // real
  std::string octets{};       // octets, address (4 bytes), opaque
  Oid oid{};                  // oid

  // The object is not there: null or an exception.
  bool absent() const;
  friend bool operator==(const Value&, const Value&) = default;
};

Value integer_value(std::int64_t integer);
Value gauge_value(std::uint32_t gauge);
Value octets_value(std::string octets);

// The number that it is, or that its text is ("27.3", "87 %" is none). Nothing for every other
// kind, and for what is not finite.
std::optional<double> number_of(const Value& value);

// For people and for variables that are text. Octets that are printable ASCII stand as they are
// without blanks and NULs behind them; others become "0x..." with at most 64 bytes shown.
std::string text_of(const Value& value);

// The bytes inside an Opaque: 9F 78 04 and an IEEE single, or 9F 79 08 and a double.
std::optional<double> opaque_real(std::string_view bytes);

}  // namespace nightwatt::wire::snmp

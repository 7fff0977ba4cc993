#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "wire/snmp/oid.h"

// The part of BER that SNMP uses (X.690; RFC 3417, section 8): definite lengths, one-byte tags.
//
//     30 0C  02 01 00  04 07 'p' 'u' ...      a SEQUENCE of an INTEGER and an OCTET STRING
namespace nightwatt::wire::snmp {

namespace tag {
inline constexpr std::uint8_t integer = 0x02;
inline constexpr std::uint8_t octets = 0x04;
inline constexpr std::uint8_t null = 0x05;
inline constexpr std::uint8_t oid = 0x06;
inline constexpr std::uint8_t sequence = 0x30;
inline constexpr std::uint8_t address = 0x40;  // application types of RFC 2578, section 7
inline constexpr std::uint8_t counter = 0x41;
inline constexpr std::uint8_t gauge = 0x42;
inline constexpr std::uint8_t ticks = 0x43;
inline constexpr std::uint8_t opaque = 0x44;
inline constexpr std::uint8_t counter64 = 0x46;
}  // namespace tag

struct Element {
  std::uint8_t tag = 0;
  std::string_view body{};  // into the bytes that were read
};

// Reads the elements that stand one after the other in some bytes.
class Elements {
 public:
  explicit Elements(std::string_view bytes) : rest_(bytes) {}

  // Nothing at the end, and from the first byte on that is no element of the form above: see bad().
  std::optional<Element> next();
  // The body of the next one, when it has this tag; anything else makes it bad().
  std::optional<std::string_view> expect(std::uint8_t tag);
  std::optional<std::int64_t> expect_integer();
  bool at_end() const { return rest_.empty() && !bad_; }
  bool bad() const { return bad_; }

 private:
  std::string_view rest_;
  bool bad_ = false;
};

// Bodies. Two's complement of one to eight bytes; an unsigned number may have a zero byte in front.
std::optional<std::int64_t> read_integer(std::string_view body);
std::optional<std::uint64_t> read_unsigned(std::string_view body);
std::optional<Oid> read_oid(std::string_view body);

void append_element(std::string& out, std::uint8_t tag, std::string_view body);
void append_integer(std::string& out, std::uint8_t tag, std::int64_t number);
void append_unsigned(std::string& out, std::uint8_t tag, std::uint64_t number);
// REQUIRES: an Oid that parse_oid() could have made.
void append_oid(std::string& out, const Oid& oid);

}  // namespace nightwatt::wire::snmp

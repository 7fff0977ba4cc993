#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wire/snmp/oid.h"
#include "wire/snmp/value.h"

// Messages of SNMP v1 and v2c as values, and the readable part of a v3 message's header.
//
//     30 .. version community  A0 .. request-id error-status error-index  30 .. (30 .. name value)*
//
// The driver leaves messages to net-snmp. This is for the rack's agent, for what must be known of a
// trap before net-snmp may see it, and for tests.
namespace nightwatt::wire::snmp {

enum class Version : std::uint8_t { v1 = 0, v2c = 1, v3 = 3 };  // as on the wire

enum class PduType : std::uint8_t {
  get = 0xA0,
  get_next = 0xA1,
  response = 0xA2,
  set = 0xA3,
  trap_v1 = 0xA4,  // another form (RFC 1157, section 4.1.6): not parsed here
  get_bulk = 0xA5,
  inform = 0xA6,
  trap = 0xA7,
  report = 0xA8,
};

// Error statuses of RFC 3416, section 3, by their numbers.
enum class ErrorStatus : std::uint8_t {
  no_error = 0,
  too_big = 1,
  no_such_name = 2,
  bad_value = 3,
  read_only = 4,
  general = 5,
  no_access = 6,
  wrong_type = 7,
  wrong_length = 8,
  wrong_encoding = 9,
  wrong_value = 10,
  no_creation = 11,
  inconsistent_value = 12,
  resource_unavailable = 13,
  commit_failed = 14,
  undo_failed = 15,
  authorization_error = 16,
  not_writable = 17,
  inconsistent_name = 18,
};
// "notWritable"; "error 42" for numbers that the standard does not have.
std::string error_name(std::int64_t status);

struct Varbind {
  Oid name{};
  Value value{};
  friend bool operator==(const Varbind&, const Varbind&) = default;
};

struct Message {
  Version version = Version::v2c;
  std::string community{};
  PduType type = PduType::get;
  std::int32_t request_id = 0;
  std::int32_t error_status = 0;  // of a get_bulk: non-repeaters
  std::int32_t error_index = 0;   // counts from 1; of a get_bulk: max-repetitions
  std::vector<Varbind> varbinds{};
  friend bool operator==(const Message&, const Message&) = default;
};

// Nothing for whatever is not exactly one v1 or v2c message of a known type other than trap_v1.
std::optional<Message> parse_message(std::string_view datagram);
// REQUIRES: names that can be encoded.
std::string encode_message(const Message& message);

// Of any version, as far as it can be read without a key: who says to have sent it.
struct Sender {
  Version version = Version::v1;
  std::string community{};  // v1, v2c
  std::string engine_id{};  // v3: of the authoritative engine
  std::string user{};       // v3
};
std::optional<Sender> peek_sender(std::string_view datagram);

}  // namespace nightwatt::wire::snmp

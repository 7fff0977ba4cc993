#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "wire/snmp/message.h"

// How one agent is reached and with which credentials.
namespace nightwatt::io {

inline constexpr std::uint16_t snmp_port = 161;  // IANA
inline constexpr std::uint16_t snmp_trap_port = 162;

// HMACs of RFC 3414 (MD5, SHA-1) and RFC 7860 (SHA-2).
enum class SnmpAuth : std::uint8_t { none, md5, sha1, sha224, sha256, sha384, sha512 };
// RFC 3414 (DES), RFC 3826 (AES with 128 bits), and the two ways in which vendors stretch a key to
// 256 bits: draft-blumenthal-aes-usm-04, and Reeder's as Cisco uses it.
enum class SnmpPriv : std::uint8_t { none, des, aes, aes256, aes256_cisco };

// A user of v3. Privacy needs authentication.
struct SnmpUser {
  std::string name{};
  SnmpAuth auth = SnmpAuth::none;
  std::string auth_password{};
  SnmpPriv priv = SnmpPriv::none;
  std::string priv_password{};
  friend bool operator==(const SnmpUser&, const SnmpUser&) = default;
};

struct SnmpTarget {
  std::string name{};  // the comm device's id, heads every error text
  std::string host{};  // name or literal IPv4/IPv6 address
  std::uint16_t port = snmp_port;
  wire::snmp::Version version = wire::snmp::Version::v2c;
  std::string community{};  // v1, v2c
  SnmpUser user{};          // v3
  std::string context{};    // v3
};

}  // namespace nightwatt::io

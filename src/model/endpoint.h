#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/time.h"

// How a comm device is reached, beyond host, port, user and password: one struct for each driver.
// Written by config/, obeyed by io/. Secrets are never printed and never logged.
namespace nightwatt {

enum class ModbusFraming : std::uint8_t {
  tcp,           // MBAP header (Modbus Messaging on TCP/IP V1.0b)
  rtu_over_tcp,  // RTU frames through a serial device server
  rtu,           // RTU on a serial port (Modbus over Serial Line V1.02)
};
enum class Parity : std::uint8_t { none, even, odd };

struct ModbusLine {
  ModbusFraming framing = ModbusFraming::tcp;
  std::string serial{};  // rtu: the port, "/dev/ttyUSB0"
  int baud = 19'200;     // V1.02, 2.5.1: the default
  Parity parity = Parity::even;
  int stop_bits = 1;  // 2 without parity, if the standard is followed
};

enum class SnmpVersion : std::uint8_t { v1, v2c, v3 };
enum class SnmpAuth : std::uint8_t { none, md5, sha1, sha224, sha256, sha384, sha512 };
enum class SnmpPrivacy : std::uint8_t { none, des, aes128, aes192, aes256 };

struct SnmpAgent {
  SnmpVersion version = SnmpVersion::v2c;
  std::string community{};  // v1, v2c: a secret
  std::string user{};       // v3, USM (RFC 3414)
  SnmpAuth auth = SnmpAuth::none;
  std::string auth_password{};
  SnmpPrivacy privacy = SnmpPrivacy::none;
  std::string privacy_password{};
  std::string context{};
  friend bool operator==(const SnmpAgent&, const SnmpAgent&) = default;
};

// Where traps and informs are awaited. Whoever sends one is a comm device and says its community or
// has the key of its user; or these, for agents that have others for traps. Secrets as above.
struct SnmpTraps {
  std::string address = "0.0.0.0";  // literal
  std::uint16_t port = 162;         // IANA
  std::string community{};          // v1, v2c; empty: none
  std::vector<SnmpAgent> users{};   // v3
};

struct MqttBroker {
  std::string client_id{};  // empty: made from the comm device's name
  bool tls = false;
  std::string ca_file{};  // empty with tls: the system's
  std::string certificate_file{};
  std::string key_file{};
  Duration keepalive{30'000};
  Duration connection_timeout{10'000};
  Duration reconnect_interval{5'000};
  Duration freshness{60'000};  // a value that is older is no answer
  std::string will_topic{};    // a last will is left here: "offline"; empty: none
};

// monostate: NUT, which needs no more.
using DriverSettings = std::variant<std::monostate, ModbusLine, SnmpAgent, MqttBroker>;

}  // namespace nightwatt

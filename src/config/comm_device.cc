#include "config/comm_device.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "config/address.h"
#include "config/secret.h"
#include "config/snmp.h"

namespace nightwatt::config {
namespace {

constexpr std::uint16_t nut_port = 3493;
constexpr std::uint16_t modbus_port = 502;
constexpr std::uint16_t snmp_port = 161;
constexpr std::uint16_t mqtt_port = 1883;
constexpr std::uint16_t mqtt_tls_port = 8883;

void read_host_and_port(Section& section, CommEndpoint& endpoint, std::uint16_t port) {
  endpoint.port = port;
  if (!section.text("host", endpoint.host)) {
    if (!section.has("host")) {
      section.out().error(section.pos(), section.label() + " has no 'host'");
    }
  } else if (!is_host(endpoint.host)) {
    section.out().error(section.pos_of("host"),
                        section.path("host") + " is no host name or address");
  }
  int number = port;
  if (section.whole("port", number, 1, 65'535)) endpoint.port = static_cast<std::uint16_t>(number);
}

void read_login(Section& section, const Draft& draft, CommEndpoint& endpoint,
                std::string_view without) {
  section.text("username", endpoint.username);
  const bool password = read_password(section, draft, endpoint.password);
  const bool asked =
      section.has("password") || section.has("password_file") || section.has("password_env");
  if (asked && endpoint.username.empty() && !section.has("username")) {
    section.out().error(section.pos(), section.label() + " has a password and no username");
  }
  if (!endpoint.username.empty() && !password && !asked) {
    section.out().error(
        section.pos_of("username"), section.label() + " has a username and no password",
        "write password_file or password_env, or leave both out: " + std::string(without));
  }
}

void read_nut(Section& section, const Draft& draft, CommEndpoint& endpoint) {
  read_host_and_port(section, endpoint, nut_port);
  read_login(section, draft, endpoint, "reading needs no login");
}

// --- modbus -------------------------------------------------------------------------------------

void read_serial_line(Section& section, ModbusLine& line) {
  if (section.text("serial", line.serial)) {
    if (!line.serial.starts_with('/')) {
      section.out().error(section.pos_of("serial"),
                          section.path("serial") + " must be the path of a port",
                          "as in /dev/ttyUSB0, or /dev/serial/by-id/... which stays the same");
    }
  } else if (!section.has("serial")) {
    section.out().error(section.pos(), section.label() + " has no 'serial'",
                        "the serial port, as in /dev/ttyUSB0");
  }
  constexpr std::array<int, 9> rates{1'200,  2'400,  4'800,   9'600,  19'200,
                                     38'400, 57'600, 115'200, 230'400};
  if (section.whole("baud", line.baud, 1, 4'000'000) &&
      std::ranges::find(rates, line.baud) == rates.end()) {
    section.out().error(
        section.pos_of("baud"),
        fmt::format("{} is none of {}", section.path("baud"), fmt::join(rates, ", ")));
  }
  section.choice("parity", line.parity,
                 {{"even", Parity::even}, {"odd", Parity::odd}, {"none", Parity::none}});
  // Modbus over Serial Line V1.02, 2.5.1: a character has 11 bits, so no parity has two stop bits.
  line.stop_bits = line.parity == Parity::none ? 2 : 1;
  section.whole("stop_bits", line.stop_bits, 1, 2);
}

void read_modbus(Section& section, CommEndpoint& endpoint) {
  ModbusLine line;
  const bool framed = section.choice("framing", line.framing,
                                     {{"tcp", ModbusFraming::tcp},
                                      {"rtu_over_tcp", ModbusFraming::rtu_over_tcp},
                                      {"rtu", ModbusFraming::rtu}});
  if (!framed && !section.has("framing") && section.has("serial"))
    line.framing = ModbusFraming::rtu;
  if (line.framing == ModbusFraming::rtu) {
    read_serial_line(section, line);
    endpoint.port = 0;
    section.refuse({"host", "port"}, "is not for a serial port",
                   "RTU frames through a device server are framing: rtu_over_tcp");
  } else {
    read_host_and_port(section, endpoint, modbus_port);
    if (line.framing == ModbusFraming::rtu_over_tcp && !section.has("port")) {
      section.out().error(section.pos(), section.label() + " has no 'port'",
                          "device servers have no usual one: 4001, 10001, ...");
    }
    section.refuse({"serial", "baud", "parity", "stop_bits"}, "is for framing: rtu");
  }
  endpoint.settings = std::move(line);
}

bool read_modbus_unit(Section& section, const CommEndpoint& endpoint, std::string& into) {
  constexpr int last = 247;  // Modbus over Serial Line V1.02, 2.2: 248 to 255 are reserved
  const auto* line = std::get_if<ModbusLine>(&endpoint.settings);
  const bool tcp = line == nullptr || line->framing == ModbusFraming::tcp;
  std::string text;
  if (!section.text("unit", text)) {
    if (!section.has("unit")) {
      section.out().error(section.pos(), section.label() + " has no 'unit'",
                          tcp ? "the Modbus unit, 1 to 247; 255 when the device has none of its own"
                              : "the Modbus unit, 1 to 247");
    }
    return false;
  }
  int unit = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), unit);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  // On TCP 0 and 255 mean the device that answers at the address itself (Modbus Messaging on TCP/IP
  // V1.0b, 4.4.2.2); on a serial line 0 is the broadcast that nobody answers.
  const bool own = tcp && (unit == 0 || unit == 255);
  if (!whole || unit < 0 || !(own || (unit >= 1 && unit <= last))) {
    const bool broadcast = whole && !tcp && unit == 0;
    section.out().error(
        section.pos_of("unit"),
        fmt::format("{} must be a Modbus unit from 1 to {}{}, got '{}'", section.path("unit"), last,
                    tcp ? ", or 0 or 255 for the device itself" : "", text),
        broadcast ? "0 is the broadcast of a serial line: nobody answers it" : "");
    return false;
  }
  into = std::to_string(unit);
  return true;
}

// --- snmp ---------------------------------------------------------------------------------------

void read_snmp(Section& section, const Draft& draft, CommEndpoint& endpoint) {
  read_host_and_port(section, endpoint, snmp_port);
  SnmpAgent agent;
  read_snmp_agent(section, draft, agent);
  endpoint.settings = std::move(agent);
}

// --- mqtt ---------------------------------------------------------------------------------------

void read_tls(Section& section, MqttBroker& broker) {
  section.flag("tls", broker.tls);
  const bool certificate = section.text("certificate_file", broker.certificate_file);
  const bool key = section.text("key_file", broker.key_file);
  section.text("ca_file", broker.ca_file);
  if (certificate != key) {
    section.out().error(section.pos_of(certificate ? "certificate_file" : "key_file"),
                        section.label() + " needs certificate_file and key_file together");
  }
  if (!broker.tls) section.refuse({"ca_file", "certificate_file", "key_file"}, "is for tls: true");
}

// A topic to publish to, or below which to look: MQTT 5.0, 4.7.1, no wildcards.
bool is_topic(std::string_view topic) {
  return !topic.empty() && topic.find_first_of("+#") == std::string_view::npos &&
         !topic.ends_with('/');
}

void read_mqtt(Section& section, const Draft& draft, CommEndpoint& endpoint) {
  MqttBroker broker;
  read_tls(section, broker);
  read_host_and_port(section, endpoint, broker.tls ? mqtt_tls_port : mqtt_port);
  read_login(section, draft, endpoint, "a broker that knows everybody needs none");
  section.text("client_id", broker.client_id);
  constexpr Duration second{1'000};
  section.duration("keepalive", broker.keepalive, {.low = second * 5, .high = second * 3'600});
  section.duration("connection_timeout", broker.connection_timeout,
                   {.low = Duration{100}, .high = second * 600});
  section.duration("reconnect_interval", broker.reconnect_interval,
                   {.low = Duration{100}, .high = second * 3'600});
  section.duration("freshness", broker.freshness, {.low = Duration{100}});
  if (section.text("will_topic", broker.will_topic) && !is_topic(broker.will_topic)) {
    section.out().error(section.pos_of("will_topic"),
                        section.path("will_topic") + " is no topic to publish to",
                        "no '+' or '#', no '/' at its end");
  }
  if (!broker.tls && !endpoint.password.empty() && !is_loopback(lower_case(endpoint.host))) {
    section.out().warning(section.pos(), section.label() + " sends its password without encryption",
                          "tls: true");
  }
  endpoint.settings = std::move(broker);
}

}  // namespace

void read_endpoint(Section& section, const Draft& draft, CommEndpoint& endpoint) {
  std::string driver = "nut";
  section.text("driver", driver);
  endpoint.driver = driver;
  if (driver == "nut") return read_nut(section, draft, endpoint);
  if (driver == "modbus") return read_modbus(section, endpoint);
  if (driver == "snmp") return read_snmp(section, draft, endpoint);
  if (driver == "mqtt") return read_mqtt(section, draft, endpoint);
  endpoint.driver.clear();
  // Keys of a driver that nobody knows are no second problem.
  section.skip();
  if (driver == "nightwatt" || driver == "modem") {
    return not_part(section.out(), section.pos_of("driver"), "driver '" + driver + "'",
                    "this version has: nut, modbus, snmp, mqtt");
  }
  section.out().error(section.pos_of("driver"), "unknown driver '" + driver + "'",
                      meant(driver, {"nut", "modbus", "snmp", "mqtt"}));
}

bool read_unit(Section& section, const CommEndpoint& endpoint, std::string& into) {
  if (endpoint.driver == "modbus") return read_modbus_unit(section, endpoint, into);
  if (endpoint.driver == "snmp") {
    const Item* node = section.take("unit");
    if (node == nullptr) return true;
    section.out().error(node->pos, section.path("unit") + ": an SNMP agent is one device",
                        "leave it out; each agent is a comm device of its own");
    return false;
  }
  const bool mqtt = endpoint.driver == "mqtt";
  Located<std::string> unit;
  if (!section.name("unit", unit)) {
    if (!section.has("unit")) {
      section.out().error(
          section.pos(), section.label() + " has no 'unit'",
          mqtt ? "what its topics begin with, as in site/ups-a" : "the UPS's name on that upsd");
    }
    return false;
  }
  into = unit.value;
  if (mqtt ? is_topic(unit.value) : is_unit(unit.value)) return true;
  section.out().error(unit.pos,
                      section.path("unit") +
                          (mqtt ? " is no beginning of topics" : " is no name that NUT can carry"),
                      mqtt ? "no '+' or '#', no '/' at its end" : "no blanks, quotes or '@'");
  return false;
}

std::string address_of(const CommEndpoint& endpoint) {
  if (const auto* line = std::get_if<ModbusLine>(&endpoint.settings);
      line != nullptr && line->framing == ModbusFraming::rtu) {
    return line->serial;
  }
  if (endpoint.host.empty()) return {};
  return host_port(lower_case(endpoint.host), endpoint.port);
}

std::string destination(const CommEndpoint& endpoint) {
  const std::string address = address_of(endpoint);
  return address.empty() ? address : endpoint.driver + ' ' + address;
}

std::string show(const CommEndpoint& endpoint) {
  std::string out = endpoint.driver;
  if (const auto* line = std::get_if<ModbusLine>(&endpoint.settings)) {
    if (line->framing == ModbusFraming::rtu) {
      constexpr std::string_view letters = "NEO";
      return fmt::format("{} rtu {} {} 8{}{}", out, line->serial, line->baud,
                         letters[static_cast<std::size_t>(line->parity)], line->stop_bits);
    }
    if (line->framing == ModbusFraming::rtu_over_tcp) out += " rtu over tcp";
  } else if (const auto* agent = std::get_if<SnmpAgent>(&endpoint.settings)) {
    out += agent->version == SnmpVersion::v1    ? " v1"
           : agent->version == SnmpVersion::v2c ? " v2c"
                                                : " v3";
    if (!agent->user.empty()) {
      return fmt::format("{} {}, user {}", out, host_port(endpoint.host, endpoint.port),
                         agent->user);
    }
  } else if (const auto* broker = std::get_if<MqttBroker>(&endpoint.settings)) {
    if (broker->tls) out += " tls";
  }
  out += ' ' + host_port(endpoint.host, endpoint.port);
  return endpoint.username.empty() ? out : out + ", user " + endpoint.username;
}

}  // namespace nightwatt::config

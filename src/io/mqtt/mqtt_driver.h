#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "model/endpoint.h"
#include "ports/clock.h"
#include "ports/device_link.h"

// MQTT: UPSes that publish, behind brokers (docs/wire/mqtt.md).
//
//     MqttDriver ──open()──► link "mqtt-a1" ──one client──► broker ── ups/a/#, ups/b/#, ...
//         └ shared by all links: clock, event sink, and the sockets of all drivers (io/hub/)
//
// A device is never asked: its topics are subscribed at the first message for it, and a message is
// answered from what was published, when that is fresh.
namespace nightwatt::io {

struct DeviceSockets;
struct MqttShared;  // what the links of one driver share

inline constexpr std::uint16_t mqtt_port = 1883;      // IANA
inline constexpr std::uint16_t mqtt_tls_port = 8883;  // IANA

struct MqttTarget {
  std::string name{};  // the comm device's id, heads every error text
  std::string host{};  // name or literal IPv4/IPv6 address; the name that a certificate must have
  std::uint16_t port = mqtt_port;
  std::string username{};  // empty: neither user name nor password is sent
  std::string password{};
  MqttBroker broker{};
};

class MqttDriver {
 public:
  // The io_context of the sockets must be run by one thread and outlive the driver and its links.
  // `clock` outlives them too. Ignores SIGPIPE for the whole process: OpenSSL writes to sockets
  // without MSG_NOSIGNAL.
  MqttDriver(std::shared_ptr<DeviceSockets> sockets, const ports::Clock& clock,
             ports::EventSink sink);
  ~MqttDriver();
  MqttDriver(const MqttDriver&) = delete;
  MqttDriver& operator=(const MqttDriver&) = delete;

  // Makes no client: the first message does, or prepare(). Releasing the last owner closes the link
  // silently. Links may outlive the driver.
  std::shared_ptr<ports::DeviceLink> open(MqttTarget target);

 private:
  std::shared_ptr<MqttShared> shared_;
};

}  // namespace nightwatt::io

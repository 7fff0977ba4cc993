#include "io/mqtt/mqtt_driver.h"

#include <fmt/format.h>
#include <mosquitto.h>

#include <csignal>
#include <random>
#include <utility>

#include "io/mqtt/mqtt_link.h"

namespace nightwatt::io {
namespace {

void prepare_process() {
  static const bool once = [] {
    mosquitto_lib_init();
    struct sigaction now{};
    ::sigaction(SIGPIPE, nullptr, &now);
    if (now.sa_handler == SIG_DFL) std::signal(SIGPIPE, SIG_IGN);
    return true;
  }();
  static_cast<void>(once);
}

// Two clients of one id throw each other out for ever, and two daemons may read the same broker:
// part of it is drawn. At most 23 letters and digits, which every broker takes (MQTT-3.1.3-5).
std::string drawn_client_id(const std::string& comm) {
  std::string out = "nw";
  for (const char c : comm) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (plain && out.size() < 13) out += c;
  }
  std::random_device entropy;
  return out + fmt::format("{:08x}", entropy());
}

}  // namespace

MqttDriver::MqttDriver(std::shared_ptr<DeviceSockets> sockets, const ports::Clock& clock,
                       ports::EventSink sink)
    : shared_(
          std::make_shared<MqttShared>(MqttShared{std::move(sockets), clock, std::move(sink)})) {
  prepare_process();
}

MqttDriver::~MqttDriver() = default;

std::shared_ptr<ports::DeviceLink> MqttDriver::open(MqttTarget target) {
  if (target.broker.client_id.empty()) target.broker.client_id = drawn_client_id(target.name);
  return std::make_shared<MqttLink>(shared_, std::move(target));
}

}  // namespace nightwatt::io

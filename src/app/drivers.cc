#include "app/drivers.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace nightwatt::app {
namespace {

// Comm devices over which somebody is polled, unless something goes wrong.
std::vector<bool> used_from_the_start(const core::Site& site) {
  std::vector<bool> used(site.comms.size(), false);
  for (const core::DeviceRule& device : site.devices) {
    used[device.paths[core::path_at_start(device).value - 1u].comm.value] = true;
  }
  return used;
}

}  // namespace

Drivers::Drivers(boost::asio::io_context& io, const ports::Clock& clock, ports::EventSink sink)
    : sockets_(std::make_shared<io::DeviceSockets>(io)),
      nut_(sockets_, sink),
      modbus_(sockets_, sink),
      snmp_(sockets_, sink),
      mqtt_(sockets_, clock, sink) {}

std::shared_ptr<ports::DeviceLink> Drivers::open(const std::string& name,
                                                 const config::CommEndpoint& endpoint,
                                                 ports::LinkUse use) {
  if (const auto* line = std::get_if<ModbusLine>(&endpoint.settings)) {
    return modbus_.open({.name = name, .host = endpoint.host, .port = endpoint.port, .line = *line},
                        use);
  }
  if (const auto* agent = std::get_if<SnmpAgent>(&endpoint.settings)) {
    return snmp_.open({.name = name, .host = endpoint.host, .port = endpoint.port, .agent = *agent},
                      use);
  }
  if (const auto* broker = std::get_if<MqttBroker>(&endpoint.settings)) {
    return mqtt_.open({.name = name,
                       .host = endpoint.host,
                       .port = endpoint.port,
                       .username = endpoint.username,
                       .password = endpoint.password,
                       .broker = *broker});
  }
  return nut_.open({.name = name,
                    .host = endpoint.host,
                    .port = endpoint.port,
                    .username = endpoint.username,
                    .password = endpoint.password},
                   use);
}

std::vector<std::shared_ptr<ports::DeviceLink>> Drivers::open_links(const config::Config& config) {
  std::vector<std::shared_ptr<ports::DeviceLink>> out;
  out.reserve(config.endpoints.size());
  const std::vector<bool> used = used_from_the_start(config.site);
  sockets_->hub.expect(static_cast<std::size_t>(std::ranges::count(used, true)));
  for (std::size_t i = 0; i < config.endpoints.size(); ++i) {
    out.push_back(open(config.site.comms[i].name, config.endpoints[i],
                       used[i] ? ports::LinkUse::now : ports::LinkUse::later));
  }
  return out;
}

}  // namespace nightwatt::app

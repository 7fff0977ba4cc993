#include "app/traps.h"

#include <utility>
#include <variant>
#include <vector>

namespace nightwatt::app {
namespace {

std::vector<io::TrapSource> sources_of(const config::Config& config) {
  std::vector<io::TrapSource> sources;
  for (std::size_t i = 0; i < config.endpoints.size(); ++i) {
    const auto* const agent = std::get_if<SnmpAgent>(&config.endpoints[i].settings);
    if (agent == nullptr) continue;
    const CommId comm{static_cast<std::uint32_t>(i)};
    sources.push_back({.comm = comm, .host = config.endpoints[i].host, .agent = *agent});
  }
  return sources;
}

}  // namespace

Traps::Traps(std::shared_ptr<io::DeviceSockets> sockets, ports::EventSink sink)
    : sockets_(std::move(sockets)), sink_(std::move(sink)) {}

expected<void, Error> Traps::obey(const config::Config& config) {
  if (!config.snmp_traps) {
    receiver_.reset();
    return {};
  }
  const SnmpTraps& traps = *config.snmp_traps;
  const std::string wanted = traps.address + ' ' + std::to_string(traps.port);
  if (receiver_ && wanted == listening_on_) {
    receiver_->replace(traps, sources_of(config));
    return {};
  }
  receiver_.reset();
  auto made = io::TrapReceiver::listen(sockets_, traps, sources_of(config), sink_);
  if (!made) return unexpected<Error>(made.error());
  receiver_ = std::move(*made);
  listening_on_ = wanted;
  return {};
}

}  // namespace nightwatt::app

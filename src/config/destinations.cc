#include "config/destinations.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "config/address.h"
#include "config/comm_device.h"
#include "config/limits.h"
#include "config/nearest.h"

namespace nightwatt::config {
namespace {

// The address as address_of() of a comm device would say it; "" after an error.
std::string read_serial(Section& section) {
  std::string serial;
  section.text("serial", serial);
  section.refuse({"host", "port"}, "beside 'serial': a destination is one of the two");
  return serial;
}

std::string read_host_port(Section& section) {
  std::string host;
  int port = 0;
  const bool has_host = section.text("host", host);
  const bool has_port = section.whole("port", port, 1, 65'535);
  if (!section.has("host")) {
    section.out().error(section.pos(), section.label() + " has no 'host'",
                        "the address and port, or the serial port, of a comm device");
  } else if (!section.has("port")) {
    section.out().error(section.pos(), section.label() + " has no 'port'",
                        "nut: 3493, modbus: 502, snmp: 161, mqtt: 1883, with tls 8883");
  }
  if (has_host && !is_host(host)) {
    section.out().error(section.pos_of("host"),
                        section.path("host") + " is no host name or address");
    return {};
  }
  if (!has_host || !has_port) return {};
  return host_port(lower_case(host), static_cast<std::uint16_t>(port));
}

void read_destination(const Item& node, std::size_t index, Draft& draft) {
  Section section(node, fmt::format("destinations[{}]", index + 1), draft.out);
  if (node.kind != ItemKind::mapping) return;
  const std::string address =
      section.has("serial") ? read_serial(section) : read_host_port(section);
  if (!address.empty()) section.rename("destinations['" + address + "']");
  const PathSettings settings = read_path_settings(section);
  section.finish();
  if (address.empty()) return;
  const auto [known, inserted] =
      draft.destination_settings.try_emplace(address, DestinationWritten{settings, section.pos()});
  if (inserted) return;
  draft.out.error(section.pos(), "destination '" + address + "' is written twice",
                  fmt::format("the first one is in line {}", known->second.pos.line));
}

std::string hint_for(const std::string& address, const std::set<std::string>& reached) {
  if (reached.empty()) return "there is no comm device";
  constexpr std::size_t compared_max = 2'000;  // a hint is not worth more
  if (reached.size() > compared_max) return {};
  // The same host at another port is nearer than anything that looks alike.
  const std::string host = address.substr(0, address.rfind(':') + 1);
  const auto same_host = reached.lower_bound(host);
  if (!host.empty() && same_host != reached.end() && same_host->starts_with(host)) {
    return "did you mean '" + *same_host + "'?";
  }
  return meant(address, {reached.begin(), reached.end()});
}

}  // namespace

void read_destinations(Section& root, Draft& draft) {
  const Item* list = root.take_list("destinations");
  if (list == nullptr) return;
  if (list->children.size() > comm_devices_max) {
    draft.out.error(list->pos, fmt::format("more than {} destinations", comm_devices_max));
    return;
  }
  for (std::size_t i = 0; i < list->children.size(); ++i) {
    read_destination(*list->children[i], i, draft);
  }
}

const PathSettings* destination_settings(const Draft& draft, const CommEndpoint& endpoint) {
  if (draft.destination_settings.empty()) return nullptr;
  const auto found = draft.destination_settings.find(address_of(endpoint));
  return found == draft.destination_settings.end() ? nullptr : &found->second.settings;
}

void check_destinations(Draft& draft) {
  if (draft.destination_settings.empty()) return;
  std::set<std::string> reached;
  for (const CommEndpoint& endpoint : draft.config.endpoints) reached.insert(address_of(endpoint));
  // A comm device whose address is wrong may be the one that is meant; it has its error.
  if (reached.contains("")) return;
  for (const auto& [address, written] : draft.destination_settings) {
    if (reached.contains(address)) continue;
    draft.out.error(written.pos, "no comm device has the destination '" + address + "'",
                    hint_for(address, reached));
  }
}

}  // namespace nightwatt::config

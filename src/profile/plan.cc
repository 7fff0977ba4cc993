#include <algorithm>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "profile/profile.h"

// Which messages a schedule needs: the fewest within the limits of the protocol.
namespace nightwatt::profile {
namespace {

// One reply carries at most 125 registers or 2,000 bits (Modbus V1.1b3, 6.1 to 6.4).
constexpr int registers_max = 125;
constexpr int bits_max = 2'000;
// Reading a few registers that nobody asked for is cheaper than a second round trip; devices with
// holes in their maps answer "illegal data address", so the gap stays small.
constexpr int register_gap_max = 8;
constexpr int bit_gap_max = 64;
// So many OIDs fit into a reply of 484 octets, which every agent must take (RFC 3417, 3.2.1).
constexpr std::size_t oids_max = 20;

bool is_bits(RegisterKind kind) {
  return kind == RegisterKind::coil || kind == RegisterKind::discrete_input;
}

int size_of(const ModbusSource& source) {
  return is_bits(source.kind) ? 1 : registers_of(source.type);
}

// Items must be sorted by kind and address.
void plan_modbus(const Profile& profile, ReadPlan& out) {
  for (std::size_t i = 0; i < out.items.size(); ++i) {
    const auto& source = std::get<ModbusSource>(profile.items[out.items[i]].source);
    const int end = source.address + size_of(source);
    if (!out.messages.empty()) {
      ReadMessage& last = out.messages.back();
      const int last_end = last.address + last.count;
      const int gap = is_bits(source.kind) ? bit_gap_max : register_gap_max;
      const int most = is_bits(source.kind) ? bits_max : registers_max;
      const int joined = std::max(end, last_end) - last.address;
      if (last.kind == source.kind && source.address - last_end <= gap && joined <= most) {
        last.count = static_cast<std::uint16_t>(joined);
        ++last.items;
        continue;
      }
    }
    out.messages.push_back({source.kind, source.address,
                            static_cast<std::uint16_t>(end - source.address),
                            static_cast<std::uint16_t>(i), 1});
  }
}

void plan_in_lots(std::size_t most, ReadPlan& out) {
  for (std::size_t first = 0; first < out.items.size(); first += most) {
    ReadMessage message;
    message.first = static_cast<std::uint16_t>(first);
    message.items = static_cast<std::uint16_t>(std::min(most, out.items.size() - first));
    out.messages.push_back(message);
  }
}

}  // namespace

bool wants(const Wanted& wanted, VariableId variable, std::string_view group) {
  if (wanted.all()) return true;
  if (std::ranges::find(wanted.variables, variable) != wanted.variables.end()) return true;
  return !group.empty() && std::ranges::find(wanted.groups, group) != wanted.groups.end();
}

ReadPlan plan(const Profile& profile, const Wanted& wanted) {
  ReadPlan out;
  for (std::size_t i = 0; i < profile.items.size(); ++i) {
    const Item& item = profile.items[i];
    if (wants(wanted, item.variable, item.group))
      out.items.push_back(static_cast<std::uint16_t>(i));
  }
  switch (profile.protocol) {
    case Protocol::modbus:
      std::ranges::stable_sort(out.items, {}, [&](std::uint16_t index) {
        const auto& source = std::get<ModbusSource>(profile.items[index].source);
        return std::pair(source.kind, source.address);
      });
      plan_modbus(profile, out);
      break;
    case Protocol::snmp: plan_in_lots(oids_max, out); break;
    case Protocol::mqtt: plan_in_lots(out.items.size() + 1, out); break;
  }
  return out;
}

}  // namespace nightwatt::profile

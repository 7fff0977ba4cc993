#include "app/nameplates.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace nightwatt::app {
namespace {

constexpr Duration every = std::chrono::minutes(10);
// Names become labels of metrics and keys of JSON.
bool printable(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) { return c > ' ' && c < 0x7f; });
}

constexpr std::size_t names_max = 4'096;  // servers may invent names; more are not shown

}  // namespace

std::uint16_t Nameplates::number_of(std::string_view name) {
  const auto found = numbers_.find(name);
  if (found != numbers_.end()) return found->second;
  if (names_.size() >= names_max) return names_max;
  const auto number = static_cast<std::uint16_t>(names_.size());
  names_.push_back(&numbers_.emplace(name, number).first->first);
  return number;
}

void Nameplates::said(DeviceId device, const std::vector<TextValue>& texts) {
  if (device.value >= plates_.size()) return;
  Plate& plate = plates_[device.value];
  const Instant now = clock_.now();
  plate.next = now + every;
  std::string packed;
  std::vector<bool> seen(names_max);  // a server may repeat itself
  for (const TextValue& each : texts) {
    if (!printable(each.name)) continue;
    const std::uint16_t number = number_of(each.name);
    if (number == names_max || seen[number]) continue;
    seen[number] = true;
    packed += static_cast<char>(number & 0xff);
    packed += static_cast<char>(number >> 8);
    packed += each.text;
    packed += '\0';
  }
  if (packed.empty()) return;  // a driver that just began: what is known is not undone by it
  plate.at = now;
  if (packed == plate.packed) return;
  packed.shrink_to_fit();
  plate.packed = std::move(packed);
}

Nameplate Nameplates::of(DeviceId device) const {
  Nameplate out;
  if (device.value >= plates_.size()) return out;
  const Plate& plate = plates_[device.value];
  out.at = plate.at;
  for (std::size_t at = 0; at + 2 < plate.packed.size();) {
    const auto low = static_cast<unsigned char>(plate.packed[at]);
    const auto high = static_cast<unsigned char>(plate.packed[at + 1]);
    const std::size_t end = plate.packed.find('\0', at + 2);
    out.texts.push_back({*names_[low | high << 8], plate.packed.substr(at + 2, end - at - 2)});
    at = end + 1;
  }
  return out;
}

}  // namespace nightwatt::app

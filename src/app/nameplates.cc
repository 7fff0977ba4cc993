#include "app/nameplates.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

namespace nightwatt::app {
namespace {

constexpr Duration every = std::chrono::minutes(10);
// Names become labels of metrics and keys of JSON.
bool printable(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) { return c > ' ' && c < 0x7f; });
}

constexpr std::size_t names_max = 4'096;   // servers may invent names; more are not shown
constexpr std::uint16_t own_bit = 0x8000;  // of the number of a name: its text is not the model's
static_assert(names_max < own_bit);

// Most UPSes of one model say the same here.
bool is_of_model(std::string_view name) {
  constexpr std::array<std::string_view, 9> names{
      "battery.type", "device.mfr", "device.model", "device.type",  "ups.firmware",
      "ups.mfr",      "ups.model",  "ups.type",     "ups.vendorid",
  };
  return std::ranges::find(names, name) != names.end();
}

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
  std::string kind;
  std::string own;
  std::vector<bool> seen(names_max);  // a server may repeat itself
  for (const TextValue& each : texts) {
    if (!printable(each.name)) continue;
    const std::uint16_t number = number_of(each.name);
    if (number == names_max || seen[number]) continue;
    seen[number] = true;
    const bool of_model = is_of_model(each.name);
    const auto marked = static_cast<std::uint16_t>(of_model ? number : number | own_bit);
    kind += static_cast<char>(marked & 0xff);
    kind += static_cast<char>(marked >> 8);
    std::string& into = of_model ? kind : own;
    into += each.text.c_str();  // up to a NUL: what follows one would be read as something else
    into += '\0';
  }
  if (kind.empty()) return;  // a driver that just began: what is known is not undone by it
  plate.at = now;
  set_kind(plate, kind);
  if (own == plate.own) return;
  own.shrink_to_fit();
  plate.own = std::move(own);
}

void Nameplates::set_kind(Plate& plate, const std::string& kind) {
  if (plate.kind != nullptr) {
    if (plate.kind->first == kind) return;
    if (--plate.kind->second == 0) kinds_.erase(plate.kind->first);
  }
  plate.kind = &*kinds_.try_emplace(kind, 0).first;
  ++plate.kind->second;
}

Nameplate Nameplates::of(DeviceId device) const {
  Nameplate out;
  if (device.value >= plates_.size()) return out;
  const Plate& plate = plates_[device.value];
  out.at = plate.at;
  if (plate.kind == nullptr) return out;
  const auto take = [](std::string_view& from) {
    const std::string_view text = from.substr(0, from.find('\0'));
    from.remove_prefix(text.size() + 1);
    return std::string(text);
  };
  std::string_view own = plate.own;
  for (std::string_view kind = plate.kind->first; kind.size() >= 2;) {
    const auto low = static_cast<unsigned char>(kind[0]);
    const auto high = static_cast<unsigned char>(kind[1]);
    kind.remove_prefix(2);
    const auto marked = static_cast<std::uint16_t>(low | high << 8);
    const bool of_model = (marked & own_bit) == 0;
    out.texts.push_back({*names_[marked & ~own_bit], take(of_model ? kind : own)});
  }
  return out;
}

}  // namespace nightwatt::app

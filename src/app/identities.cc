#include "app/identities.h"

#include <fmt/format.h>

#include <iterator>
#include <utility>
#include <variant>

namespace nightwatt::app {
namespace {

void add_identity(const config::Config& config, const core::DeviceRule& device, std::string& out) {
  out += device.name;
  for (const core::PathRule& path : device.paths) {
    const config::CommEndpoint& endpoint = config.endpoints.at(path.comm.value);
    const auto* line = std::get_if<ModbusLine>(&endpoint.settings);
    const bool serial = line != nullptr && line->framing == ModbusFraming::rtu;
    fmt::format_to(std::back_inserter(out), "|{}@{}:{}", path.unit,
                   serial ? line->serial : endpoint.host, endpoint.port);
  }
}

}  // namespace

Identities::Identities(const config::Config& config)
    : known_(config.site.members.size()), unknown_(config.site.members.size()) {
  ends_.reserve(known_.size());
  for (const core::MemberRule& member : config.site.members) {
    add_identity(config, config.site.devices.at(member.device.value), texts_);
    ends_.push_back(static_cast<std::uint32_t>(texts_.size()));
  }
}

std::string_view Identities::of(std::size_t member) const {
  const std::size_t begin = member == 0 ? 0 : ends_[member - 1];
  return std::string_view(texts_).substr(begin, ends_[member] - begin);
}

void Identities::set_known(std::size_t member) {
  if (known_[member]) return;
  known_[member] = true;
  if (--unknown_ > 0) return;
  Identities none;
  std::swap(*this, none);  // to assign an empty text would keep the room of the one before
}

std::size_t Identities::room() const {
  return texts_.capacity() + ends_.capacity() * sizeof(ends_[0]) + known_.capacity() / 8;
}

}  // namespace nightwatt::app

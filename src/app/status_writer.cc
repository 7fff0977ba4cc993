#include "app/status_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "app/comm_json.h"
#include "app/status_json.h"
#include "io/system_clock.h"

namespace nightwatt::app {
namespace {

constexpr std::uint32_t portion = 64;  // devices or groups a turn: about a millisecond

}  // namespace

void StatusWriter::begin(std::string& out) {
  out = "{";
  if (document_ == Document::status) {
    out += fmt::format("\"time\":\"{}\",", io::rfc3339(clock_.wall_now()));
  }
  place_ = document_ == Document::groups ? Place::groups : Place::devices;
  out += document_ == Document::groups ? "\"groups\":[" : "\"devices\":[";
  next_ = 0;
}

void StatusWriter::write_devices(std::string& out) {
  const core::Engine& engine = loop_.engine();
  const auto count = static_cast<std::uint32_t>(engine.site().devices.size());
  for (const std::uint32_t end = std::min(count, next_ + portion); next_ < end; ++next_) {
    const DeviceId id{next_};
    auto json = device_json(loop_, id, clock_);
    if (document_ == Document::devices) {
      json["points"] = points_json(engine.comm().view(id, clock_.now()));
    }
    if (next_ > 0) out += ',';
    out += dump(json);
  }
  if (next_ < count) return;
  next_ = 0;
  out += ']';
  place_ = document_ == Document::devices ? Place::end : Place::groups;
  if (place_ == Place::groups) out += ",\"groups\":[";
}

void StatusWriter::write_groups(std::string& out) {
  const core::Engine& engine = loop_.engine();
  const auto count = static_cast<std::uint32_t>(engine.site().groups.size());
  for (const std::uint32_t end = std::min(count, next_ + portion); next_ < end; ++next_) {
    if (next_ > 0) out += ',';
    out += dump(group_json(engine, GroupId{next_}, clock_));
  }
  if (next_ < count) return;
  out += ']';
  place_ = Place::end;
}

bool StatusWriter::write(std::string& out) {
  if (generation_ != loop_.generation()) {
    generation_ = loop_.generation();
    place_ = Place::begin;
  }
  switch (place_) {
    case Place::begin: begin(out); break;
    case Place::devices: write_devices(out); break;
    case Place::groups: write_groups(out); break;
    case Place::end: out += "}\n"; return true;
  }
  return false;
}

}  // namespace nightwatt::app

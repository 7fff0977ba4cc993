// `do:` of a timeline: what people, the daemon and devices do.
#include <fmt/format.h>

#include <algorithm>

#include "app/simulate_items.h"
#include "core/orders.h"

namespace nightwatt::app {
namespace {

using config::Section;
using sim::Happening;
using sim::World;

enum class Deed : std::uint8_t {
  abort,
  hold,
  release,
  path,
  automatic,
  freeze,
  control,
  spoke,
  maintenance,
  crash,
  start,
  stall
};

std::optional<Event> missing(Section& section, std::string_view what, std::string hint = {}) {
  section.out().error(section.pos(), fmt::format("{}: {} is missing", section.label(), what),
                      std::move(hint));
  return std::nullopt;
}

std::optional<Event> of_group(Section& section, Deed deed, const core::Site& site) {
  Duration lasts = deed == Deed::abort ? Duration(std::chrono::minutes(10)) : Duration(0);
  // What a deed does not read is an unknown key.
  const bool timed = deed != Deed::release && section.duration("for", lasts);
  if (!section.has("group")) return missing(section, "group");
  if (!timed && deed == Deed::hold) return missing(section, "for", "for: 10m");
  const auto group = named_group(section, "group", site);
  if (!group) return std::nullopt;
  if (deed == Deed::abort) return AbortRequested{{}, *group, lasts};
  if (deed == Deed::hold) return HoldRequested{{}, *group, lasts};
  return ReleaseRequested{{}, *group};
}

std::optional<Event> path_selected(Section& section, DeviceId device, const core::Site& site) {
  int path = 0;
  const int paths = static_cast<int>(site.devices[device.value].paths.size());
  if (section.whole("path", path, 1, paths))
    return PathSelected{{}, device, PathRank{static_cast<std::uint8_t>(path)}};
  return section.has("path") ? std::nullopt : missing(section, "path");
}

// The order as `nightwatt control` gives it. Whether it is allowed is for the engine to say.
std::optional<Event> order_of(Section& section, DeviceId device, Happening& into) {
  ControlRequested order{{}, device, ControlKind::command, {}, {}, {}, "timeline"};
  const bool writes = section.has("variable");
  if (writes == section.has("command")) {
    section.out().error(section.pos(), section.label() + " needs either command or variable",
                        "command: test.battery.start, or variable: ups.delay.shutdown, value: 30");
    return std::nullopt;
  }
  if (writes) order.kind = ControlKind::write;
  (void)section.text(writes ? "variable" : "command", order.name);
  (void)section.text("value", order.value);
  (void)section.flag("dry_run", order.dry_run);
  Duration expires{0};
  if (section.duration("expires", expires, {.low = Duration{1}, .high = core::order_expiry_max})) {
    order.expires_in = expires;
  }
  if (writes && !section.has("value")) return missing(section, "value");
  into.text += " " + order.name + (order.value.empty() ? "" : " " + order.value);
  return order;
}

std::optional<Event> of_ups(Section& section, Deed deed, const core::Site& site, Happening& into) {
  const bool lasting = deed == Deed::maintenance || deed == Deed::freeze;
  Duration lasts{0};
  const bool timed = lasting && section.duration("for", lasts);
  bool force = false;
  if (deed == Deed::maintenance) (void)section.flag("force", force);
  if (!section.has("ups")) return missing(section, "ups");
  if (lasting && !timed) return missing(section, "for", "for: 10m");
  const auto device = named_device(section, "ups", site);
  if (!device) return std::nullopt;
  into.text += " " + site.devices[device->value].name;
  if (deed == Deed::maintenance) return MaintenanceRequested{{}, *device, lasts, force};
  if (deed == Deed::freeze) return FreezeRequested{{}, *device, lasts};
  if (deed == Deed::automatic) return PathSelected{{}, *device, std::nullopt};
  if (deed == Deed::control) return order_of(section, *device, into);
  return path_selected(section, *device, site);
}

// A trap of an SNMP agent: what is behind the comm device is polled at once.
std::optional<Event> spoken(Section& section, const core::Site& site, Happening& into) {
  if (!section.has("comm")) return missing(section, "comm");
  const auto comm = named_comm(section, "comm", site);
  if (!comm) return std::nullopt;
  into.text = site.comms[comm->value].name + " speaks unasked";
  return DeviceSpoke{*comm};
}

std::optional<World::Change> daemons(Section& section, Deed deed) {
  if (deed == Deed::crash) return [](World& world) { world.crash(); };
  if (deed == Deed::start) {
    return [](World& world) {
      if (!world.alive()) world.start();
    };
  }
  Duration lasts{0};
  if (section.duration("for", lasts)) return [lasts](World& world) { world.stall(lasts); };
  if (!section.has("for")) (void)missing(section, "for");
  return std::nullopt;
}

std::optional<Event> event_of(Section& section, Deed deed, const core::Site& site,
                              Happening& into) {
  if (deed == Deed::spoke) return spoken(section, site, into);
  const bool group = deed == Deed::abort || deed == Deed::hold || deed == Deed::release;
  return group ? of_group(section, deed, site) : of_ups(section, deed, site, into);
}

}  // namespace

void read_deed(Section& section, const core::Site& site, Happening& into) {
  Deed deed{};
  if (!section.choice("do", deed,
                      {{"abort", Deed::abort},
                       {"hold", Deed::hold},
                       {"release", Deed::release},
                       {"path", Deed::path},
                       {"auto", Deed::automatic},
                       {"freeze", Deed::freeze},
                       {"control", Deed::control},
                       {"spoke", Deed::spoke},
                       {"maintenance", Deed::maintenance},
                       {"crash", Deed::crash},
                       {"start", Deed::start},
                       {"stall", Deed::stall}})) {
    return;
  }
  (void)section.text("do", into.text);
  if (deed == Deed::crash || deed == Deed::start || deed == Deed::stall) {
    if (auto change = daemons(section, deed)) then(into, std::move(*change));
  } else if (const auto event = event_of(section, deed, site, into)) {
    then(into, [event = *event](World& world) { world.ask(event); });
  }
}

}  // namespace nightwatt::app

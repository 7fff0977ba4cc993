// The items of `start:` and `timeline:` of a scenario file.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/simulate_items.h"
#include "config/duration.h"
#include "model/reading.h"

namespace nightwatt::app {
namespace {

using config::Section;
using sim::Happening;
using sim::World;

void append(std::string& text, const std::string& part) {
  text += (text.empty() ? "" : ", ") + part;
}

// "5 %/min", "5%/min" or a bare number of percent a minute; negative charges.
bool read_drain(Section& section, double& into) {
  std::string text;
  if (!section.text("drain", text)) return false;
  std::string number = text;
  std::erase(number, ' ');
  if (number.ends_with("%/min")) number.resize(number.size() - 5);
  const bool charges = number.starts_with('-');
  const auto value = config::parse_number(charges ? std::string_view(number).substr(1) : number);
  if (!value || std::abs(*value) > 100'000) {
    section.out().error(
        section.pos_of("drain"),
        fmt::format("{} must be a rate such as 5 %/min, got '{}'", section.path("drain"), text));
    return false;
  }
  into = charges ? -*value : *value;
  return true;
}

void read_status(Section& section, DeviceId device, Happening& into) {
  std::string text;
  if (!section.any_text("status", text)) return;
  const StatusWords status = parse_status(text);
  if (status.has(StatusWord::other)) {
    section.out().error(section.pos_of("status"),
                        fmt::format("'{}' has a word that is no ups.status", text),
                        "known here: OL OB LB HB RB CHRG DISCHRG BYPASS CAL OFF OVER TRIM BOOST "
                        "FSD ALARM WAIT TEST ECO");
    return;
  }
  append(into.text, "status " + (text.empty() ? std::string("(none)") : text));
  then(into, [device, status](World& world) { world.ups(device).set_status(status); });
}

void read_variables(Section& section, DeviceId device, Happening& into) {
  for (std::size_t i = 0; i < variable_count; ++i) {
    const auto variable = static_cast<Variable>(i);
    const std::string_view key = variable_name(variable);  // lives as long as the section needs it
    std::string text;
    if (!section.text(key, text)) continue;
    Values judged;
    const ValueResult result = judged.set_text(variable, text);
    if (result == ValueResult::not_a_number) {
      section.out().error(section.pos_of(key),
                          fmt::format("{} must be a number, got '{}'", section.path(key), text));
      continue;
    }
    append(into.text, std::string(key) + " " + text);
    then(into, [device, variable, text](World& world) {
      world.ups(device).set_text(variable, text, world.now());
    });
  }
}

using LinkWord = std::pair<std::string_view, sim::Link::Kind>;

bool read_link_state(Section& section, sim::Link::Kind& into) {
  return section.choice(
      "state", into,
      std::initializer_list<LinkWord>{{"ok", sim::Link::Kind::ok},
                                      {"hang", sim::Link::Kind::silent},
                                      {"down", sim::Link::Kind::refuses},
                                      {"stale", sim::Link::Kind::stale},
                                      {"driver_down", sim::Link::Kind::driver_down}});
}

void read_links(Section& section, DeviceId device, const core::Site& site, Happening& into) {
  const int paths = static_cast<int>(site.devices[device.value].paths.size());
  int path = 0;
  const bool one = section.whole("path", path, 1, paths);
  sim::Link::Kind kind{};
  if (!read_link_state(section, kind)) {
    if (one && !section.has("state")) {
      section.out().error(section.pos_of("path"), "path says which, state says how it is",
                          "add state: down, hang, stale, driver_down or ok");
    }
    return;
  }
  std::string word;
  (void)section.text("state", word);
  append(into.text,
         (one ? "path " + std::to_string(path) : std::string("every path")) + " " + word);
  const int first = one ? path : 1;
  const int last = one ? path : paths;
  then(into, [device, kind, first, last](World& world) {
    for (int p = first; p <= last; ++p) {
      world.link(device, PathRank{static_cast<std::uint8_t>(p)}).kind = kind;
    }
  });
}

void read_comm(Section& section, const core::Site& site, Happening& into) {
  const auto named = named_comm(section, "comm", site);
  if (!named) return;
  const CommId comm = *named;
  enum class How { ok, hang, down, disabled, missing, driver_down, out_of_service };
  How how{};
  const bool known_state = section.choice("state", how,
                                          {{"ok", How::ok},
                                           {"hang", How::hang},
                                           {"down", How::down},
                                           {"disabled", How::disabled},
                                           {"missing", How::missing},
                                           {"driver_down", How::driver_down},
                                           {"out_of_service", How::out_of_service}});
  if (!known_state) {
    if (!section.has("state"))
      section.out().error(section.pos(), section.label() + ": state is missing");
    return;
  }
  std::string word;
  (void)section.text("state", word);
  into.text = site.comms[comm.value].name + " is " + word;
  then(into, [comm, how](World& world) {
    world.silence(comm, how == How::hang);
    for (std::uint32_t d = 0; d < world.site().devices.size(); ++d) {
      const auto& paths = world.site().devices[d].paths;
      for (std::uint8_t p = 1; p <= paths.size(); ++p) {
        if (paths[p - 1u].comm != comm) continue;
        world.link(DeviceId{d}, PathRank{p}).kind =
            how == How::down ? sim::Link::Kind::refuses : sim::Link::Kind::ok;
      }
    }
    CommState state = CommState::ok;
    if (how == How::disabled) state = CommState::disabled;
    if (how == How::missing) state = CommState::missing;
    if (how == How::driver_down) state = CommState::driver_down;
    if (how == How::out_of_service) state = CommState::out_of_service;
    if (world.comm_state(comm) != state) world.report_comm(comm, state);
  });
}

void read_step(Section& section, const core::Site& site, Happening& into) {
  const auto step = named_step(section, site);
  using Act = sim::Machine::Act;
  Act act{};
  const bool has_act = section.choice(
      "result", act,
      {{"ok", Act::ok}, {"fail", Act::fail}, {"hang", Act::hang}, {"slow", Act::slow}});
  Duration takes{0};
  const bool has_takes = section.duration("takes", takes);
  bool up = false;
  const bool has_up = section.flag("up", up);
  if (!step) return;
  if (!has_act && !has_takes && !has_up) {
    section.out().error(section.pos(), section.label() + " changes nothing",
                        "add result: ok, fail, hang or slow, takes: 3s, or up: true");
    return;
  }
  std::string word;
  if (has_act && section.text("result", word)) append(into.text, "will end " + word);
  if (has_takes) append(into.text, "takes " + config::show(takes));
  if (has_up) append(into.text, up ? "is up" : "is down");
  into.text = step->second + ": " + into.text;
  then(into, [where = *step, act, has_act, takes, has_takes, up, has_up](World& world) {
    sim::Machine& machine = world.machine(where.first, where.second);
    if (has_act) machine.act = act;
    if (has_takes) machine.takes = takes;
    if (has_up && !up) machine.up = false;
    if (has_up && up) world.raise(where.first, where.second);
  });
}

void read_journal(Section& section, Happening& into) {
  using Kind = sim::JournalDisk::Kind;
  Kind kind{};
  if (!section.choice(
          "journal", kind,
          {{"ok", Kind::ok}, {"slow", Kind::slow}, {"full", Kind::full}, {"hang", Kind::silent}})) {
    return;
  }
  std::string word;
  (void)section.text("journal", word);
  into.text = "the journal's disk is " + word;
  then(into, [kind](World& world) { world.set_disk(kind); });
}

void read_flag(Section& section, const core::Site& site, Happening& into) {
  const auto group = named_group(section, "flag", site);
  using Owner = sim::FlagFile::Owner;
  Owner owner{};
  const bool known =
      section.choice("owner", owner,
                     {{"none", Owner::none}, {"stray", Owner::stray}, {"foreign", Owner::foreign}});
  if (!group || !known) {
    if (!section.has("owner")) {
      section.out().error(section.pos(), section.label() + ": owner is missing",
                          "known here: none, stray, foreign");
    }
    return;
  }
  std::string word;
  (void)section.text("owner", word);
  into.text = "re-entry flag of " + site.groups[group->value].name + ": " + word;
  then(into, [group = *group, owner](World& world) { world.flag(group).owner = owner; });
}

}  // namespace

void then(Happening& into, World::Change change) {
  if (!into.change) {
    into.change = std::move(change);
    return;
  }
  into.change = [first = std::move(into.change), second = std::move(change)](World& world) {
    first(world);
    second(world);
  };
}

void read_ups_change(Section& section, DeviceId device, const core::Site& site, Happening& into) {
  const std::size_t errors = section.out().errors();
  read_status(section, device, into);
  read_variables(section, device, into);
  double drain = 0;
  const bool drains = read_drain(section, drain);
  bool feed = true;
  if (section.flag("feed", feed)) {
    append(into.text, feed ? "mains are back" : "mains fail");
    then(into, [device, feed, drain](World& world) {
      if (feed) {
        world.ups(device).feed_on(world.now());
      } else {
        world.ups(device).feed_off(drain, world.now());
      }
    });
  }
  if (drains) {
    append(into.text, fmt::format("drains {} %/min", drain));
    then(into, [device, drain](World& world) { world.ups(device).set_drain(drain, world.now()); });
  }
  read_links(section, device, site, into);
  if (!into.change && section.out().errors() == errors) {
    section.out().error(section.pos(), section.label() + " changes nothing",
                        "add status:, battery.charge:, drain:, feed: off, or state: down");
    return;
  }
  into.text = site.devices[device.value].name + ": " + into.text;
}

void read_happening(Section& section, const core::Site& site, sim::Scenario& scenario) {
  Happening into;
  Duration at{0};
  if (section.duration("at", at)) {
    into.at = Instant{} + at;
  } else if (!section.has("at")) {
    section.out().error(section.pos(), section.label() + ": at is missing", "at: 60s");
  }
  if (section.has("do")) {
    read_deed(section, site, into);
  } else if (section.has("ups")) {
    const auto device = named_device(section, "ups", site);
    read_ups_change(section, device.value_or(DeviceId{0}), site, into);
  } else if (section.has("comm")) {
    read_comm(section, site, into);
  } else if (section.has("step")) {
    read_step(section, site, into);
  } else if (section.has("journal")) {
    read_journal(section, into);
  } else if (section.has("flag")) {
    read_flag(section, site, into);
  } else {
    section.out().error(section.pos(), section.label() + " does not say what happens",
                        "it needs one of: ups, comm, step, do, journal, flag");
  }
  if (into.change) scenario.timeline.push_back(std::move(into));
}

}  // namespace nightwatt::app

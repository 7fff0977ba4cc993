#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/section.h"
#include "core/site.h"
#include "sim/scenario.h"

// The items of a scenario file, one function for each list. Private to simulate_scenario.cc.
namespace nightwatt::app {

// A word that names something of the site; reports what is unknown, with what was meant.
std::optional<DeviceId> named_device(config::Section& section, const char* key,
                                     const core::Site& site);
std::optional<GroupId> named_group(config::Section& section, const char* key,
                                   const core::Site& site);
std::optional<CommId> named_comm(config::Section& section, const char* key, const core::Site& site);
// (group, step id) of a step named by its name or its id; `group:` decides when two groups have it.
std::optional<std::pair<GroupId, std::string>> named_step(config::Section& section,
                                                          const core::Site& site);

// One item of `timeline:`; `start:` items have no `at` and happen at 0.
void read_happening(config::Section& section, const core::Site& site, sim::Scenario& scenario);
// `do:` and its keys: what people, the daemon and devices do.
void read_deed(config::Section& section, const core::Site& site, sim::Happening& into);
// `change` happens after what `into` has already.
void then(sim::Happening& into, sim::World::Change change);
// The keys of a UPS item besides `ups` and `at`.
void read_ups_change(config::Section& section, DeviceId device, const core::Site& site,
                     sim::Happening& into);
void read_expectation(config::Section& section, const core::Site& site, sim::Scenario& scenario);

}  // namespace nightwatt::app

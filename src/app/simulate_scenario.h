#pragma once

#include <optional>
#include <string_view>

#include "config/diagnostic.h"
#include "core/site.h"
#include "sim/scenario.h"

namespace nightwatt::app {

// Reads a scenario file (docs/SIMULATION.md) against the site that it is about. Nothing when there
// is any error; every problem of the file is in `out`, with its place.
std::optional<sim::Scenario> read_scenario(std::string_view text, const core::Site& site,
                                           config::Diagnostics& out);

}  // namespace nightwatt::app

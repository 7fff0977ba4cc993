#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>
#include <vector>

#include "app/engine_loop.h"
#include "ports/clock.h"

// What a device says, as data. Three kinds: the reading, which decisions use; whatever its other
// schedules brought, each variable with its own age; and texts, which are beside the engine.
namespace nightwatt::app {

// "?": a variable of another configuration.
std::string_view variable_name(const core::Site& site, VariableId variable);

// What was read last and is not in the newest reading, ascending by variable.
std::vector<core::LatestValue> beside_reading(const core::Engine& engine, DeviceId device);

// One of the texts of a device with `variables: all` that is a number.
struct ShownNumber {
  std::string name{};
  double number = 0;
};
std::vector<ShownNumber> numbers_beside_engine(const EngineLoop& loop, DeviceId device);

nlohmann::ordered_json reading_json(const core::Site& site, const Reading& reading);

// Adds `variables` (name -> value and age) and `identity` (name -> text).
void add_variables(nlohmann::ordered_json& device, const EngineLoop& loop, DeviceId id,
                   const ports::Clock& clock);

}  // namespace nightwatt::app

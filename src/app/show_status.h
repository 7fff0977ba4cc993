#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "app/terminal.h"

// The API's answers as text for people, in 80 columns.
namespace nightwatt::app {

std::string status_text(const nlohmann::ordered_json& status, const Painter& paint);
std::string event_text(const nlohmann::ordered_json& event, const Painter& paint);
std::string plan_text(const nlohmann::ordered_json& plan, const Painter& paint);
Colour colour_of_state(std::string_view state);
// Something keeps the device from moving by itself: manual mode, a freeze, or dry run.
bool held_in_place(const nlohmann::ordered_json& device);

}  // namespace nightwatt::app

#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "app/terminal.h"

// Devices and comm devices for people, in 80 columns.
namespace nightwatt::app {

// One line for each device: where it is polled, and how well that goes.
std::string devices_text(const nlohmann::ordered_json& devices, const Painter& paint);
// `devices --why`: why it is on its path now, what would move it and when, and what is known of
// each of its paths.
std::string why_text(const nlohmann::ordered_json& device, const Painter& paint);
// One line for each comm device.
std::string comms_text(const nlohmann::ordered_json& comms, const Painter& paint);

}  // namespace nightwatt::app

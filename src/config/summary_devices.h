#pragma once

#include "config/config.h"
#include "config/page.h"

// The first half of what `validate` prints: how devices are reached, with the settings in effect.
namespace nightwatt::config {

void add_comms(const Config& config, Page& page);
void add_devices(const Config& config, Page& page);
// Of one UPS, or of what a group demands of its members.
void add_conditions(const core::TriggerRule& triggers, Page& page);

}  // namespace nightwatt::config

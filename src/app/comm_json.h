#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>
#include <vector>

#include "core/engine.h"
#include "ports/clock.h"
#include "ports/device_link.h"

// Communication as data: status points of a device (comm-failover, section 4) and comm devices.
namespace nightwatt::app {

// The status points by name, in the order of section 4: comm.active.id (SYDEVCOMID),
// comm.active.line (SYDEVCOMLN), comm.primary.id (SYDEVPCOM), comm.primary.failed_over (SYDEVPRFO),
// comm.secondary.id (SYDEVSCOM), comm.failovers.N (SYDEVFO1..n), comm.success.hour,
// comm.success.day (percent), and for each path N comm.path.N.latency_ms, .latency_p95_ms, .loss
// (percent), .attempts, .failures. Null: not known yet.
nlohmann::ordered_json points_json(const core::DeviceView& view);

// The device's last decisions, oldest first: what was decided and what it was made of.
nlohmann::ordered_json decisions_json(const core::DeviceView& view, const ports::Clock& clock);

// One comm device. `link`: what counts for it; null: no driver runs.
nlohmann::ordered_json comm_json(const core::Engine& engine, CommId comm,
                                 const ports::DeviceLink* link, const ports::Clock& clock);

// What people may ask of a comm device: "ok", "disabled", "out_of_service".
std::optional<CommState> asked_comm_state(const std::string& word);

}  // namespace nightwatt::app

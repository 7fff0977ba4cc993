#pragma once

#include <nlohmann/json_fwd.hpp>

#include "app/engine_loop.h"
#include "core/engine.h"
#include "ports/clock.h"
#include "ports/history.h"

// The engine's state and the history as JSON: the words and shapes of docs/API.md. Times are RFC
// 3339 in UTC, converted by the present offset of the clocks; durations are seconds. Lists of many
// of them are written in portions: status_writer.h.
namespace nightwatt::app {

nlohmann::ordered_json device_json(const EngineLoop& loop, DeviceId device,
                                   const ports::Clock& clock);
nlohmann::ordered_json group_json(const core::Engine& engine, GroupId group,
                                  const ports::Clock& clock);
// What the group would do, or is doing: steps by phase, with deadlines.
nlohmann::ordered_json plan_json(const core::GroupRule& rule, Duration needed_time);
nlohmann::ordered_json event_json(const ports::HistoryEntry& entry);

// One line; bytes that are not UTF-8 are replaced.
std::string dump(const nlohmann::ordered_json& value);

}  // namespace nightwatt::app

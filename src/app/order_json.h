#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "base/error.h"
#include "core/orders.h"
#include "model/event.h"
#include "ports/clock.h"

// Orders to devices (instant commands, variable writes) as JSON.
namespace nightwatt::app {

// Both have the same keys.
nlohmann::ordered_json order_json(const core::OrderView& order, const ports::Clock& clock);
nlohmann::ordered_json audit_json(const AuditEntry& entry);

// {"command": "test.battery.start"} with an optional "value", or {"variable": "ups.delay.shutdown",
// "value": "60"}; "expires_s" (0.001 to 600) and "dry_run" are optional. `who`: of the audit. An
// error is one sentence about the body: nothing in it is passed over (json_body.h).
expected<ControlRequested, std::string> asked_order(const std::string& body, DeviceId device,
                                                    const std::string& who);

}  // namespace nightwatt::app

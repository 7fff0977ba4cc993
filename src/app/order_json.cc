#include "app/order_json.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "io/system_clock.h"

namespace nightwatt::app {

using Json = nlohmann::ordered_json;

namespace {

constexpr double expires_max_s = seconds(core::order_expiry_max);

// A value may be written as text or as a number: both are what the device gets.
std::optional<std::string> value_of(const Json& body) {
  const auto found = body.find("value");
  if (found == body.end()) return std::string();
  if (found->is_string()) return found->get<std::string>();
  if (found->is_number()) return found->dump();
  return std::nullopt;
}

}  // namespace

Json order_json(const core::OrderView& order, const ports::Clock& clock) {
  const Instant now = clock.now();
  const WallTime wall = clock.wall_of(now);
  const auto at = [&](std::optional<Instant> instant) {
    return instant ? Json(io::rfc3339(wall - (now - *instant))) : Json(nullptr);
  };
  const AuditRecord& record = order.record;
  Json out;
  out["id"] = record.id;
  out["device"] = record.device;
  out["kind"] = to_string(record.kind);
  out["name"] = record.name;
  out["value"] = record.value;
  out["who"] = record.who;
  out["policy"] = to_string(order.policy);
  out["outcome"] = to_string(record.outcome);
  out["text"] = record.text;
  out["path"] = record.path;
  out["accepted_at"] = at(order.accepted);
  out["expires_at"] = at(order.expires);
  out["ended_at"] = at(order.ended);
  return out;
}

expected<ControlRequested, std::string> asked_order(const Json& body, DeviceId device,
                                                    const std::string& who) {
  const auto command = body.find("command");
  const auto variable = body.find("variable");
  if ((command == body.end()) == (variable == body.end())) {
    return unexpected<std::string>("write either command or variable");
  }
  const Json& name = command != body.end() ? *command : *variable;
  if (!name.is_string()) return unexpected<std::string>("the name must be text");
  const auto value = value_of(body);
  if (!value) return unexpected<std::string>("value must be text or a number");
  if (variable != body.end() && !body.contains("value")) {
    return unexpected<std::string>("a variable needs a value");
  }
  ControlRequested out;
  out.device = device;
  out.kind = command != body.end() ? ControlKind::command : ControlKind::write;
  out.name = name.get<std::string>();
  out.value = *value;
  out.who = who;
  out.dry_run = body.value("dry_run", Json(false)) == Json(true);
  if (const auto expires = body.find("expires_s"); expires != body.end()) {
    const double given = expires->is_number() ? expires->get<double>() : 0;
    if (!(given >= 0.001 && given <= expires_max_s)) {
      return unexpected<std::string>(
          fmt::format("expires_s must be a number of seconds, up to {:g}", expires_max_s));
    }
    out.expires_in = Duration(static_cast<Duration::rep>(std::llround(given * 1000)));
  }
  return out;
}

}  // namespace nightwatt::app

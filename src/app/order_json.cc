#include "app/order_json.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "app/json_body.h"
#include "io/system_clock.h"

namespace nightwatt::app {

using Json = nlohmann::ordered_json;

namespace {

constexpr double expires_min_s = 0.001;
constexpr double expires_max_s = seconds(core::order_expiry_max);

unexpected<std::string> too_long(const char* key) {
  return unexpected<std::string>(
      fmt::format("{} has at most {} characters", key, core::order_text_max));
}

}  // namespace

Json order_json(const core::OrderView& order, const ports::Clock& clock) {
  const Instant now = clock.now();
  const WallTime wall = clock.wall_of(now);
  AuditEntry entry{order.record, wall - (now - order.asked), std::nullopt};
  if (order.ended) entry.ended = wall - (now - *order.ended);
  return audit_json(entry);
}

Json audit_json(const AuditEntry& entry) {
  const AuditRecord& record = entry.record;
  const auto at = [](std::optional<WallTime> time) {
    return time ? Json(io::rfc3339(*time)) : Json(nullptr);
  };
  Json out;
  out["id"] = record.id;
  out["device"] = record.device;
  out["kind"] = to_string(record.kind);
  out["name"] = record.name;
  out["value"] = record.value;
  out["who"] = record.who;
  out["dry_run"] = record.dry_run;
  out["policy"] = record.policy ? Json(to_string(*record.policy)) : Json(nullptr);
  out["outcome"] = to_string(record.outcome);
  out["text"] = record.text;
  out["path"] = record.path;
  out["asked_at"] = io::rfc3339(entry.asked);
  out["accepted_at"] = out["asked_at"];  // its name at first: none is renamed within v1
  out["expires_at"] =
      at(record.expires_in ? std::optional(entry.asked + *record.expires_in) : std::nullopt);
  out["ended_at"] = at(entry.ended);
  return out;
}

expected<ControlRequested, std::string> asked_order(const std::string& text, DeviceId device,
                                                    const std::string& who) {
  const auto body = JsonBody::parse(text, {"command", "variable", "value", "expires_s", "dry_run"});
  if (!body) return unexpected<std::string>(body.error());
  const bool command = body->has("command");
  if (command == body->has("variable")) {
    return unexpected<std::string>("write either command or variable");
  }
  const char* kind = command ? "command" : "variable";
  const auto name = body->text(kind);
  if (!name) return unexpected<std::string>(name.error());
  if (name->size() > core::order_text_max) return too_long(kind);
  const auto value = body->text_or_number("value");
  if (!value) return unexpected<std::string>(value.error());
  if (value->value_or("").size() > core::order_text_max) return too_long("value");
  if (!command && !*value) return unexpected<std::string>("a variable needs a value");
  const auto dry_run = body->flag("dry_run");
  if (!dry_run) return unexpected<std::string>(dry_run.error());
  ControlRequested out;
  out.device = device;
  out.kind = command ? ControlKind::command : ControlKind::write;
  out.name = *name;
  out.value = value->value_or("");
  out.who = who;
  out.dry_run = *dry_run;
  if (!body->has("expires_s")) return out;
  const auto expires = body->seconds("expires_s", expires_min_s, expires_max_s);
  if (!expires) return unexpected<std::string>(expires.error());
  out.expires_in = *expires;
  return out;
}

}  // namespace nightwatt::app

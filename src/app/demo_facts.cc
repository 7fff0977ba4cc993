#include "app/demo_facts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace nightwatt::app {
namespace {

using Json = nlohmann::ordered_json;

const Json nothing = nullptr;

std::string text_at(const Json& value, const char* key) {
  if (!value.is_object()) return "-";
  const auto found = value.find(key);
  return found != value.end() && found->is_string() ? found->get<std::string>() : "-";
}

// The order of the events in which the daemon says that a step started or ended.
std::size_t place_of(const Picture& picture, std::string_view kind, const std::string& step) {
  const std::string quoted = "'" + step + "'";
  for (std::size_t i = picture.act_began; i < picture.events.size(); ++i) {
    const Json& event = picture.events[i];
    if (text_at(event, "kind") != kind) continue;
    if (text_at(event, "message").find(quoted) != std::string::npos) return i;
  }
  return std::string::npos;
}

struct Wait {
  const char* step;
  std::vector<std::string> after;
};

const std::array<Wait, 4>& order() {
  static const std::array<Wait, 4> waits{{{"web", {}},
                                          {"database", {}},
                                          {"storage", {"web", "database"}},
                                          {"this machine", {"web", "database", "storage"}}}};
  return waits;
}

std::string wrong_with_step(const Picture& picture, const Wait& wait) {
  const std::size_t started = place_of(picture, "step_started", wait.step);
  const std::size_t ended = place_of(picture, "step_ended", wait.step);
  if (started == std::string::npos) return fmt::format("'{}' never started", wait.step);
  if (ended == std::string::npos || ended < started) {
    return fmt::format("'{}' did not end after it started", wait.step);
  }
  for (const std::string& before : wait.after) {
    if (place_of(picture, "step_ended", before) > started) {
      return fmt::format("'{}' started before '{}' had ended", wait.step, before);
    }
  }
  return {};
}

}  // namespace

const Json& device(const Picture& picture, std::string_view name) {
  if (!picture.status.contains("devices")) return nothing;
  for (const Json& device : picture.status["devices"]) {
    if (text_at(device, "name") == name) return device;
  }
  return nothing;
}

const Json& group(const Picture& picture) {
  if (!picture.status.contains("groups") || picture.status["groups"].empty()) return nothing;
  return picture.status["groups"][0];
}

int path_of(const Picture& picture, std::string_view name) {
  const Json& found = device(picture, name);
  return found.is_object() ? found["active"].value("path", 0) : 0;
}

std::string state_of(const Picture& picture, std::string_view name) {
  return text_at(device(picture, name), "state");
}

bool has_reason(const Picture& picture, std::string_view name, std::string_view text) {
  const Json& found = device(picture, name);
  if (!found.is_object()) return false;
  return std::ranges::any_of(found["reasons"], [text](const Json& reason) {
    return reason.get<std::string>().find(text) != std::string::npos;
  });
}

std::string verdict(const Picture& picture) { return text_at(group(picture), "verdict"); }

std::string run_state(const Picture& picture) {
  const Json& found = group(picture);
  return found.is_object() ? text_at(found["run"], "state") : "-";
}

std::string device_text(const Picture& picture, std::string_view name) {
  const Json& found = device(picture, name);
  if (!found.is_object()) return fmt::format("no {} in the status", name);
  std::string out = fmt::format("{} {} over path {} ({})", name, text_at(found, "state"),
                                path_of(picture, name), text_at(found["active"], "comm"));
  for (const Json& reason : found["reasons"]) out += "; " + reason.get<std::string>();
  return out;
}

std::string group_text(const Picture& picture) {
  return fmt::format("{} {}, plan {}", text_at(group(picture), "name"), verdict(picture),
                     run_state(picture));
}

std::vector<Json> events_of(const Picture& picture, std::string_view kind,
                            std::string_view subject) {
  std::vector<Json> out;
  for (std::size_t i = picture.act_began; i < picture.events.size(); ++i) {
    const Json& event = picture.events[i];
    if (text_at(event, "kind") != kind) continue;
    if (subject.empty() || text_at(event, "subject") == subject) out.push_back(event);
  }
  return out;
}

std::string messages(const std::vector<Json>& events) {
  std::string out;
  for (const Json& event : events) out += (out.empty() ? "" : " | ") + text_at(event, "message");
  return out.empty() ? "none" : out;
}

std::string wrong_with_steps(const Picture& picture) {
  const Json& found = group(picture);
  if (!found.is_object()) return "there is no group";
  const Json& steps = found["run"]["steps"];
  if (steps.size() != order().size()) return fmt::format("{} steps", steps.size());
  for (const Json& step : steps) {
    const std::string state = text_at(step, "state");
    if (state != "ok") return fmt::format("'{}' is {}", text_at(step, "name"), state);
    if (!step.value("dry_run", false)) return text_at(step, "name") + " was no dry run";
  }
  for (const Wait& wait : order()) {
    if (std::string wrong = wrong_with_step(picture, wait); !wrong.empty()) return wrong;
  }
  return {};
}

}  // namespace nightwatt::app

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/demo_screen.h"

// What the daemon's API says, as the demo's story asks for it.
namespace nightwatt::app {

const nlohmann::ordered_json& device(const Picture& picture, std::string_view name);
const nlohmann::ordered_json& group(const Picture& picture);

int path_of(const Picture& picture, std::string_view name);
std::string state_of(const Picture& picture, std::string_view name);
bool has_reason(const Picture& picture, std::string_view name, std::string_view text);
std::string verdict(const Picture& picture);
std::string run_state(const Picture& picture);

// "UPS-A CRITICAL over path 1 (...)", "server-1 protected, plan armed": for what was seen instead.
std::string device_text(const Picture& picture, std::string_view name);
std::string group_text(const Picture& picture);

// Events of a kind since the act began; `subject` empty: of any subject.
std::vector<nlohmann::ordered_json> events_of(const Picture& picture, std::string_view kind,
                                              std::string_view subject = {});
std::string messages(const std::vector<nlohmann::ordered_json>& events);

// Empty when the steps of the group's run ran as they should: all ok, all dry, a phase only after
// the one before it. Else what is wrong.
std::string wrong_with_steps(const Picture& picture);

}  // namespace nightwatt::app

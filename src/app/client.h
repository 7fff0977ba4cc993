#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

// The command line's side of the API: ask the daemon, or say plainly why there is no answer.
namespace nightwatt::app {

// The daemon's JSON. Nothing: the reason stands on standard error already.
std::optional<nlohmann::ordered_json> ask_daemon(const std::string& socket,
                                                 const std::string& method,
                                                 const std::string& target,
                                                 const std::string& body = {});

// A name as one segment of a request target.
std::string percent_encoded(const std::string& text);

}  // namespace nightwatt::app

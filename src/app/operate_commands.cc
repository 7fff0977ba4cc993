// abort, hold, release, path, maintenance: what people ask the daemon to do.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string_view>

#include "app/client.h"
#include "app/commands.h"
#include "app/terminal.h"

namespace nightwatt::app {
namespace {

using Json = nlohmann::ordered_json;

int operate(const OperateOptions& options, const char* kind, const char* verb, const Json& body) {
  const std::string target =
      fmt::format("/api/v1/{}/{}/{}", kind, percent_encoded(options.target), verb);
  const auto answer = ask_daemon(options.socket, "POST", target, body.dump());
  if (!answer) return exit_failed;
  fmt::print("{}\n", wrap(answer->value("message", std::string("done")), 2));
  return exit_ok;
}

// "primary" -> 1, "first" -> 2, "second" -> 3, "4" -> 4, "auto"; null for anything else.
Json path_of(std::string_view text) {
  if (text == "auto") return "auto";
  if (text == "primary") return 1;
  if (text == "first") return 2;
  if (text == "second") return 3;
  if (text.size() == 1 && text[0] >= '1' && text[0] <= '8') return text[0] - '0';
  return nullptr;
}

}  // namespace

int abort_group(const OperateOptions& options) {
  return operate(options, "groups", "abort", {{"for_s", seconds(options.for_how_long)}});
}

int hold_group(const OperateOptions& options) {
  return operate(options, "groups", "hold", {{"for_s", seconds(options.for_how_long)}});
}

int release_group(const OperateOptions& options) {
  return operate(options, "groups", "release", Json::object());
}

int select_path(const OperateOptions& options) {
  const Json path = path_of(options.path);
  if (path.is_null()) {
    fmt::print(stderr, "error: '{}' is no path: write primary, first, second, 1..8 or auto\n",
               options.path);
    return exit_usage;
  }
  return operate(options, "devices", "path", {{"path", path}});
}

int freeze(const OperateOptions& options) {
  return operate(options, "devices", "freeze", {{"for_s", seconds(options.for_how_long)}});
}

int set_comm(const OperateOptions& options) {
  const std::string state = options.path == "enable"    ? "ok"
                            : options.path == "disable" ? "disabled"
                                                        : "out_of_service";
  return operate(options, "comms", "state", {{"state", state}});
}

int maintain(const OperateOptions& options) {
  return operate(options, "devices", "maintenance",
                 {{"for_s", seconds(options.for_how_long)}, {"force", options.force}});
}

}  // namespace nightwatt::app

// status, events, plan: what the daemon knows, for people and for programs.
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string_view>
#include <thread>
#include <vector>

#include "app/client.h"
#include "app/commands.h"
#include "app/configuration.h"
#include "app/show_devices.h"
#include "app/show_status.h"
#include "app/status_json.h"
#include "app/terminal.h"
#include "config/nearest.h"
#include "model/effect.h"

namespace nightwatt::app {
namespace {

using Json = nlohmann::ordered_json;

constexpr int watch_interval_ms = 1000;
constexpr int follow_interval_ms = 300;

// Waits for the next look. False: whoever reads our output has gone (`events --follow | grep -m1
// plan_done`), which a writer with nothing to write would never notice.
bool wait_beside_reader(int interval_ms) {
  pollfd out{.fd = STDOUT_FILENO, .events = 0, .revents = 0};
  if (::poll(&out, 1, interval_ms) <= 0) return true;
  if ((out.revents & (POLLERR | POLLHUP)) != 0) return false;
  std::this_thread::sleep_for(std::chrono::milliseconds(interval_ms));
  return true;
}

bool wanted(const Json& event, const QueryOptions& options) {
  if (!options.kind.empty() && event["kind"] != options.kind) return false;
  return options.subject.empty() || event["subject"] == options.subject;
}

// False: there are no such events, and standard error says which there are.
bool known_kind(const std::string& kind) {
  std::vector<std::string_view> kinds;
  for (int i = 0; to_string(static_cast<NoticeKind>(i)) != "?"; ++i) {
    kinds.push_back(to_string(static_cast<NoticeKind>(i)));
  }
  if (std::ranges::find(kinds, kind) != kinds.end()) return true;
  const std::string_view near = config::nearest(kind, kinds);
  fmt::print(stderr, "error: there are no events of kind '{}'\n", kind);
  if (!near.empty()) fmt::print(stderr, "  hint: did you mean '{}'?\n", near);
  fmt::print(stderr, "{}\n", wrap(fmt::format("  kinds: {}", fmt::join(kinds, ", ")), 4));
  return false;
}

// False: nobody reads any more.
bool print_events(const Json& events, const QueryOptions& options, const Painter& paint) {
  for (const Json& event : events) {
    if (!wanted(event, options)) continue;
    const std::string text = options.json ? dump(event) + "\n" : event_text(event, paint);
    if (std::fputs(text.c_str(), stdout) < 0) return false;
  }
  return std::fflush(stdout) == 0;
}

}  // namespace

int show_status(const QueryOptions& options) {
  const Painter paint(wants_colour(stdout));
  while (true) {
    const auto status = ask_daemon(options.socket, "GET", "/api/v1/status");
    if (!status) return exit_failed;
    std::string text = options.json ? dump(*status) + "\n" : status_text(*status, paint);
    if (options.follow && !options.json && paint.on()) text = "\x1b[H\x1b[2J" + text;
    if (std::fputs(text.c_str(), stdout) < 0 || std::fflush(stdout) != 0) return exit_ok;
    if (!options.follow) return exit_ok;
    if (!wait_beside_reader(watch_interval_ms)) return exit_ok;
  }
}

int show_devices(const DeviceOptions& options) {
  const Painter paint(wants_colour(stdout));
  const bool one = !options.why.empty();
  const std::string target =
      one ? "/api/v1/devices/" + percent_encoded(options.why) : std::string("/api/v1/devices");
  const auto answer = ask_daemon(options.socket, "GET", target);
  if (!answer) return exit_failed;
  const std::string text = options.json ? dump(*answer) + "\n"
                           : one        ? why_text(*answer, paint)
                                        : devices_text(*answer, paint);
  std::fputs(text.c_str(), stdout);
  return exit_ok;
}

int show_comms(const DeviceOptions& options) {
  const auto answer = ask_daemon(options.socket, "GET", "/api/v1/comms");
  if (!answer) return exit_failed;
  const std::string text =
      options.json ? dump(*answer) + "\n" : comms_text(*answer, Painter(wants_colour(stdout)));
  std::fputs(text.c_str(), stdout);
  return exit_ok;
}

int show_events(const QueryOptions& options) {
  if (!options.kind.empty() && !known_kind(options.kind)) return exit_usage;
  const Painter paint(wants_colour(stdout));
  const bool filtered = !options.kind.empty() || !options.subject.empty();
  auto answer = ask_daemon(options.socket, "GET",
                           fmt::format("/api/v1/events?limit={}", filtered ? 0 : options.limit));
  if (!answer) return exit_failed;
  Json& events = (*answer)["events"];
  if (filtered && options.limit > 0) {
    Json kept = Json::array();
    for (const Json& event : events) {
      if (wanted(event, options)) kept.push_back(event);
    }
    const auto excess = static_cast<std::ptrdiff_t>(kept.size()) - options.limit;
    if (excess > 0) kept.erase(kept.begin(), kept.begin() + excess);
    events = std::move(kept);
  }
  if (!print_events(events, options, paint)) return exit_ok;
  std::uint64_t last = answer->value("last_id", std::uint64_t{0});
  while (options.follow) {
    if (!wait_beside_reader(follow_interval_ms)) return exit_ok;
    answer =
        ask_daemon(options.socket, "GET", fmt::format("/api/v1/events?limit=1000&after={}", last));
    if (!answer) return exit_failed;
    if (!print_events((*answer)["events"], options, paint)) return exit_ok;
    if (!(*answer)["events"].empty()) last = (*answer)["events"].back().value("id", last);
  }
  return exit_ok;
}

int show_plan(const PlanOptions& options) {
  std::optional<Json> plan;
  if (options.config.empty()) {
    plan = ask_daemon(options.socket, "GET",
                      "/api/v1/groups/" + percent_encoded(options.group) + "/plan");
    if (!plan) return exit_failed;
  } else {
    const auto config = config_or_complain(options.config, true);
    if (!config) return exit_usage;
    for (const core::GroupRule& group : config->site.groups) {
      if (group.name == options.group) plan = plan_json(group, config::needed_time(group.plan));
    }
    if (!plan) {
      fmt::print(stderr, "error: {} has no group '{}'\n", options.config, options.group);
      for (const core::GroupRule& group : config->site.groups) {
        fmt::print(stderr, "  it has: {}\n", group.name);
      }
      return exit_usage;
    }
  }
  fmt::print("{}",
             options.json ? dump(*plan) + "\n" : plan_text(*plan, Painter(wants_colour(stdout))));
  return exit_ok;
}

}  // namespace nightwatt::app

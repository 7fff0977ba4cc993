#include "app/api.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <vector>

#include "app/comm_json.h"
#include "app/metrics.h"
#include "app/order_json.h"
#include "app/status_json.h"
#include "version_info.h"

namespace nightwatt::app {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view prefix = "/api/v1/";
constexpr std::size_t events_limit_max = 100'000;
constexpr double hold_seconds_max = 30.0 * 86'400;

io::Response reply(const Json& body, int status = 200) {
  return {.status = status, .content_type = "application/json", .body = dump(body) + "\n"};
}

io::Response problem(int status, std::string text) {
  return reply({{"error", std::move(text)}}, status);
}

std::vector<std::string> segments_of(const std::string& path) {
  std::vector<std::string> out;
  std::string_view rest = std::string_view(path).substr(prefix.size());
  // A device's name may itself contain a slash: only the first and the last one divide.
  const auto first = rest.find('/');
  out.emplace_back(rest.substr(0, first));
  if (first == std::string_view::npos) return out;
  rest.remove_prefix(first + 1);
  const auto last = rest.rfind('/');
  const std::string_view verb = last == std::string_view::npos ? "" : rest.substr(last + 1);
  for (const std::string_view known :
       {"plan", "abort", "hold", "release", "path", "maintenance", "state", "control", "freeze"}) {
    if (verb != known) continue;
    out.emplace_back(rest.substr(0, last));
    out.emplace_back(verb);
    return out;
  }
  out.emplace_back(rest);
  return out;
}

std::optional<Json> parse_object(const std::string& body) {
  if (body.empty()) return Json::object();
  Json value = Json::parse(body, nullptr, false);
  if (!value.is_object()) return std::nullopt;
  return value;
}

// "for_s", a number of seconds within our bounds; nothing when it is not one.
std::optional<Duration> for_seconds(const Json& body) {
  const auto found = body.find("for_s");
  if (found == body.end() || !found->is_number()) return std::nullopt;
  const double value = found->get<double>();
  if (!std::isfinite(value) || value < 0 || value > hold_seconds_max) return std::nullopt;
  return Duration(static_cast<std::int64_t>(std::llround(value * 1000)));
}

io::Response answered(const Answer& answer) {
  return answer.ok ? reply({{"message", answer.text}}) : problem(409, answer.text);
}

std::uint64_t query_number(const io::Request& request, const char* key, std::uint64_t otherwise) {
  const auto found = request.query.find(key);
  if (found == request.query.end()) return otherwise;
  std::uint64_t value = otherwise;
  const std::string& text = found->second;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  return failure == std::errc() && end == text.data() + text.size() ? value : otherwise;
}

}  // namespace

io::Response Api::handle(const io::Request& request) {
  if (request.path == "/metrics" && request.method == "GET") return metrics();
  if (!request.path.starts_with(prefix)) {
    return problem(404, "nothing here; the API is under /api/v1/ (docs/API.md)");
  }
  if (request.method == "GET") return get(request);
  if (request.method == "POST") return post(request);
  return problem(405, "only GET and POST");
}

io::Response Api::events(const io::Request& request) const {
  const std::uint64_t after = query_number(request, "after", 0);
  const std::size_t limit =
      std::min<std::size_t>(query_number(request, "limit", 50), events_limit_max);
  const bool newest = !request.query.contains("after");
  const auto entries = newest ? history_.newest(limit == 0 ? events_limit_max : limit)
                              : history_.after(after, limit == 0 ? events_limit_max : limit);
  Json list = Json::array();
  for (const auto& entry : entries) list.push_back(event_json(entry));
  return reply({{"events", std::move(list)},
                {"last_id", history_.last_id()},
                {"dropped", history_.dropped()}});
}

io::Response Api::document(Document which) const {
  io::Response response;
  response.more = [writer = StatusWriter(which, loop_, clock_)](std::string& body) mutable {
    return writer.write(body);
  };
  return response;
}

io::Response Api::metrics() const {
  io::Response response;
  response.content_type = metrics_content_type;
  response.more = [writer = MetricsWriter(loop_, clock_, history_)](std::string& body) mutable {
    return writer.write(body);
  };
  return response;
}

io::Response Api::get_comm(const std::vector<std::string>& path) const {
  const core::Engine& engine = loop_.engine();
  const auto json = [&](CommId comm) {
    return comm_json(engine.site().comms[comm.value], engine.comm().line(comm), loop_.link(comm));
  };
  if (path.size() == 1) {
    Json list = Json::array();
    for (std::uint32_t i = 0; i < engine.site().comms.size(); ++i) list.push_back(json(CommId{i}));
    return reply({{"comms", std::move(list)}});
  }
  const auto comm = engine.comm_named(path[1]);
  if (!comm) return problem(404, fmt::format("no comm device '{}'", path[1]));
  return reply(json(*comm));
}

io::Response Api::get(const io::Request& request) {
  const auto path = segments_of(request.path);
  const core::Engine& engine = loop_.engine();
  if (path[0] == "status" && path.size() == 1) return document(Document::status);
  if (path[0] == "events" && path.size() == 1) return events(request);
  if (path[0] == "version" && path.size() == 1) {
    return reply({{"name", "nightwatt"},
                  {"version", version_info::number},
                  {"commit", version_info::commit}});
  }
  if (path[0] == "devices") {
    if (path.size() == 1) return document(Document::devices);
    const auto device = engine.device_named(path[1]);
    if (!device) return problem(404, fmt::format("no device '{}'", path[1]));
    Json json = device_json(loop_, *device, clock_);
    const core::DeviceView view = engine.comm().view(*device, clock_.now());
    json["points"] = points_json(view);
    json["decisions"] = decisions_json(view, clock_);
    return reply(json);
  }
  if (path[0] == "comms") return get_comm(path);
  if (path[0] == "control") return get_control(path);
  if (path[0] == "groups") {
    if (path.size() == 1) return document(Document::groups);
    const auto group = engine.group_named(path[1]);
    if (!group) return problem(404, fmt::format("no group '{}'", path[1]));
    if (path.size() == 2) return reply(group_json(engine, *group, clock_));
    if (path[2] == "plan") {
      const auto view = engine.group(*group, clock_.now());
      Json plan = plan_json(engine.site().groups[group->value], view.run.needed_time);
      plan["run"] = group_json(engine, *group, clock_)["run"];
      return reply(plan);
    }
  }
  return problem(404, "no such resource");
}

io::Response Api::post(const io::Request& request) {
  const auto path = segments_of(request.path);
  const core::Engine& engine = loop_.engine();
  if (path[0] == "reload" && path.size() == 1) {
    const auto done = reload_();
    return done ? reply({{"message", "configuration reloaded"}}) : problem(409, done.error().what);
  }
  if (path[0] == "groups" && path.size() == 3) {
    const auto group = engine.group_named(path[1]);
    if (!group) return problem(404, fmt::format("no group '{}'", path[1]));
    return operate_group(*group, path[2], request.body);
  }
  if (path[0] == "devices" && path.size() == 3) {
    const auto device = engine.device_named(path[1]);
    if (!device) return problem(404, fmt::format("no device '{}'", path[1]));
    if (path[2] == "control") return operate_control(*device, request);
    return operate_device(*device, path[2], request.body);
  }
  if (path[0] == "comms" && path.size() == 3) {
    const auto comm = engine.comm_named(path[1]);
    if (!comm) return problem(404, fmt::format("no comm device '{}'", path[1]));
    return operate_comm(*comm, request.body);
  }
  return problem(404, "no such resource");
}

io::Response Api::operate_control(DeviceId device, const io::Request& request) {
  const auto json = parse_object(request.body);
  if (!json) return problem(400, "the body is not a JSON object");
  auto asked = asked_order(*json, device, request.who);
  if (!asked) return problem(400, asked.error());
  const Answer answer = loop_.ask([&](RequestId id) {
    asked->request = id;
    return Event(std::move(*asked));
  });
  if (!answer.ok) return problem(409, answer.text);
  Json body{{"message", answer.text}};
  if (answer.order != 0) body["order"] = answer.order;
  return reply(body);
}

io::Response Api::get_control(const std::vector<std::string>& path) const {
  const core::Engine& engine = loop_.engine();
  if (path.size() == 1) {
    Json list = Json::array();
    for (const core::OrderView& order : engine.orders()) list.push_back(order_json(order, clock_));
    return reply({{"orders", std::move(list)}});
  }
  std::uint64_t id = 0;
  const auto [end, failure] = std::from_chars(path[1].data(), path[1].data() + path[1].size(), id);
  const core::OrderView* order = failure == std::errc() && end == path[1].data() + path[1].size()
                                     ? engine.control(id)
                                     : nullptr;
  if (order == nullptr) return problem(404, fmt::format("no order '{}'", path[1]));
  return reply(order_json(*order, clock_));
}

io::Response Api::operate_comm(CommId comm, const std::string& body) {
  const auto json = parse_object(body);
  if (!json) return problem(400, "the body is not a JSON object");
  const auto word = json->find("state");
  const auto state = word != json->end() && word->is_string()
                         ? asked_comm_state(word->get<std::string>())
                         : std::nullopt;
  if (!state) return problem(400, "state must be \"ok\", \"disabled\" or \"out_of_service\"");
  return answered(loop_.ask([&](RequestId id) {
    return Event(CommRequested{.request = id, .comm = comm, .state = *state});
  }));
}

io::Response Api::operate_group(GroupId group, const std::string& verb, const std::string& body) {
  const auto json = parse_object(body);
  if (!json) return problem(400, "the body is not a JSON object");
  if (verb == "release") {
    return answered(loop_.ask(
        [&](RequestId id) { return Event(ReleaseRequested{.request = id, .group = group}); }));
  }
  const auto hold_for = for_seconds(*json);
  if (!hold_for) return problem(400, "for_s must be a number of seconds, up to 30 days");
  if (verb == "abort") {
    return answered(loop_.ask([&](RequestId id) {
      return Event(AbortRequested{.request = id, .group = group, .hold_for = *hold_for});
    }));
  }
  if (verb == "hold") {
    return answered(loop_.ask([&](RequestId id) {
      return Event(HoldRequested{.request = id, .group = group, .hold_for = *hold_for});
    }));
  }
  return problem(404, "no such operation on a group");
}

io::Response Api::operate_device(DeviceId device, const std::string& verb,
                                 const std::string& body) {
  const auto json = parse_object(body);
  if (!json) return problem(400, "the body is not a JSON object");
  if (verb == "path") {
    const auto wanted = json->find("path");
    std::optional<PathRank> rank;
    if (wanted == json->end() || (!wanted->is_number_integer() && *wanted != "auto")) {
      return problem(400, "path must be 1..8 or \"auto\"");
    }
    if (wanted->is_number_integer()) {
      const auto value = wanted->get<std::int64_t>();
      if (value < 1 || value > paths_max) return problem(400, "path must be 1..8 or \"auto\"");
      rank = PathRank{static_cast<std::uint8_t>(value)};
    }
    return answered(loop_.ask([&](RequestId id) {
      return Event(PathSelected{.request = id, .device = device, .path = rank});
    }));
  }
  if (verb == "maintenance") {
    const auto how_long = for_seconds(*json);
    if (!how_long) return problem(400, "for_s must be a number of seconds, up to 30 days");
    const bool force = json->value("force", Json(false)) == Json(true);
    return answered(loop_.ask([&](RequestId id) {
      return Event(MaintenanceRequested{
          .request = id, .device = device, .for_how_long = *how_long, .force = force});
    }));
  }
  if (verb == "freeze") {
    const auto how_long = for_seconds(*json);
    if (!how_long) return problem(400, "for_s must be a number of seconds, up to 30 days");
    return answered(loop_.ask([&](RequestId id) {
      return Event(FreezeRequested{.request = id, .device = device, .for_how_long = *how_long});
    }));
  }
  return problem(404, "no such operation on a device");
}

}  // namespace nightwatt::app

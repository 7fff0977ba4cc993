// What people ask the daemon to do: the POSTs of the API. Bodies are read strictly (json_body.h).
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "app/api.h"
#include "app/api_reply.h"
#include "app/comm_json.h"
#include "app/json_body.h"
#include "app/order_json.h"

namespace nightwatt::app {
namespace {

using Json = nlohmann::ordered_json;

// {"for_s": N}, the whole of a body.
expected<Duration, std::string> only_for_s(const std::string& text) {
  const auto body = JsonBody::parse(text, {"for_s"});
  if (!body) return unexpected<std::string>(body.error());
  return body->seconds("for_s", 0, asked_seconds_max);
}

io::Response answered(const Answer& answer) {
  return answer.ok ? reply({{"message", answer.text}}) : problem(409, answer.text);
}

}  // namespace

io::Response Api::post(const std::vector<std::string>& path, const io::Request& request) {
  const core::Engine& engine = loop_.engine();
  if (!request.query.empty()) {
    return problem(400, "a POST takes its keys in a JSON body, not behind '?'");
  }
  if (path[0] == "reload" && path.size() == 1) {
    if (const auto body = JsonBody::parse(request.body, {}); !body) {
      return problem(400, body.error());
    }
    const auto done = reload_();
    return done ? reply({{"message", "configuration reloaded"}}) : problem(409, done.error().what);
  }
  if (path[0] == "groups" && path.size() == 3) {
    const auto group = engine.group_named(path[1]);
    if (!group) return problem(404, fmt::format("no group '{}'", path[1]));
    return operate_group(*group, path[2], request);
  }
  if (path[0] == "devices" && path.size() == 3) {
    const auto device = engine.device_named(path[1]);
    if (!device) return problem(404, fmt::format("no device '{}'", path[1]));
    if (path[2] == "control") return operate_control(*device, request);
    return operate_device(*device, path[2], request);
  }
  if (path[0] == "comms" && path.size() == 3 && path[2] == "state") {
    const auto comm = engine.comm_named(path[1]);
    if (!comm) return problem(404, fmt::format("no comm device '{}'", path[1]));
    return operate_comm(*comm, request);
  }
  return problem(404, "no such resource");
}

io::Response Api::operate_control(DeviceId device, const io::Request& request) {
  auto asked = asked_order(request.body, device, request.who);
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

io::Response Api::operate_comm(CommId comm, const io::Request& request) {
  const auto json = JsonBody::parse(request.body, {"state"});
  if (!json) return problem(400, json.error());
  const auto word = json->text("state");
  const auto state = word ? asked_comm_state(*word) : std::nullopt;
  if (!state) return problem(400, "state must be \"ok\", \"disabled\" or \"out_of_service\"");
  return answered(loop_.ask([&](RequestId id) {
    return Event(CommRequested{.request = id, .comm = comm, .state = *state, .who = request.who});
  }));
}

io::Response Api::operate_group(GroupId group, const std::string& verb,
                                const io::Request& request) {
  if (verb == "release") {
    if (const auto json = JsonBody::parse(request.body, {}); !json)
      return problem(400, json.error());
    return answered(loop_.ask([&](RequestId id) {
      return Event(ReleaseRequested{.request = id, .group = group, .who = request.who});
    }));
  }
  if (verb != "abort" && verb != "hold") return problem(404, "no such operation on a group");
  const auto hold_for = only_for_s(request.body);
  if (!hold_for) return problem(400, hold_for.error());
  return answered(loop_.ask([&](RequestId id) {
    if (verb == "hold") {
      return Event(
          HoldRequested{.request = id, .group = group, .hold_for = *hold_for, .who = request.who});
    }
    return Event(
        AbortRequested{.request = id, .group = group, .hold_for = *hold_for, .who = request.who});
  }));
}

io::Response Api::operate_device(DeviceId device, const std::string& verb,
                                 const io::Request& request) {
  if (verb == "path") return select_path(device, request);
  if (verb == "maintenance") return maintain(device, request);
  if (verb != "freeze") return problem(404, "no such operation on a device");
  const auto how_long = only_for_s(request.body);
  if (!how_long) return problem(400, how_long.error());
  return answered(loop_.ask([&](RequestId id) {
    return Event(FreezeRequested{
        .request = id, .device = device, .for_how_long = *how_long, .who = request.who});
  }));
}

io::Response Api::select_path(DeviceId device, const io::Request& request) {
  const auto json = JsonBody::parse(request.body, {"path"});
  if (!json) return problem(400, json.error());
  const Json* wanted = json->value("path");
  std::optional<PathRank> rank;
  if (wanted == nullptr || *wanted != "auto") {
    const bool number = wanted != nullptr && wanted->is_number_integer();
    const auto value = number ? wanted->get<std::int64_t>() : 0;
    if (value < 1 || value > paths_max) return problem(400, "path must be 1..8 or \"auto\"");
    rank = PathRank{static_cast<std::uint8_t>(value)};
  }
  return answered(loop_.ask([&](RequestId id) {
    return Event(PathSelected{.request = id, .device = device, .path = rank, .who = request.who});
  }));
}

io::Response Api::maintain(DeviceId device, const io::Request& request) {
  const auto json = JsonBody::parse(request.body, {"for_s", "force"});
  if (!json) return problem(400, json.error());
  const auto how_long = json->seconds("for_s", 0, asked_seconds_max);
  if (!how_long) return problem(400, how_long.error());
  const auto force = json->flag("force");
  if (!force) return problem(400, force.error());
  return answered(loop_.ask([&](RequestId id) {
    return Event(MaintenanceRequested{.request = id,
                                      .device = device,
                                      .for_how_long = *how_long,
                                      .force = *force,
                                      .who = request.who});
  }));
}

}  // namespace nightwatt::app

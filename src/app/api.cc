#include "app/api.h"

#include <fmt/format.h>

#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <vector>

#include "app/api_reply.h"
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
constexpr std::size_t audit_limit_max = 10'000;

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
  if (request.method == "GET") return get(segments_of(request.path), request);
  if (request.method == "POST") return post(segments_of(request.path), request);
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

// From the disk, on the journal's thread; so is the JSON made there.
io::Response Api::audit(const io::Request& request) const {
  std::size_t limit = std::min<std::size_t>(query_number(request, "limit", 50), audit_limit_max);
  if (limit == 0) limit = audit_limit_max;
  io::Response response;
  ports::Journal* journal = loop_.journal();
  response.later = [journal, limit](std::function<void(io::Response)> answer) {
    journal->read_audit(limit, [answer = std::move(answer)](auto rows) {
      if (!rows) return answer(problem(503, rows.error().what));
      Json list = Json::array();
      for (const AuditEntry& entry : *rows) list.push_back(audit_json(entry));
      answer(reply({{"audit", std::move(list)}}));
    });
  };
  return response;
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
  const auto json = [&](CommId comm) { return comm_json(engine, comm, loop_.link(comm), clock_); };
  if (path.size() == 1) {
    Json list = Json::array();
    for (std::uint32_t i = 0; i < engine.site().comms.size(); ++i) list.push_back(json(CommId{i}));
    return reply({{"comms", std::move(list)}});
  }
  const auto comm = engine.comm_named(path[1]);
  if (!comm) return problem(404, fmt::format("no comm device '{}'", path[1]));
  return reply(json(*comm));
}

io::Response Api::get(const std::vector<std::string>& path, const io::Request& request) {
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
  if (path[0] == "audit" && path.size() == 1) return audit(request);
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

}  // namespace nightwatt::app

// The API over a live engine loop, without sockets: every route, every refusal.
#include "app/api.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "app/engine_loop.h"
#include "io/system_clock.h"
#include "tests/app/fake_doors.h"

namespace nightwatt::app {
namespace {

using Json = nlohmann::json;

core::Site two_upses() {
  core::Site site;
  for (const char* name : {"nut-a", "nut-b"}) {
    core::CommRule comm;
    comm.name = name;
    site.comms.push_back(comm);
  }
  for (std::uint32_t i = 0; i < 2; ++i) {
    core::DeviceRule device;
    device.name = i == 0 ? "UPS-A" : "UPS-B@10.0.0.11:3493";
    core::PathRule path;
    path.comm = CommId{i};
    path.unit = "ups1";
    device.paths = {path, path};
    device.paths[1].comm = CommId{1 - i};
    site.devices.push_back(device);
    core::MemberRule member;
    member.device = DeviceId{i};
    site.members.push_back(member);
  }
  core::GroupRule group;
  group.name = "rack 1";
  group.quorum.members = {DeviceId{0}, DeviceId{1}};
  core::StepRule step;
  step.id = "remote:compute";
  step.name = "compute";
  RemoteAction remote;
  remote.host = "10.0.0.20";
  remote.user = "root";
  remote.shutdown.command = "shutdown -h now";
  step.action = remote;
  group.plan.steps = {step};
  site.groups.push_back(group);
  return site;
}

class ApiTest : public testing::Test {
 protected:
  ApiTest()
      : loop(io, core::Engine(two_upses(), RunId{1}, clock.now()), clock),
        api(loop, clock, history, [this]() -> expected<void, Error> {
          if (reload_problem) return fail(Errc::bad_reply, *reload_problem);
          return {};
        }) {
    loop.doors().links.resize(2);
    loop.doors().journal = &journal;
    loop.doors().flags = &flags;
    loop.doors().machines = &machines;
    loop.doors().tell = [this](const Notice& notice) { history.add(notice, clock.wall_now()); };
    loop.start();
  }
  ~ApiTest() override { loop.stop(); }

  io::Response get(const std::string& path, std::map<std::string, std::string> query = {}) {
    auto answer =
        api.handle({.method = "GET", .path = path, .query = std::move(query), .body = ""});
    while (answer.more && !answer.more(answer.body)) {
    }
    if (answer.later) {
      const auto later = std::exchange(answer.later, {});
      later([&](io::Response there) { answer = std::move(there); });
    }
    return answer;
  }
  io::Response post(const std::string& path, const std::string& body) {
    return api.handle({.method = "POST", .path = path, .query = {}, .body = body});
  }
  static Json json(const io::Response& response) { return Json::parse(response.body); }

  boost::asio::io_context io{1};
  io::SystemClock clock{};
  NoJournal journal{};
  NoFlags flags{};
  NoMachines machines{};
  ListHistory history{};
  std::optional<std::string> reload_problem{};
  EngineLoop loop;
  Api api;
};

TEST_F(ApiTest, StatusHasTheShapeThatOthersRelyOn) {
  const Json status = json(get("/api/v1/status"));
  const Json& device = status["devices"][0];
  EXPECT_EQ(device["name"], "UPS-A");
  EXPECT_EQ(device["active"], (Json{{"path", 1}, {"comm", "nut-a"}}));
  EXPECT_EQ(device["state"], "UNKNOWN");
  EXPECT_TRUE(device["reasons"].is_array());
  EXPECT_TRUE(device["reading_age_s"].is_null()) << "never read";
  const Json& group = status["groups"][0];
  EXPECT_EQ(group["name"], "rack 1");
  EXPECT_EQ(group["verdict"], "blind");
  EXPECT_EQ(group["healthy_count"], 0);
  EXPECT_EQ(group["min_healthy"], 1);
  EXPECT_EQ(group["members"][1]["name"], "UPS-B@10.0.0.11:3493");
  EXPECT_EQ(group["members"][1]["state"], "UNKNOWN");
  EXPECT_EQ(group["run"]["state"], "armed");
  EXPECT_TRUE(group["run"]["committed_at"].is_null());
  EXPECT_EQ(group["run"]["steps"][0]["id"], "remote:compute");
  EXPECT_EQ(group["run"]["steps"][0]["state"], "pending");
  EXPECT_EQ(group["run"]["steps"][0]["dry_run"], false);
  EXPECT_TRUE(group["run"]["steps"][0]["started_at"].is_null());
  EXPECT_TRUE(group["last_run"].is_null());
}

TEST_F(ApiTest, OneDeviceOneGroupOnePlanByName) {
  EXPECT_EQ(json(get("/api/v1/devices/UPS-B@10.0.0.11:3493"))["name"], "UPS-B@10.0.0.11:3493");
  EXPECT_EQ(json(get("/api/v1/groups/rack 1"))["name"], "rack 1");
  const Json plan = json(get("/api/v1/groups/rack 1/plan"));
  EXPECT_EQ(plan["group"], "rack 1");
  EXPECT_EQ(plan["steps"][0]["target"], "root@10.0.0.20:22");
  EXPECT_EQ(plan["steps"][0]["commands"][0], "shutdown -h now");
  EXPECT_EQ(get("/api/v1/devices/nobody").status, 404);
  EXPECT_EQ(get("/api/v1/groups/nobody/plan").status, 404);
}

TEST_F(ApiTest, UnknownPlacesAndMethods) {
  for (const char* path :
       {"/", "/api/v1/", "/api/v2/status", "/api/v1/status/x", "/api/v1/nothing"}) {
    EXPECT_EQ(get(path).status, 404) << path;
  }
  EXPECT_EQ(
      api.handle({.method = "DELETE", .path = "/api/v1/status", .query = {}, .body = ""}).status,
      405);
  EXPECT_EQ(post("/api/v1/groups/rack 1/explode", "{\"for_s\":1}").status, 404);
}

TEST_F(ApiTest, PathIsChosenAndGivenBack) {
  EXPECT_EQ(post("/api/v1/devices/UPS-A/path", R"({"path":2})").status, 200);
  EXPECT_EQ(json(get("/api/v1/devices/UPS-A"))["active"]["comm"], "nut-b");
  EXPECT_EQ(post("/api/v1/devices/UPS-A/path", R"({"path":"auto"})").status, 200);
  const io::Response beyond = post("/api/v1/devices/UPS-A/path", R"({"path":3})");
  EXPECT_EQ(beyond.status, 409) << "refused by the engine, with a reason";
  EXPECT_FALSE(json(beyond)["error"].get<std::string>().empty());
  for (const char* body : {"", "{}", "[]", "{\"path\":0}", "{\"path\":9}", "{\"path\":1.5}",
                           "{\"path\":\"first\"}", "{\"path\":null}", "{\"path\":", "\xff"}) {
    EXPECT_EQ(post("/api/v1/devices/UPS-A/path", body).status, 400) << body;
  }
}

TEST_F(ApiTest, HoldNeedsAnEndAndIsJournalled) {
  for (const char* body : {"", "{}", R"({"for_s":"1"})", R"({"for_s":-1})", R"({"for_s":1e12})"}) {
    EXPECT_EQ(post("/api/v1/groups/rack 1/hold", body).status, 400) << body;
  }
  EXPECT_EQ(post("/api/v1/groups/rack 1/hold", R"({"for_s":0})").status, 409);
  EXPECT_EQ(post("/api/v1/groups/rack 1/hold", R"({"for_s":600})").status, 200);
  ASSERT_EQ(journal.holds.size(), 1u);
  EXPECT_EQ(journal.holds[0].group, "rack 1");
  EXPECT_EQ(json(get("/api/v1/groups/rack 1"))["run"]["state"], "held");
  EXPECT_EQ(post("/api/v1/groups/rack 1/release", "").status, 200);
  EXPECT_EQ(journal.forgotten, std::vector<std::string>{"rack 1"});
  EXPECT_EQ(post("/api/v1/groups/rack 1/release", "").status, 409) << "nothing to release";
}

TEST_F(ApiTest, MaintenanceEndsByZero) {
  EXPECT_EQ(post("/api/v1/devices/UPS-A/maintenance", R"({"for_s":60,"force":true})").status, 200);
  EXPECT_EQ(json(get("/api/v1/devices/UPS-A"))["state"], "MAINTENANCE");
  EXPECT_EQ(post("/api/v1/devices/UPS-A/maintenance", R"({"for_s":0})").status, 200);
  EXPECT_NE(json(get("/api/v1/devices/UPS-A"))["state"], "MAINTENANCE");
}

TEST_F(ApiTest, AFreezeIsAnsweredAndEndsByZero) {
  EXPECT_EQ(post("/api/v1/devices/UPS-A/freeze", R"({"for_s":60})").status, 200);
  EXPECT_EQ(post("/api/v1/devices/UPS-A/freeze", R"({"for_s":0})").status, 200);
  EXPECT_EQ(post("/api/v1/devices/UPS-A/freeze", R"({"for_s":"long"})").status, 400);
}

struct StrictRow {
  const char* path;
  const char* body;
  const char* error;
};

// What is not understood is said, and nothing of it is done.
TEST_F(ApiTest, NoKeyOfABodyIsPassedOver) {
  const char* control = "/api/v1/devices/UPS-A/control";
  const std::vector<StrictRow> rows = {
      {control, R"({"variable":"x","value":5,"dry_run":"yes"})",
       "dry_run must be true or false, not \"yes\""},
      {control, R"({"variable":"x","value":5,"dry_run":1})",
       "dry_run must be true or false, not 1"},
      {control, R"({"variable":"x","value":5,"dry_run":null})",
       "dry_run must be true or false, not null"},
      {control, R"({"variable":"x","value":5,"dryrun":true})",
       "unknown key \"dryrun\"; known here: command, variable, value, expires_s, dry_run"},
      {control, R"({"command":"x","expire_s":5})",
       "unknown key \"expire_s\"; known here: command, variable, value, expires_s, dry_run"},
      {control, R"({"command":"x","expires_s":"5"})",
       "expires_s must be a number of seconds from 0.001 to 600, not \"5\""},
      {control, R"({"command":"x","expires_s":0})",
       "expires_s must be a number of seconds from 0.001 to 600, not 0"},
      {control, R"({"command":"x","dry_run":true,"dry_run":false})", "\"dry_run\" is there twice"},
      {control, R"({"command":["x"]})", R"(command must be text, not ["x"])"},
      {control, R"({"command":"x","value":true})", "value must be text or a number, not true"},
      {control, R"({"command":"x","variable":"y"})", "write either command or variable"},
      {control, R"({"variable":"y"})", "a variable needs a value"},
      {control, R"(["command"])", "the body is not a JSON object"},
      {"/api/v1/groups/rack 1/hold", R"({"for_s":600,"for":1})",
       "unknown key \"for\"; known here: for_s"},
      {"/api/v1/groups/rack 1/hold", "", "for_s is missing: a number of seconds from 0 to 2592000"},
      {"/api/v1/groups/rack 1/abort", R"({"for_s":true})",
       "for_s must be a number of seconds from 0 to 2592000, not true"},
      {"/api/v1/groups/rack 1/release", R"({"for_s":1})",
       "unknown key \"for_s\"; this request takes no keys"},
      {"/api/v1/devices/UPS-A/freeze", R"({"for_s":60,"path":2})",
       "unknown key \"path\"; known here: for_s"},
      {"/api/v1/devices/UPS-A/maintenance", R"({"for_s":60,"force":"true"})",
       "force must be true or false, not \"true\""},
      {"/api/v1/devices/UPS-A/maintenance", R"({"for_s":60,"forced":true})",
       "unknown key \"forced\"; known here: for_s, force"},
      {"/api/v1/devices/UPS-A/path", R"({"path":2,"for_s":1})",
       "unknown key \"for_s\"; known here: path"},
      {"/api/v1/comms/nut-a/state", R"({"state":"disabled","for_s":1})",
       "unknown key \"for_s\"; known here: state"},
      {"/api/v1/comms/nut-a/state", R"({"state":1})",
       R"(state must be "ok", "disabled" or "out_of_service")"},
      {"/api/v1/reload", R"({"config":"x"})", "unknown key \"config\"; this request takes no keys"},
  };
  history.entries.clear();  // of the start
  for (const StrictRow& row : rows) {
    const io::Response answer = post(row.path, row.body);
    EXPECT_EQ(answer.status, 400) << row.path << " " << row.body;
    EXPECT_EQ(json(answer)["error"], row.error) << row.path << " " << row.body;
  }
  EXPECT_TRUE(journal.audited.empty());
  EXPECT_TRUE(journal.holds.empty());
  EXPECT_TRUE(history.entries.empty()) << history.entries.front().message;
  EXPECT_EQ(loop.engine().comm().active(DeviceId{0}), primary);
  const auto query =
      api.handle({.method = "POST", .path = control, .query = {{"dry_run", "1"}}, .body = ""});
  EXPECT_EQ(query.status, 400) << "?dry_run=1 would be passed over as well";
  EXPECT_EQ(post("/api/v1/comms/nut-a/hold", R"({"state":"disabled"})").status, 404);
}

TEST_F(ApiTest, RefusedOrdersAndDryRunsAreAmongTheOrders) {
  EXPECT_EQ(post("/api/v1/devices/UPS-A/control", R"({"command":"load.off"})").status, 409);
  const Json orders = json(get("/api/v1/control"))["orders"];
  ASSERT_EQ(orders.size(), 1u);
  EXPECT_EQ(orders[0]["name"], "load.off");
  EXPECT_EQ(orders[0]["outcome"], "refused");
  EXPECT_TRUE(orders[0]["policy"].is_null());
  EXPECT_EQ(orders[0]["asked_at"], orders[0]["ended_at"]);
  EXPECT_EQ(json(get("/api/v1/control/1"))["name"], "load.off");
}

TEST_F(ApiTest, TheAuditIsTheJournals) {
  post("/api/v1/devices/UPS-A/control", R"({"command":"load.off"})");
  const Json audit = json(get("/api/v1/audit"))["audit"];
  EXPECT_EQ(journal.asked_for, 50u);
  ASSERT_EQ(audit.size(), 1u);
  const Json live = json(get("/api/v1/control"))["orders"][0];
  for (const auto& [key, value] : live.items()) EXPECT_TRUE(audit[0].contains(key)) << key;
  EXPECT_EQ(audit[0].size(), live.size());
  get("/api/v1/audit", {{"limit", "0"}});
  EXPECT_EQ(journal.asked_for, 10'000u);
  get("/api/v1/audit", {{"limit", "7"}});
  EXPECT_EQ(journal.asked_for, 7u);
  journal.disk_problem = "journal.db cannot be read now";
  const io::Response problem = get("/api/v1/audit");
  EXPECT_EQ(problem.status, 503);
  EXPECT_EQ(json(problem)["error"], *journal.disk_problem);
  EXPECT_EQ(get("/api/v1/audit/1").status, 404);
}

TEST_F(ApiTest, ACommDeviceTakenOutSaysByWhomAndIsJournalled) {
  EXPECT_TRUE(json(get("/api/v1/comms/nut-a"))["taken_out"].is_null());
  const auto answer = api.handle({.method = "POST",
                                  .path = "/api/v1/comms/nut-a/state",
                                  .query = {},
                                  .body = R"({"state":"out_of_service"})",
                                  .who = "root (uid 0) over the socket"});
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(json(get("/api/v1/comms/nut-a"))["taken_out"]["who"], "root (uid 0) over the socket");
  ASSERT_EQ(journal.comm_states.size(), 1u);
  EXPECT_EQ(journal.comm_states[0].comm, "nut-a");
}

TEST_F(ApiTest, EventsByIdAndByCount) {
  for (int i = 0; i < 5; ++i) {
    Notice notice;
    notice.kind = NoticeKind::daemon;
    notice.message = std::to_string(i);
    history.add(notice, clock.wall_now());
  }
  const std::size_t all = history.entries.size();
  EXPECT_EQ(json(get("/api/v1/events", {{"limit", "2"}}))["events"].size(), 2u);
  EXPECT_EQ(json(get("/api/v1/events", {{"limit", "0"}}))["events"].size(), all);
  const Json later = json(get("/api/v1/events", {{"after", std::to_string(all - 1)}}));
  ASSERT_EQ(later["events"].size(), 1u);
  EXPECT_EQ(later["events"][0]["message"], "4");
  EXPECT_EQ(later["last_id"], all);
  for (const char* key : {"time", "kind", "subject", "message", "details"}) {
    EXPECT_TRUE(later["events"][0].contains(key)) << key;
  }
  EXPECT_EQ(get("/api/v1/events", {{"limit", "-3"}, {"after", "x"}}).status, 200);
}

TEST_F(ApiTest, ReloadSaysWhyNot) {
  EXPECT_EQ(post("/api/v1/reload", "").status, 200);
  reload_problem = "site.yaml:1:1: error: nonsense";
  const io::Response refused = post("/api/v1/reload", "");
  EXPECT_EQ(refused.status, 409);
  EXPECT_EQ(json(refused)["error"], *reload_problem);
}

}  // namespace
}  // namespace nightwatt::app

// The API over a live engine loop, without sockets: every route, every refusal.
#include "app/api.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "app/engine_loop.h"
#include "io/system_clock.h"

namespace nightwatt::app {
namespace {

using Json = nlohmann::json;

// Remembers what it was told; the disk and the machines of these tests.
class NoJournal final : public ports::Journal {
 public:
  void commit_run(const CommitRun& /*effect*/) override {}
  void record_step(const RecordStep& /*effect*/) override {}
  void close_run(const CloseRun& /*effect*/) override {}
  void record_hold(const RecordHold& effect) override { holds.push_back(effect.hold); }
  void forget_hold(const ForgetHold& effect) override { forgotten.push_back(effect.group); }
  void record_audit(const RecordAudit& effect) override { audited.push_back(effect.record); }
  void record_read(const ports::RecordRead& /*record*/) override {}
  void record_comm(const ports::RecordComm& /*record*/) override {}
  std::vector<HoldRecord> holds{};
  std::vector<std::string> forgotten{};
  std::vector<AuditRecord> audited{};
};

class NoFlags final : public ports::ReentryFlags {
 public:
  void claim(GroupId /*id*/, const std::string& /*group*/, bool /*replace*/) override {}
  void clear(const std::string& /*group*/) override {}
  std::string path_of(const std::string& group) const override { return group; }
};

class NoMachines final : public ports::Machines {
 public:
  void start(const StartStep& /*effect*/) override {}
  void cancel(const CancelStep& /*effect*/) override {}
  void watch_return(const WatchReturn& /*effect*/) override {}
  void stop_watching(const StopWatching& /*effect*/) override {}
};

class ListHistory final : public ports::History {
 public:
  std::uint64_t add(const Notice& notice, WallTime at) override {
    entries.push_back({.id = entries.size() + 1,
                       .time = at,
                       .severity = notice.severity,
                       .kind = std::string(to_string(notice.kind)),
                       .subject = notice.subject,
                       .message = notice.message,
                       .details = notice.details});
    return entries.size();
  }
  std::vector<ports::HistoryEntry> after(std::uint64_t after, std::size_t limit) const override {
    std::vector<ports::HistoryEntry> out;
    for (const auto& entry : entries) {
      if (entry.id > after && out.size() < limit) out.push_back(entry);
    }
    return out;
  }
  std::vector<ports::HistoryEntry> newest(std::size_t limit) const override {
    return after(entries.size() - std::min(limit, entries.size()), limit);
  }
  std::uint64_t last_id() const override { return entries.size(); }
  std::uint64_t dropped() const override { return 0; }
  std::vector<ports::HistoryEntry> entries{};
};

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

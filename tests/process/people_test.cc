// What people ask of the live daemon: paths, holds, aborts, maintenance, plans; over the socket and
// over loopback TCP.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "tests/peers/free_port.h"
#include "tests/process/protected_rack.h"

namespace nightwatt::process {
namespace {

using testing::HasSubstr;
using testing::StartsWith;
using Words = std::vector<std::string>;

class People : public ProtectedRack {
 protected:
  // UPS-A over two servers, UPS-B over one; the group has a countdown of half a minute.
  void begin_with_two_paths() {
    a2 = std::make_unique<peers::RealUpsd>();
    std::string text = config({.group = "    confirm_for: 30s\n"});
    text.insert(text.find("ups:\n"), "  - {id: nut-a2, driver: nut, host: 127.0.0.1, port: " +
                                         std::to_string(a2->port()) + "}\n");
    const std::string only = "initial_fail: 0s}]";
    text.insert(text.find(only) + only.size() - 1, ", {comm: nut-a2, unit: ups1}");
    daemon.write_config(text);
    ASSERT_TRUE(daemon.start()) << daemon.log();
    ASSERT_TRUE(verdict_becomes("protected")) << told();
  }
  Json active() { return daemon.device("UPS-A")["active"]; }

  std::unique_ptr<peers::RealUpsd> a2;
};

TEST_F(People, PathChoosesAndAutoGivesItBack) {
  begin_with_two_paths();
  const Finished chosen = daemon.cli({"path", "UPS-A", "first"});
  EXPECT_EQ(chosen.code, 0) << chosen.err;
  EXPECT_EQ(active(), Json({{"path", 2}, {"comm", "nut-a2"}}));
  EXPECT_EQ(daemon.device("UPS-A")["automatic"], true) << "an override keeps automatic mode";
  EXPECT_TRUE(stays([&] { return verdict() == "protected"; }, 600ms)) << told();
  EXPECT_EQ(daemon.cli({"path", "UPS-A", "primary"}).code, 0);
  EXPECT_EQ(active()["path"], 1);
  EXPECT_EQ(daemon.cli({"path", "UPS-A", "2"}).code, 0);
  EXPECT_EQ(active()["path"], 2);
  EXPECT_EQ(daemon.cli({"path", "UPS-A", "auto"}).code, 0);

  const Finished missing = daemon.cli({"path", "UPS-A", "5"});
  EXPECT_EQ(missing.code, 1);
  EXPECT_THAT(missing.err, StartsWith("refused: "));
  EXPECT_EQ(daemon.cli({"path", "UPS-Z", "auto"}).code, 1);
  EXPECT_FALSE(daemon.events("path_changed").empty());
  EXPECT_FALSE(daemon.events("refused").empty());
}

TEST_F(People, AnOverriddenPathThatFailsIsLeft) {
  begin_with_two_paths();
  ASSERT_EQ(daemon.cli({"path", "UPS-A", "first"}).code, 0);
  a2->kill();
  ASSERT_TRUE(wait_until([&] { return active()["path"] == 1; }, 40s)) << told();
  EXPECT_TRUE(wait_until([&] { return state_of("UPS-A") == "HEALTHY"; })) << told();
}

TEST_F(People, HoldEndsByItselfAndThenTheVerdictDecides) {
  begin();
  const Finished held = daemon.cli({"hold", "rack", "--for", "2s"});
  EXPECT_EQ(held.code, 0) << held.err;
  EXPECT_EQ(run_state(), "held");
  EXPECT_TRUE(daemon.group("rack")["run"]["held_until"].is_string());
  low(*a);
  low(*b);
  ASSERT_TRUE(verdict_becomes("quorum_lost")) << told();
  EXPECT_EQ(run_state(), "held") << told();
  EXPECT_TRUE(sshd->commands().empty());
  ASSERT_TRUE(run_becomes("done")) << told();
  EXPECT_EQ(sshd->commands(), Words{"down"});
}

TEST_F(People, AHoldOutlivesTheDaemon) {
  begin();
  ASSERT_EQ(daemon.cli({"hold", "rack", "--for", "1h"}).code, 0);
  daemon.kill(SIGKILL);
  daemon.wait_exit();
  low(*a);
  low(*b);
  ASSERT_TRUE(daemon.start()) << daemon.log();
  ASSERT_TRUE(verdict_becomes("quorum_lost")) << told();
  EXPECT_TRUE(stays([&] { return run_state() == "held" && sshd->commands().empty(); }, 1s))
      << told();
  EXPECT_EQ(daemon.cli({"release", "rack"}).code, 0);
  ASSERT_TRUE(run_becomes("done")) << told();
  EXPECT_EQ(daemon.cli({"release", "rack"}).code, 1) << "not held any more";
}

TEST_F(People, AbortAfterThePointOfNoReturnSkipsWhatHasNotStarted) {
  begin({.servers = server("first", "first-down", 1,
                           "        pre_shutdown_commands:\n          - {timeout: 20, command: \"" +
                               sshd->record("waiting") + "; while [ ! -e " + daemon.file("gate") +
                               " ]; do sleep 0.05; done\"}\n") +
                    server("second", "second-down", 2)});
  low(*a);
  low(*b);
  ASSERT_TRUE(wait_until([&] { return sshd->commands() == Words{"waiting"}; })) << told();
  EXPECT_EQ(daemon.cli({"hold", "rack", "--for", "1h"}).code, 1) << "too late";
  const Finished aborted = daemon.cli({"abort", "rack"});
  EXPECT_EQ(aborted.code, 0) << aborted.err;
  std::string said = aborted.out;
  for (auto at = said.find("\n  "); at != said.npos; at = said.find("\n  "))
    said.replace(at, 3, " ");
  EXPECT_THAT(said, HasSubstr("skipped, because not started: second"));
  EXPECT_THAT(said, HasSubstr("started and not stopped: first"));
  std::ofstream(daemon.file("gate")).put('x');
  ASSERT_TRUE(run_becomes("done")) << told();
  EXPECT_EQ(sshd->commands(), (Words{"waiting", "first-down"}));
  EXPECT_EQ(daemon.group("rack")["run"]["steps"][1]["state"], "skipped");
}

TEST_F(People, MaintenanceTakesAUpsOutOfTheCountAndNeverTheLastOne) {
  begin();
  EXPECT_EQ(daemon.cli({"maintenance", "UPS-B"}).code, 2) << "it needs an end";
  const Finished taken = daemon.cli({"maintenance", "UPS-B", "--for", "1h"});
  EXPECT_EQ(taken.code, 0) << taken.err;
  EXPECT_EQ(state_of("UPS-B"), "MAINTENANCE");
  EXPECT_EQ(daemon.group("rack")["healthy_count"], 1);
  const Finished both = daemon.cli({"maintenance", "UPS-A", "--for", "1h"});
  EXPECT_EQ(both.code, 1);
  EXPECT_THAT(both.err, StartsWith("refused: group rack: "));
  low(*b);
  EXPECT_TRUE(stays([&] { return state_of("UPS-B") == "MAINTENANCE"; }, 600ms)) << told();
  EXPECT_EQ(daemon.terminate(), 0);
  ASSERT_TRUE(daemon.start()) << daemon.log();
  EXPECT_TRUE(daemon.logged("UPS-B stays in maintenance for")) << daemon.log();
  EXPECT_TRUE(stays([&] { return state_of("UPS-B") == "MAINTENANCE"; }, 600ms)) << told();
  on_line(*b);
  EXPECT_EQ(daemon.cli({"maintenance", "UPS-B", "--for", "0s"}).code, 0);
  ASSERT_TRUE(verdict_becomes("protected")) << told();
  EXPECT_TRUE(sshd->commands().empty());
}

TEST_F(People, PlanIsTheSameFromTheDaemonAndFromTheFile) {
  begin({.servers = server("compute", "compute-down", 1) + server("nas", "nas-down", 2)});
  const Finished live = daemon.cli({"plan", "rack", "--json"});
  EXPECT_EQ(live.code, 0) << live.err;
  Json plan = Json::parse(live.out, nullptr, false);
  ASSERT_EQ(plan["steps"].size(), 2u) << live.out;
  EXPECT_EQ(plan["steps"][1]["name"], "nas");
  EXPECT_EQ(plan["steps"][1]["commands"][0], sshd->record("nas-down"));
  const Finished file = run({"plan", "rack", "--json", "--config", daemon.file("config.yaml")});
  EXPECT_EQ(file.code, 0) << file.err;
  plan.erase("run");
  EXPECT_EQ(Json::parse(file.out, nullptr, false), plan);
  EXPECT_EQ(daemon.cli({"plan", "attic"}).code, 1);
  EXPECT_EQ(run({"plan", "attic", "--config", daemon.file("config.yaml")}).code, 2);
}

// --- the API over TCP
// -----------------------------------------------------------------------------

// One HTTP/1.1 exchange; empty when nobody listens.
std::string http(std::uint16_t port, const std::string& head, const std::string& body = "") {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::string got;
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    const std::string request =
        head + " HTTP/1.1\r\nHost: localhost:" + std::to_string(port) +
        "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
        "\r\nConnection: close\r\n\r\n" + body;
    EXPECT_EQ(::send(fd, request.data(), request.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(request.size()));
    char buffer[4096];
    for (ssize_t n = 0; (n = ::recv(fd, buffer, sizeof buffer, 0)) > 0;) {
      got.append(buffer, static_cast<std::size_t>(n));
    }
  }
  ::close(fd);
  return got;
}

TEST_F(People, TheApiOnTcpIsThereOnlyWhenAskedFor) {
  const std::uint16_t port = peers::free_port();
  begin();
  EXPECT_EQ(http(port, "GET /api/v1/status"), "");
  ASSERT_EQ(daemon.terminate(), 0);
  begin({.more = "api: {enabled: true, port: " + std::to_string(port) + "}\n"});
  const std::string status = http(port, "GET /api/v1/status");
  EXPECT_THAT(status, StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(status, HasSubstr("\"verdict\":\"protected\""));
  EXPECT_THAT(http(port, "GET /api/v1/groups/attic"), StartsWith("HTTP/1.1 404"));
  EXPECT_THAT(http(port, "DELETE /api/v1/groups/rack"), StartsWith("HTTP/1.1 405"));
  EXPECT_THAT(http(port, "POST /api/v1/groups/rack/hold", "{\"for_s\": 1e99}"),
              StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(http(port, "POST /api/v1/groups/rack/hold", "{\"for_s\": 60}"),
              StartsWith("HTTP/1.1 200"));
  EXPECT_EQ(run_state(), "held");
  EXPECT_THAT(http(port, "POST /api/v1/groups/rack/release"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(http(port, "POST /api/v1/groups/rack/abort", "{\"for_s\": 60}"),
              StartsWith("HTTP/1.1 409"))
      << "nothing to abort";
}

TEST_F(People, ReloadOverTheApiIsTheSameAsSighup) {
  const std::uint16_t port = peers::free_port();
  const std::string api = "api: {enabled: true, port: " + std::to_string(port) + "}\n";
  begin({.more = api});
  daemon.write_config(config({.group = "    min_healthy: 2\n", .more = api}));
  EXPECT_THAT(http(port, "POST /api/v1/reload"), StartsWith("HTTP/1.1 200"));
  EXPECT_EQ(daemon.group("rack")["min_healthy"], 2);
  daemon.write_config("ups: 3\n");
  EXPECT_THAT(http(port, "POST /api/v1/reload"), StartsWith("HTTP/1.1 409"));
  EXPECT_EQ(daemon.group("rack")["min_healthy"], 2);
}

}  // namespace
}  // namespace nightwatt::process

// The interfaces that others build on, field by field: status --json, events --json, exit codes,
// and what `nightwatt run` leaves alone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "tests/process/protected_rack.h"

namespace nightwatt::process {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* dry = "behavior: {dry_run: true}\n";

// The first of `wanted` that the object lacks; "" when it has them all.
std::string lacks(const Json& object, const std::vector<std::string>& wanted) {
  for (const std::string& key : wanted) {
    if (!object.contains(key)) return key + " is missing in " + object.dump();
  }
  return "";
}

bool is_utc_time(const Json& value) {
  static const std::regex rfc3339(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z)");
  return value.is_string() && std::regex_match(value.get<std::string>(), rfc3339);
}

class Interface : public ProtectedRack {
 protected:
  Json status_from_cli() {
    const Finished answer = daemon.cli({"status", "--json"});
    EXPECT_EQ(answer.code, 0) << answer.err;
    EXPECT_EQ(answer.err, "");
    return Json::parse(answer.out, nullptr, false);
  }
  void run_the_plan() {
    low(*a);
    low(*b);
    ASSERT_TRUE(run_becomes("done")) << told();
  }
};

TEST_F(Interface, StatusNamesDevicesWithTheirActivePathAndState) {
  begin({.more = dry});
  const Json status = status_from_cli();
  ASSERT_TRUE(status.is_object());
  ASSERT_EQ(status["devices"].size(), 2u);
  const Json& device = status["devices"][0];
  EXPECT_EQ(lacks(device, {"name", "active", "state", "reasons", "reading_age_s"}), "");
  EXPECT_EQ(device["name"], "UPS-A");
  EXPECT_EQ(device["active"], Json({{"path", 1}, {"comm", "nut-a"}}));
  EXPECT_EQ(device["state"], "HEALTHY");
  EXPECT_EQ(device["reasons"], Json::array());
  ASSERT_TRUE(device["reading_age_s"].is_number()) << device;
  EXPECT_GE(device["reading_age_s"], 0);
  EXPECT_LT(device["reading_age_s"], 5);
  EXPECT_EQ(status["devices"][1]["name"], "UPS-B");
}

TEST_F(Interface, StatusOfAnArmedGroupHasARunWithoutTimes) {
  begin({.more = dry});
  const Json group = status_from_cli()["groups"][0];
  EXPECT_EQ(lacks(group, {"name", "verdict", "healthy_count", "min_healthy", "members", "run"}),
            "");
  EXPECT_EQ(group["name"], "rack");
  EXPECT_EQ(group["verdict"], "protected");
  EXPECT_EQ(group["healthy_count"], 2);
  EXPECT_EQ(group["min_healthy"], 1);
  ASSERT_EQ(group["members"].size(), 2u);
  EXPECT_EQ(lacks(group["members"][0], {"name", "state", "reasons"}), "");
  EXPECT_EQ(group["members"][1]["name"], "UPS-B");
  EXPECT_EQ(group["members"][1]["state"], "HEALTHY");
  EXPECT_EQ(group["members"][1]["reasons"], Json::array());
  EXPECT_EQ(group["run"]["state"], "armed");
  EXPECT_TRUE(group["run"].contains("committed_at"));
  EXPECT_TRUE(group["run"]["committed_at"].is_null());
  EXPECT_TRUE(group["run"]["steps"].is_array());
  EXPECT_TRUE(group.contains("last_run"));
  EXPECT_TRUE(group["last_run"].is_null());
}

TEST_F(Interface, StatusOfARunHasItsStepsAndKeepsThemAsLastRun) {
  begin({.more = dry});
  run_the_plan();
  const Json group = status_from_cli()["groups"][0];
  EXPECT_EQ(group["verdict"], "quorum_lost");
  EXPECT_EQ(group["healthy_count"], 0);
  EXPECT_EQ(group["members"][0]["state"], "CRITICAL");
  EXPECT_THAT(group["members"][0]["reasons"].dump(),
              HasSubstr("battery.charge 10 % is below 20 %"));
  const Json& run = group["run"];
  EXPECT_TRUE(is_utc_time(run["committed_at"])) << run;
  ASSERT_EQ(run["steps"].size(), 1u);
  const Json& step = run["steps"][0];
  EXPECT_EQ(lacks(step, {"id", "name", "state", "dry_run", "started_at", "ended_at", "error"}), "");
  EXPECT_EQ(step["name"], "compute");
  EXPECT_EQ(step["state"], "ok");
  EXPECT_EQ(step["dry_run"], true);
  EXPECT_TRUE(is_utc_time(step["started_at"])) << step;
  EXPECT_TRUE(is_utc_time(step["ended_at"])) << step;
  EXPECT_TRUE(step["error"].is_null()) << step;
  EXPECT_LE(run["committed_at"], step["started_at"]);
  EXPECT_LE(step["started_at"], step["ended_at"]);

  on_line(*a);
  on_line(*b);
  ASSERT_TRUE(run_becomes("armed")) << told();
  const Json after = status_from_cli()["groups"][0];
  EXPECT_EQ(after["last_run"]["steps"][0]["ended_at"], step["ended_at"]);
  EXPECT_EQ(after["last_run"]["committed_at"], run["committed_at"]);
}

TEST_F(Interface, EventsAreOneObjectALineWithTheFiveFields) {
  begin({.more = dry});
  run_the_plan();
  on_line(*a);
  on_line(*b);
  ASSERT_TRUE(run_becomes("armed")) << told();
  const Finished answer = daemon.cli({"events", "--json"});
  EXPECT_EQ(answer.code, 0) << answer.err;
  std::istringstream lines(answer.out);
  std::vector<std::string> kinds;
  std::string last_time;
  for (std::string line; std::getline(lines, line);) {
    const Json event = Json::parse(line, nullptr, false);
    ASSERT_TRUE(event.is_object()) << line;
    EXPECT_EQ(lacks(event, {"time", "kind", "subject", "message", "details"}), "");
    EXPECT_TRUE(is_utc_time(event["time"])) << line;
    EXPECT_TRUE(event["details"].is_object()) << line;
    EXPECT_FALSE(event["message"].get<std::string>().empty()) << line;
    EXPECT_GE(event["time"].get<std::string>(), last_time) << "oldest first";
    last_time = event["time"];
    kinds.push_back(event["kind"]);
  }
  std::size_t at = 0;
  for (const char* kind : {"member_state", "verdict", "plan_committed", "step_started",
                           "step_ended", "plan_done", "re_armed"}) {
    while (at < kinds.size() && kinds[at] != kind) ++at;
    EXPECT_LT(at, kinds.size()) << kind << " is missing, or before its cause:\n" << answer.out;
  }

  const Finished two = daemon.cli({"events", "--json", "-n", "2"});
  EXPECT_EQ(std::ranges::count(two.out, '\n'), 2) << two.out;
  const Finished mine = daemon.cli({"events", "--json", "--kind", "re_armed"});
  EXPECT_EQ(std::ranges::count(mine.out, '\n'), 1) << mine.out;
  EXPECT_THAT(mine.out, HasSubstr("quorum restored -- re-armed for next event"));
}

// --- what it leaves alone
// -------------------------------------------------------------------------

std::set<std::string> files_in(const std::string& folder) {
  std::set<std::string> out;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    out.insert(fs::relative(entry.path(), folder));
  }
  return out;
}

// Files below / that the process has open, other than those it may have.
std::vector<std::string> open_files(pid_t pid, const std::string& allowed) {
  std::vector<std::string> out;
  for (const auto& entry : fs::directory_iterator("/proc/" + std::to_string(pid) + "/fd")) {
    std::error_code gone;
    const std::string target = fs::read_symlink(entry.path(), gone);
    if (!target.starts_with('/') || target.starts_with("/dev/")) continue;
    if (!target.starts_with(allowed)) out.push_back(target);
  }
  return out;
}

TEST_F(Interface, RunTouchesNoOtherFile) {
  const std::string home = daemon.file("home");
  fs::create_directory(home);
  daemon.environment = {"HOME=" + home, "TMPDIR=" + home, "XDG_RUNTIME_DIR=" + home,
                        "XDG_STATE_HOME=" + home};
  begin({.more = dry});
  run_the_plan();
  on_line(*a);
  on_line(*b);
  ASSERT_TRUE(run_becomes("armed")) << told();
  EXPECT_THAT(open_files(daemon.pid(), daemon.folder()), ElementsAre());
  EXPECT_EQ(daemon.terminate(), 0);
  EXPECT_THAT(files_in(home), ElementsAre());
  std::set<std::string> outside_state;
  for (const std::string& file : files_in(daemon.folder())) {
    if (!file.starts_with("state")) outside_state.insert(file);
  }
  EXPECT_THAT(outside_state, ElementsAre("config.yaml", "home", "log"));
  EXPECT_FALSE(fs::exists("/var/run/ups-shutdown-redundancy-rack"));
  EXPECT_FALSE(fs::exists("/run/nightwatt/nightwatt.sock.new"));
}

TEST_F(Interface, TheSocketAppearsOnlyWhenTheDaemonAnswers) {
  daemon.write_config(config({.more = dry}));
  daemon.spawn_only();
  ASSERT_TRUE(wait_until([&] { return fs::exists(daemon.file("sock")) || !daemon.running(); }));
  const Json first = daemon.status();
  ASSERT_TRUE(first.is_object()) << "the first to see the socket gets an answer\n" << daemon.log();
  EXPECT_EQ(first["groups"].size(), 1u);
  EXPECT_EQ(fs::status(daemon.file("sock")).permissions() & fs::perms::others_all, fs::perms::none);
}

TEST_F(Interface, ADaemonThatDoesNotStartMakesNoSocketAndNoFile) {
  daemon.write_config("ups: [{name: UPS-A@127.0.0.1, chek_interval: 1}]\n");
  EXPECT_EQ(daemon.start_and_fail(), 2);
  EXPECT_THAT(daemon.log(), HasSubstr("check_interval")) << "did you mean";
  EXPECT_FALSE(fs::exists(daemon.file("sock")));
  EXPECT_FALSE(fs::exists(daemon.state_dir));
}

// --- exit codes
// -----------------------------------------------------------------------------------

TEST(ExitCodes, AreZeroOneAndTwo) {
  peers::TempDir folder;
  const std::string nowhere = folder.file("nowhere");
  EXPECT_EQ(run({"version"}).code, 0);
  EXPECT_EQ(run({"--version"}).out, run({"version"}).out);
  EXPECT_EQ(run({"help"}).out, run({"--help"}).out);
  EXPECT_EQ(run({"help", "status"}).out, run({"status", "--help"}).out);
  EXPECT_THAT(run({"statsu"}).err,
              testing::StartsWith("unknown command 'statsu', did you mean 'status'?"));
  EXPECT_THAT(run({"profiles", "show", "apc-modbsu"}).err, HasSubstr("did you mean 'apc-modbus'?"));
  EXPECT_THAT(run({"events", "--kind", "path_chnged", "--socket", nowhere}).err,
              HasSubstr("did you mean 'path_changed'?"));
  EXPECT_EQ(run({"--help"}).code, 0);
  EXPECT_EQ(run({"status", "--help"}).code, 0);
  EXPECT_EQ(run({}).code, 2);
  EXPECT_EQ(run({"dance"}).code, 2);
  EXPECT_EQ(run({"run", "--no-such-flag"}).code, 2);
  EXPECT_EQ(run({"run", "--config", nowhere}).code, 2);
  EXPECT_EQ(run({"validate", "--config", nowhere}).code, 2);
  EXPECT_EQ(run({"path", "UPS-A", "third-or-so", "--socket", nowhere}).code, 2);
  EXPECT_EQ(run({"abort"}).code, 2);
  EXPECT_EQ(run({"hold", "rack", "--for", "soon", "--socket", nowhere}).code, 2);
  for (const char* command : {"status", "events"}) {
    const Finished asked = run({command, "--socket", nowhere});
    EXPECT_EQ(asked.code, 1) << command;
    EXPECT_THAT(asked.err, testing::ContainsRegex("the\\s+daemon\\s+is\\s+not\\s+running"))
        << command;
    EXPECT_EQ(asked.out, "");
  }
  EXPECT_EQ(run({"plan", "rack", "--socket", nowhere}).code, 1);
  EXPECT_EQ(run({"release", "rack", "--socket", nowhere}).code, 1);
}

// An empty file would look like an answer.
TEST(ExitCodes, OutputThatCannotBeWrittenIsOne) {
  const Finished full = shell("$NIGHTWATT version > /dev/full");
  EXPECT_EQ(full.code, 1);
  EXPECT_EQ(full.err, "error: the output could not be written: No space left on device\n");
}

TEST_F(Interface, ValidateExitsWithTwoOnAnyError) {
  daemon.write_config(config({}));
  const Finished good = run({"validate", "--config", daemon.file("config.yaml")});
  EXPECT_EQ(good.code, 0) << good.err;
  EXPECT_THAT(good.out, HasSubstr("Redundancy groups (1):"));
  daemon.write_config(config({.group = "    min_healthy: 3\n"}));
  EXPECT_EQ(run({"validate", "--config", daemon.file("config.yaml")}).code, 2);
}

// --- logs
// -----------------------------------------------------------------------------------------

TEST_F(Interface, TheLogIsTextByDefault) {
  begin({.more = dry});
  static const std::regex shape(
      R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (DEBUG|INFO|WARNING|ERROR|ALARM) *[^ ].*: .+)");
  std::istringstream lines(daemon.log());
  for (std::string line; std::getline(lines, line);) {
    EXPECT_TRUE(std::regex_match(line, shape)) << line;
  }
}

TEST_F(Interface, TheLogIsOneJsonObjectALineWhenAskedFor) {
  const std::string file = daemon.file("own.log");
  begin({.more = std::string(dry) + "logging: {format: json, level: debug, file: " + file + "}\n"});
  run_the_plan();
  EXPECT_EQ(daemon.terminate(), 0);
  EXPECT_EQ(peers::read_file(file), daemon.log());
  std::istringstream lines(daemon.log());
  bool committed = false;
  for (std::string line; std::getline(lines, line);) {
    const Json entry = Json::parse(line, nullptr, false);
    ASSERT_TRUE(entry.is_object()) << line;
    EXPECT_EQ(lacks(entry, {"time", "severity", "kind", "subject", "message"}), "");
    committed = committed || entry["kind"] == "plan_committed";
  }
  EXPECT_TRUE(committed) << daemon.log();
}

}  // namespace
}  // namespace nightwatt::process

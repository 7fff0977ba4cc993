// Machines and disks that misbehave while the plan runs: nothing of it stops the rest.
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <unistd.h>

#include <csignal>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "tests/process/protected_rack.h"

namespace nightwatt::process {
namespace {

namespace fs = std::filesystem;

class Machines : public ProtectedRack {
 protected:
  // A second machine behind an sshd of its own.
  std::string other_server(const peers::RealSshd& other, const std::string& more) {
    return "      - name: other\n        enabled: true\n        host: 127.0.0.1\n        port: " +
           std::to_string(other.port()) + "\n        user: " + other.user() +
           "\n        ssh_key_path: " + other.key_file() + "\n        shutdown_command: \"" +
           other.record("other-down") +
           "\"\n        shutdown_order: 1\n        connect_timeout: 1\n        command_timeout: 1\n"
           "        shutdown_safety_margin: 1\n" +
           more;
  }
  Json step(std::size_t index) { return daemon.group("rack")["run"]["steps"][index]; }
  void lose_power() {
    low(*a);
    low(*b);
    ASSERT_TRUE(run_becomes("done")) << told();
  }
};

TEST_F(Machines, ASshdThatHangsIsBoundedAndTheRestIsDone) {
  peers::RealSshd other;
  begin({.servers = other_server(other, "") + server("compute", "down", 2)});
  other.hang();
  lose_power();
  EXPECT_NE(step(0)["state"], "ok") << told();
  EXPECT_FALSE(step(0)["error"].is_null());
  EXPECT_EQ(step(1)["state"], "ok");
  EXPECT_EQ(sshd->commands().size(), 1u);
  const auto done = daemon.events("plan_done");
  ASSERT_EQ(done.size(), 1u);
  EXPECT_NE(done[0]["message"].get<std::string>().find("other"), std::string::npos)
      << "the result names what failed";
}

TEST_F(Machines, ASshdThatRefusesIsAFailedStep) {
  peers::RealSshd other;
  begin({.servers = other_server(other, "") + server("compute", "down", 2)});
  other.stop();
  lose_power();
  EXPECT_EQ(step(0)["state"], "failed") << told();
  EXPECT_NE(step(0)["error"].get<std::string>().find("refused"), std::string::npos) << told();
  EXPECT_EQ(sshd->commands().size(), 1u);
}

TEST_F(Machines, AChangedHostKeyIsRefused) {
  peers::RealSshd other;
  begin({.servers = other_server(other, "") + server("compute", "down", 2)});
  lose_power();
  ASSERT_EQ(step(0)["state"], "ok") << told();
  on_line(*a);
  on_line(*b);
  ASSERT_TRUE(run_becomes("armed")) << told();
  other.change_host_key();
  lose_power();
  EXPECT_EQ(step(0)["state"], "failed") << told();
  EXPECT_NE(step(0)["error"].get<std::string>().find("host key"), std::string::npos) << told();
  EXPECT_EQ(other.commands().size(), 1u) << "nothing runs on a machine that is not known";
  EXPECT_EQ(sshd->commands().size(), 2u);
}

TEST_F(Machines, ALoginThatIsRefusedIsAFailedStepThatNamesTheKey) {
  peers::RealSshd other;
  begin({.servers = other_server(other, "") + server("compute", "down", 2)});
  other.refuse_our_key();
  lose_power();
  EXPECT_EQ(step(0)["state"], "failed") << told();
  EXPECT_NE(step(0)["error"].get<std::string>().find(other.key_file()), std::string::npos)
      << told();
  EXPECT_EQ(step(1)["state"], "ok");
  EXPECT_TRUE(other.commands().empty());
}

TEST_F(Machines, ACommandThatNeverEndsIsTimedOutAndTheRestIsDone) {
  peers::RealSshd other;
  std::string hanging = other_server(other, "");
  hanging.replace(hanging.find(other.record("other-down")), other.record("other-down").size(),
                  "sleep 60");
  begin({.servers = hanging + server("compute", "down", 2)});
  lose_power();
  EXPECT_EQ(step(0)["state"], "timed_out") << told();
  EXPECT_NE(step(0)["error"].get<std::string>().find("did not end within 1 s"), std::string::npos)
      << told();
  EXPECT_EQ(step(1)["state"], "ok");
}

TEST_F(Machines, DryRunTouchesNothingAndRunsThePlanOnce) {
  begin({.more = "behavior: {dry_run: true}\n"});
  lose_power();
  EXPECT_EQ(step(0)["dry_run"], true);
  EXPECT_EQ(step(0)["state"], "ok");
  EXPECT_TRUE(stays([&] { return daemon.events("plan_committed").size() == 1; }, 1s));
  EXPECT_TRUE(sshd->commands().empty());
}

TEST_F(Machines, TheLocalCommandIsLast) {
  const std::string marker = daemon.file("local");
  begin({.group = "    is_local: true\n",
         .more = "local_shutdown: {command: \"" + std::string("cp -f /proc/self/comm ") + marker +
                 "\", message: \"\"}\n"});
  lose_power();
  ASSERT_EQ(daemon.group("rack")["run"]["steps"].size(), 2u) << told();
  EXPECT_LE(step(0)["ended_at"], step(1)["started_at"]);
  EXPECT_EQ(step(1)["id"], "local") << told();
}

TEST_F(Machines, AnUnwritableStateDirectoryRefusesTheStart) {
  std::ofstream(daemon.file("in-the-way")).put('x');
  daemon.state_dir = daemon.file("in-the-way") + "/state";
  daemon.write_config(config({}));
  EXPECT_EQ(daemon.start_and_fail(), 1);
  EXPECT_TRUE(daemon.logged("FATAL")) << daemon.log();
  EXPECT_TRUE(daemon.logged("in-the-way")) << daemon.log();
}

// The daemon's state directory on a small disk of its own; gone with the test.
class SmallDisk : public Machines {
 protected:
  void SetUp() override {
    Machines::SetUp();
    if (IsSkipped()) return;
    fs::create_directories(daemon.state_dir);
    mounted_ = ::mount("nightwatt-test", daemon.state_dir.c_str(), "tmpfs", 0, "size=600k") == 0;
    if (!mounted_) GTEST_SKIP() << "a small tmpfs cannot be mounted here (needs root)";
  }
  void TearDown() override {
    if (!mounted_) return;
    daemon.kill(SIGKILL);
    daemon.wait_exit();
    ::umount2(daemon.state_dir.c_str(), MNT_DETACH);
  }
  void fill() const {
    std::ofstream filler(daemon.state_dir + "/filler");
    const std::string block(4096, 'x');
    while (filler.write(block.data(), static_cast<std::streamsize>(block.size())).flush()) {
    }
  }

 private:
  bool mounted_ = false;
};

TEST_F(SmallDisk, AFullDiskDoesNotStopTheShutdownAndIsSaidLoudly) {
  begin({.servers = server("first", "first-down", 1) + server("second", "second-down", 2)});
  fill();
  lose_power();
  EXPECT_EQ(sshd->commands(), (std::vector<std::string>{"first-down", "second-down"})) << told();
  EXPECT_TRUE(daemon.logged("journal.db takes no records")) << told();
}

TEST_F(SmallDisk, AFullDiskDoesNotStopTheStart) {
  fill();
  daemon.write_config(config({}));
  ASSERT_TRUE(daemon.start()) << daemon.log();
  ASSERT_TRUE(verdict_becomes("protected")) << told();
  EXPECT_TRUE(daemon.logged("journal.db takes no records")) << daemon.log();
  lose_power();
  EXPECT_EQ(sshd->commands().size(), 1u) << told();
}

TEST_F(Machines, SighupReloadsOrRefusesAsAWhole) {
  begin();
  daemon.write_config(config({}) + "no_such_key: 1\n");
  daemon.kill(SIGHUP);
  ASSERT_TRUE(wait_until([&] { return daemon.logged("the old one stays"); })) << daemon.log();
  EXPECT_TRUE(daemon.logged("unknown key 'no_such_key'") || daemon.logged("no_such_key"))
      << daemon.log();
  EXPECT_EQ(verdict(), "protected");
  daemon.write_config(config({.group = "    min_healthy: 2\n"}));
  daemon.kill(SIGHUP);
  ASSERT_TRUE(wait_until([&] { return daemon.group("rack")["min_healthy"] == 2; })) << told();
  EXPECT_EQ(state_of("UPS-A"), "HEALTHY") << "what was known is kept";
  low(*a);
  ASSERT_TRUE(run_becomes("done")) << told();
}

TEST_F(Machines, HoldAbortAndReleaseFromTheCommandLine) {
  begin({.group = "    confirm_for: 30s\n"});
  low(*a);
  low(*b);
  ASSERT_TRUE(run_becomes("countdown")) << told();
  const Finished aborted = daemon.cli({"abort", "rack", "--for", "1h"});
  EXPECT_EQ(aborted.code, 0) << aborted.err;
  EXPECT_EQ(run_state(), "held");
  EXPECT_EQ(daemon.cli({"abort", "nobody"}).code, 1);
  EXPECT_EQ(daemon.cli({"hold", "rack"}).code, 2) << "a hold needs an end";
  EXPECT_TRUE(stays([&] { return sshd->commands().empty(); }, 500ms));
  EXPECT_EQ(daemon.cli({"release", "rack"}).code, 0);
  ASSERT_TRUE(run_becomes("countdown")) << told();
}

}  // namespace
}  // namespace nightwatt::process

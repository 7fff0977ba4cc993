// The re-entry flag through the real daemon: stale, live and reused owners at start, a stray flag
// at first call, and one instance per state directory.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "io/process_identity.h"
#include "io/reentry_flag.h"
#include "tests/process/protected_rack.h"

namespace nightwatt::process {
namespace {

namespace fs = std::filesystem;

class Reentry : public ProtectedRack {
 protected:
  std::string flag() const { return daemon.state_dir + "/ups-shutdown-redundancy-rack"; }
  void leave_flag(const io::ProcessIdentity& owner) {
    fs::create_directories(daemon.state_dir);
    std::ofstream(flag()) << io::flag_text(owner, "2026-01-01T00:00:00.000Z");
  }
  std::string warning() const {
    return "⚠️  Redundancy shutdown for 'rack' suppressed: flag " + flag() +
           " already present at first call (startup cleanup bypassed). Will re-arm when quorum "
           "recovers.";
  }
};

// A PID that was alive a moment ago and is not now.
pid_t dead_pid() {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  int status = 0;
  ::waitpid(child, &status, 0);
  return child;
}

TEST_F(Reentry, AFlagOfADeadProcessIsClearedAtStartAndTheNextLossFires) {
  io::ProcessIdentity owner = io::own_identity();
  owner.pid = dead_pid();
  leave_flag(owner);
  begin();
  EXPECT_FALSE(fs::exists(flag())) << daemon.log();
  low(*a);
  low(*b);
  ASSERT_TRUE(run_becomes("done")) << told();
  EXPECT_EQ(sshd->commands().size(), 1u);
  EXPECT_TRUE(fs::exists(flag())) << "the guard stands until recovery";
  on_line(*a);
  on_line(*b);
  ASSERT_TRUE(wait_until([&] { return !fs::exists(flag()); })) << told();
}

TEST_F(Reentry, AFlagOfALiveProcessRefusesTheStart) {
  leave_flag(io::own_identity());  // this test runs, and so does the owner
  daemon.write_config(config({}));
  EXPECT_EQ(daemon.start_and_fail(), 1);
  EXPECT_TRUE(daemon.logged("Cannot clear redundancy shutdown flag for 'rack' at startup"))
      << daemon.log();
  EXPECT_TRUE(daemon.logged("is owned by running PID " + std::to_string(::getpid())))
      << daemon.log();
  EXPECT_TRUE(fs::exists(flag()));
}

TEST_F(Reentry, AFlagOfAReusedPidIsClearedAtStart) {
  io::ProcessIdentity owner = io::own_identity();  // the PID lives, but was started at another time
  owner.start_time = owner.start_time.value_or(0) + 1;
  leave_flag(owner);
  begin();
  EXPECT_FALSE(fs::exists(flag())) << daemon.log();
}

TEST_F(Reentry, AFlagThatCannotBeRemovedRefusesTheStart) {
  fs::create_directories(flag());  // a directory where the file should be
  daemon.write_config(config({}));
  EXPECT_EQ(daemon.start_and_fail(), 1);
  EXPECT_TRUE(daemon.logged("FATAL")) << daemon.log();
}

TEST_F(Reentry, AFlagAtFirstCallSuppressesWordForWordUntilRecovery) {
  begin();
  std::ofstream(flag()).put('\n');  // somebody touched it by hand
  low(*a);
  low(*b);
  ASSERT_TRUE(run_becomes("suppressed")) << told();
  EXPECT_TRUE(daemon.logged(warning())) << daemon.log();
  EXPECT_TRUE(stays([&] { return sshd->commands().empty(); }, 1s)) << told();
  fs::remove(flag());
  on_line(*a);
  on_line(*b);
  ASSERT_TRUE(run_becomes("armed")) << told();
  low(*a);
  low(*b);
  ASSERT_TRUE(run_becomes("done")) << told();
  EXPECT_EQ(sshd->commands().size(), 1u);
}

TEST_F(Reentry, AStrayFlagIsReplacedWhereTheConfigurationSaysSo) {
  begin({.group = "    stray_flag: replace\n"});
  std::ofstream(flag()).put('\n');
  low(*a);
  low(*b);
  ASSERT_TRUE(run_becomes("done")) << told();
  EXPECT_EQ(sshd->commands().size(), 1u);
}

TEST_F(Reentry, SigtermClearsTheFlagOfAFinishedRunAndLeavesNoSocket) {
  begin();
  low(*a);
  low(*b);
  ASSERT_TRUE(run_becomes("done")) << told();
  EXPECT_EQ(daemon.terminate(), 0) << daemon.log();
  EXPECT_FALSE(fs::exists(flag())) << daemon.log();
  EXPECT_FALSE(fs::exists(daemon.file("sock")));
}

TEST_F(Reentry, ARunThatIsDoneIsNotRepeatedByARestartWhilePowerIsStillGone) {
  begin();
  low(*a);
  low(*b);
  ASSERT_TRUE(run_becomes("done")) << told();
  ASSERT_EQ(daemon.terminate(), 0) << daemon.log();
  ASSERT_TRUE(daemon.start()) << daemon.log();
  ASSERT_TRUE(verdict_becomes("quorum_lost")) << told();
  EXPECT_TRUE(stays([&] { return sshd->commands().size() == 1; }, 3s)) << told();
}

TEST_F(Reentry, OneInstancePerStateDirectory) {
  begin();
  const Finished second = run({"run", "--config", daemon.file("config.yaml"), "--state-dir",
                               daemon.state_dir, "--socket", daemon.file("sock2")});
  EXPECT_EQ(second.code, 1);
  EXPECT_NE(second.err.find("PID " + std::to_string(daemon.pid())), std::string::npos)
      << second.err;
}

}  // namespace
}  // namespace nightwatt::process

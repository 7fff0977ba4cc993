#include "io/command.h"

#include <dirent.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <filesystem>
#include <thread>

#include "io/system_clock.h"
#include "tests/peers/temp_dir.h"

namespace nightwatt::io {
namespace {

constexpr Duration long_time{60'000};

CommandAction shell(const std::string& script) { return {{"/bin/sh", "-c", script}}; }

std::ptrdiff_t open_descriptors() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/fd"),
                       std::filesystem::directory_iterator());
}

TEST(Command, EndsOk) {
  const Cancellation never;
  CommandOutput output;
  const StepOutcome outcome =
      run_command(shell("echo out; echo err >&2"), long_time, never, &output);
  EXPECT_EQ(outcome.result, StepResult::ok);
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(output.out, "out\n");
  EXPECT_EQ(output.err, "err\n");
}

TEST(Command, IsLookedUpInPathAndTakesWordsAsTheyAre) {
  const Cancellation never;
  CommandOutput output;
  run_command({{"printf", "%s|", "a b", "$HOME", ";x"}}, long_time, never, &output);
  EXPECT_EQ(output.out, "a b|$HOME|;x|");
}

TEST(Command, SaysHowItFailed) {
  const Cancellation never;
  StepOutcome outcome =
      run_command(shell("echo first >&2; echo second >&2; exit 3"), long_time, never);
  EXPECT_EQ(outcome.result, StepResult::failed);
  EXPECT_EQ(outcome.error, "/bin/sh: exit status 3: first");
  outcome = run_command(shell("kill -9 $$"), long_time, never);
  EXPECT_EQ(outcome.result, StepResult::failed);
  EXPECT_EQ(outcome.error, "/bin/sh: killed by signal 9 (Killed)");
}

TEST(Command, ThatDoesNotExist) {
  const Cancellation never;
  const StepOutcome outcome = run_command({{"no-such-program-at-all"}}, long_time, never);
  EXPECT_EQ(outcome.result, StepResult::failed);
  EXPECT_EQ(outcome.error, "no-such-program-at-all: cannot be started: no such file or directory");
  EXPECT_EQ(run_command({}, long_time, never).error, "no program is given");
  EXPECT_EQ(run_command({{""}}, long_time, never).error, "no program is given");
}

TEST(Command, ThatHangsIsEndedAtItsDeadline) {
  const Cancellation never;
  const StepOutcome outcome = run_command({{"sleep", "1000"}}, Duration(50), never);
  EXPECT_EQ(outcome.result, StepResult::timed_out);
  EXPECT_EQ(outcome.error, "sleep: did not end within 0.05 s");
}

TEST(Command, ThatIgnoresSigtermIsKilled) {
  const Cancellation never;
  const SystemClock clock;
  const Instant begin = clock.now();
  const StepOutcome outcome =
      run_command(shell("trap '' TERM; while :; do sleep 0.1; done"), Duration(100), never);
  EXPECT_EQ(outcome.result, StepResult::timed_out);
  EXPECT_GE(clock.now() - begin, command_kill_grace);
}

TEST(Command, IsCancelledFromAnotherThread) {
  Cancellation cancel;
  std::thread other([&] {
    static_cast<void>(Cancellation().wait_for(Duration(50)));
    cancel.cancel();
  });
  const StepOutcome outcome = run_command({{"sleep", "1000"}}, long_time, cancel);
  other.join();
  EXPECT_EQ(outcome.result, StepResult::failed);
  EXPECT_EQ(outcome.error, "sleep: cancelled");
}

// Is a process of this group still at work (zombies are not)?
bool anybody_in_group(pid_t group) {
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string stat = peers::read_file(entry.path().string() + "/stat");
    const std::size_t end = stat.rfind(')');
    if (end == std::string::npos) continue;
    char state = 0;
    int parent = 0, of = 0;
    if (std::sscanf(stat.c_str() + end + 1, " %c %d %d", &state, &parent, &of) == 3 &&
        of == group && state != 'Z' && state != 'X')
      return true;
  }
  return false;
}

TEST(Command, LeavesNobodyOfItsGroupAtTheDeadline) {
  const Cancellation never;
  const peers::TempDir dir;
  const std::string script =
      "echo $$ > " + dir.file("group") +
      "; for i in 1 2 3 4 5; do (trap '' TERM HUP; sleep 1000; sleep 1000) & done; wait";
  const StepOutcome outcome = run_command(shell(script), Duration(500), never);
  EXPECT_EQ(outcome.result, StepResult::timed_out);
  const pid_t group = std::stoi(peers::read_file(dir.file("group")));
  // SIGKILL has been sent; the kernel needs a moment to carry it out.
  bool gone = false;
  for (int tries = 0; tries < 500 && !gone; ++tries) {
    gone = !anybody_in_group(group);
    if (!gone) static_cast<void>(never.wait_for(Duration(10)));
  }
  EXPECT_TRUE(gone);
}

TEST(Command, MayLeaveAServiceBehindWithOurPipesOpen) {
  const Cancellation never;
  const peers::TempDir dir;
  const SystemClock clock;
  const Instant begin = clock.now();
  const std::string script = "sleep 1000 & echo $! > " + dir.file("child") + "; exit 0";
  EXPECT_EQ(run_command(shell(script), long_time, never).result, StepResult::ok);
  EXPECT_LT(clock.now() - begin, Duration(30'000));
  const pid_t child = std::stoi(peers::read_file(dir.file("child")));
  EXPECT_EQ(::kill(child, 0), 0);
  ::kill(child, SIGKILL);
}

TEST(Command, ThatFloodsIsReadAndForgotten) {
  const Cancellation never;
  CommandOutput output;
  const StepOutcome outcome =
      run_command(shell("head -c 50000000 /dev/zero; echo end >&2"), long_time, never, &output);
  EXPECT_EQ(outcome.result, StepResult::ok);
  EXPECT_EQ(output.out.size(), command_output_max);
  EXPECT_EQ(output.err, "end\n");
}

TEST(Command, ThatFloodsForeverStillMeetsItsDeadline) {
  const Cancellation never;
  CommandOutput output;
  EXPECT_EQ(run_command({{"yes"}}, Duration(300), never, &output).result, StepResult::timed_out);
  EXPECT_EQ(output.out.size(), command_output_max);
}

TEST(Command, InheritsNoDescriptorAndNoStandardInput) {
  const Cancellation never;
  CommandOutput output;
  const int leak = ::dup(1);  // not close-on-exec
  run_command(shell("ls /proc/self/fd | tr '\\n' ' '; cat"), long_time, never, &output);
  ::close(leak);
  EXPECT_EQ(output.out, "0 1 2 3 ");  // 3 is ls's own directory
}

TEST(Command, LeaksNeitherDescriptorsNorZombies) {
  const Cancellation never;
  const std::ptrdiff_t before = open_descriptors();
  for (int i = 0; i < 5; ++i) {
    run_command({{"true"}}, long_time, never);
    run_command({{"no-such-program-at-all"}}, long_time, never);
    run_command({{"sleep", "1000"}}, Duration(10), never);
  }
  EXPECT_EQ(open_descriptors(), before);
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

}  // namespace
}  // namespace nightwatt::io

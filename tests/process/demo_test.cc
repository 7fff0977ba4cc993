// The demo as a user runs it: piped, fast, and with its daemon shot in the middle.
#include <dirent.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/peers/temp_dir.h"
#include "tests/process/daemon_process.h"
#include "tests_places.h"

namespace nightwatt::process {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool sanitized = true;
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif
#else
constexpr bool sanitized = false;
#endif

const std::vector<std::string> narrated{};

// `nightwatt demo` with everything it writes in two files and its scratch directory in a folder of
// the test's own.
class DemoProcess {
 public:
  explicit DemoProcess(std::vector<std::string> arguments = {"--fast"}) {
    std::filesystem::create_directory(scratch());
    posix_spawn_file_actions_t files;
    ::posix_spawn_file_actions_init(&files);
    ::posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_addopen(&files, 1, dir_.file("out").c_str(), O_WRONLY | O_CREAT,
                                       0600);
    ::posix_spawn_file_actions_addopen(&files, 2, dir_.file("err").c_str(), O_WRONLY | O_CREAT,
                                       0600);
    arguments.insert(arguments.begin(), {program(), "demo"});
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    std::string tmpdir = "TMPDIR=" + scratch();
    std::string path = "PATH=/usr/bin:/bin";
    char* environment[] = {tmpdir.data(), path.data(), nullptr};
    EXPECT_EQ(::posix_spawn(&pid_, program().c_str(), &files, nullptr, argv.data(), environment),
              0);
    ::posix_spawn_file_actions_destroy(&files);
  }
  ~DemoProcess() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }

  // -1: it did not end in time.
  int wait_exit(std::chrono::milliseconds limit = 60s) {
    int status = 0;
    if (!wait_until([&] { return ::waitpid(pid_, &status, WNOHANG) == pid_; }, limit)) return -1;
    pid_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

  std::string scratch() const { return dir_.file("scratch"); }
  bool scratch_is_empty() const { return std::filesystem::is_empty(scratch()); }
  std::string out() const { return peers::read_file(dir_.file("out")); }
  std::string err() const { return peers::read_file(dir_.file("err")); }
  bool said(const std::string& text) const { return out().find(text) != std::string::npos; }
  void kill(int signal) const { ::kill(pid_, signal); }

  // The daemon: the demo's only child. 0: none.
  pid_t daemon() const {
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
      std::ifstream in(entry.path() / "stat");
      std::string text;
      if (!std::getline(in, text)) continue;
      const auto name_end = text.rfind(')');
      if (name_end == std::string::npos) continue;
      std::istringstream rest(text.substr(name_end + 1));
      char state = 0;
      pid_t parent = 0;
      if (rest >> state >> parent && parent == pid_) return std::stoi(text);
    }
    return 0;
  }

 private:
  peers::TempDir dir_;
  pid_t pid_ = 0;
};

bool is_gone(pid_t pid) {
  return wait_until([pid] { return ::kill(pid, 0) != 0; }, 15s);
}

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t found = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) {
    ++found;
  }
  return found;
}

// What a pipe gets: no control bytes, no blanks at the end, 80 columns.
void expect_plain_lines(const std::string& text) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(line.size(), 80u) << line;
    EXPECT_FALSE(line.ends_with(' ')) << line;
    for (const char c : line) {
      EXPECT_TRUE(c >= ' ' && c != '\x7f') << "a control byte in: " << line;
    }
  }
}

TEST(Demo, PlaysItsFiveActsInUnderTwentySecondsWithEveryExpectationMet) {
  const auto began = std::chrono::steady_clock::now();
  DemoProcess demo;
  EXPECT_EQ(demo.wait_exit(), 0) << demo.out() << demo.err();
  const auto took = std::chrono::steady_clock::now() - began;
  if (!sanitized) {
    EXPECT_LT(took, 20s);
  }

  const std::string out = demo.out();
  std::size_t at = 0;
  for (const char* text :
       {"== Act 1 of 5", " ok      both UPSes HEALTHY", "== Act 2 of 5",
        " ok      UPS-A is polled over snmp-a2", " ok      back on nut-a1", "== Act 3 of 5",
        " ok      UPS-A is CRITICAL", " ok      redundancy_lost", "== Act 4 of 5",
        " ok      quorum_lost", " ok      the plan ran to its end",
        " ok      web and database first", " ok      exactly one plan", "== Act 5 of 5",
        " ok      quorum restored", " ok      all is well again", "24 of 24 expectations met",
        "nightwatt init"}) {
    at = out.find(text, at);
    ASSERT_NE(at, std::string::npos) << "missing: " << text << "\n" << out;
  }
  EXPECT_EQ(count(out, " committed: "), 1u);
  EXPECT_EQ(out.find("FAILED"), std::string::npos);
  expect_plain_lines(out);
  EXPECT_EQ(demo.err(), "");
  EXPECT_TRUE(demo.scratch_is_empty());
}

TEST(Demo, ADaemonThatIsKilledInTheMiddleIsReportedAndNothingStays) {
  DemoProcess demo;
  ASSERT_TRUE(wait_until([&] { return demo.said(" ok      UPS-A is polled over snmp-a2"); }))
      << demo.out();
  const pid_t daemon = demo.daemon();
  ASSERT_GT(daemon, 0);
  ::kill(daemon, SIGKILL);
  EXPECT_EQ(demo.wait_exit(), 1);
  const std::string clear =
      "error: the daemon was killed by signal 9 (Killed)\n  the end of its log:\n";
  EXPECT_TRUE(demo.err().starts_with(clear)) << demo.err();
  EXPECT_NE(demo.err().find("UPS-A is now polled over its first failover path (snmp-a2)"),
            std::string::npos)
      << demo.err();
  EXPECT_FALSE(demo.said("expectations met"));
  EXPECT_TRUE(is_gone(daemon));
  EXPECT_TRUE(demo.scratch_is_empty());
}

TEST(Demo, ADaemonThatHangsIsReportedAndNothingStays) {
  DemoProcess demo;
  ASSERT_TRUE(wait_until([&] { return demo.said(" ok      back on nut-a1"); })) << demo.out();
  const pid_t daemon = demo.daemon();
  ASSERT_GT(daemon, 0);
  ::kill(daemon, SIGSTOP);
  EXPECT_EQ(demo.wait_exit(), 1);
  EXPECT_TRUE(demo.err().starts_with("error: the daemon does not answer: ")) << demo.err();
  EXPECT_TRUE(is_gone(daemon));
  EXPECT_TRUE(demo.scratch_is_empty());
}

TEST(Demo, AnExpectationThatIsNotMetIsShownWithWhatWasSeenAndExitsWithOne) {
  DemoProcess demo;
  ASSERT_TRUE(wait_until([&] { return demo.said("nut-a1 is dead"); })) << demo.out();
  // Somebody else holds the group: from here on its plan is not armed.
  const auto folder = std::filesystem::directory_iterator(demo.scratch())->path();
  ASSERT_EQ(run({"hold", "server-1", "--for", "10m", "--socket", folder / "nightwatt.sock"}).code,
            0);
  EXPECT_EQ(demo.wait_exit(), 1);
  EXPECT_TRUE(
      demo.said(" FAILED  no plan was committed; seen instead: server-1 protected, plan held\n"))
      << demo.out();
  EXPECT_TRUE(demo.said("\nFAILED: 7 of 8 expectations met")) << demo.out();
  EXPECT_FALSE(demo.said("== Act 3"));
  EXPECT_TRUE(demo.scratch_is_empty());
}

TEST(Demo, CtrlCEndsDaemonAndRackAndRemovesTheScratchDirectory) {
  DemoProcess demo(narrated);
  ASSERT_TRUE(wait_until([&] { return demo.said(" ok      both UPSes HEALTHY"); })) << demo.out();
  const pid_t daemon = demo.daemon();
  ASSERT_GT(daemon, 0);
  demo.kill(SIGINT);
  EXPECT_EQ(demo.wait_exit(), 128 + SIGINT);
  EXPECT_TRUE(demo.said("stopped")) << demo.out();
  EXPECT_EQ(demo.err(), "");
  EXPECT_TRUE(is_gone(daemon));
  EXPECT_TRUE(demo.scratch_is_empty());
}

TEST(Demo, TheDaemonDiesWithADemoThatIsKilled) {
  DemoProcess demo(narrated);
  ASSERT_TRUE(wait_until([&] { return demo.said("== Act 1 of 5"); })) << demo.out();
  pid_t daemon = 0;
  ASSERT_TRUE(wait_until([&] { return (daemon = demo.daemon()) > 0; }));
  demo.kill(SIGKILL);
  EXPECT_EQ(demo.wait_exit(), 128 + SIGKILL);
  EXPECT_TRUE(is_gone(daemon));
}

TEST(Demo, KeepLeavesItsFilesForALook) {
  DemoProcess demo({"--keep"});
  ASSERT_TRUE(wait_until([&] { return demo.said(" ok      both UPSes HEALTHY"); })) << demo.out();
  demo.kill(SIGTERM);
  EXPECT_EQ(demo.wait_exit(), 128 + SIGTERM);
  const auto kept = std::filesystem::directory_iterator(demo.scratch())->path();
  EXPECT_TRUE(demo.said("kept: " + kept.string())) << demo.out();
  EXPECT_EQ(run({"validate", "--config", kept / "config.yaml"}).code, 0);
  EXPECT_NE(peers::read_file(kept / "daemon.log").find("stopped"), std::string::npos);
}

TEST(Demo, WithoutARoomForItsFilesItSaysSo) {
  const Finished tried = run({"demo", "--fast"}, {"TMPDIR=/proc/nowhere"});
  EXPECT_EQ(tried.code, 1);
  EXPECT_EQ(tried.err, "error: no scratch directory in /proc/nowhere: no such file or directory\n");
}

}  // namespace
}  // namespace nightwatt::process

#include "io/state_dir.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>

#include "io/watchdog.h"
#include "tests/peers/temp_dir.h"

namespace nightwatt::io {
namespace {

TEST(StateDirTest, IsMadePrivateWithItsParents) {
  const peers::TempDir dir;
  const std::string path = dir.file("a/b/state");
  const auto opened = StateDir::open(path + "//");
  ASSERT_TRUE(opened.has_value()) << opened.error().what;
  EXPECT_EQ(opened->path(), path);
  EXPECT_EQ(opened->file("journal.db"), path + "/journal.db");
  struct stat file{};
  ASSERT_EQ(::stat(path.c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777, 0700u);
}

TEST(StateDirTest, IsHeldByOneAtATime) {
  const peers::TempDir dir;
  auto first = StateDir::open(dir.path());
  ASSERT_TRUE(first.has_value());
  const auto second = StateDir::open(dir.path());
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().what,
            "state directory " + dir.path() + " is in use by PID " + std::to_string(::getpid()));
  {
    const StateDir moved = std::move(*first);
    EXPECT_FALSE(StateDir::open(dir.path()).has_value());
  }
  EXPECT_TRUE(StateDir::open(dir.path()).has_value());
}

TEST(StateDirTest, IsFreeAgainWhenItsHolderWasKilled) {
  const peers::TempDir dir;
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto held = StateDir::open(dir.path());
    static_cast<void>(!::write(ready[1], held ? "y" : "n", 1));
    for (;;) ::pause();
  }
  char answer = 0;
  ASSERT_EQ(::read(ready[0], &answer, 1), 1);
  EXPECT_EQ(answer, 'y');
  EXPECT_EQ(StateDir::open(dir.path()).error().what,
            "state directory " + dir.path() + " is in use by PID " + std::to_string(child));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_TRUE(StateDir::open(dir.path()).has_value());
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST(StateDirTest, SaysWhyItCannotBe) {
  const peers::TempDir dir;
  peers::write_file(dir.file("file"), "");
  EXPECT_EQ(StateDir::open(dir.file("file")).error().what,
            "state directory " + dir.file("file") + " cannot be created: not a directory");
  EXPECT_EQ(StateDir::open(dir.file("file/below")).error().what,
            "state directory " + dir.file("file/below") + " cannot be created: not a directory");
  EXPECT_FALSE(StateDir::open("").has_value());
  EXPECT_FALSE(StateDir::open("/proc/nightwatt").has_value());
}

TEST(Watchdog, TellsSystemd) {
  const peers::TempDir dir;
  const int listener = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = dir.file("notify");
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
  const auto heard = [&] {
    char buffer[512];
    const ssize_t n = ::recv(listener, buffer, sizeof buffer, MSG_DONTWAIT);
    return std::string(buffer, n > 0 ? static_cast<std::size_t>(n) : 0);
  };
  notify_ready("2 devices\nREADY=0");
  const std::string ready = heard();
  if (ready.empty()) {
    ::unsetenv("NOTIFY_SOCKET");
    ::close(listener);
    GTEST_SKIP() << "built without libsystemd";
  }
  EXPECT_EQ(ready, "READY=1\nSTATUS=2 devices READY=0");
  notify_alive();
  EXPECT_EQ(heard(), "WATCHDOG=1");
  notify_reloading();
  EXPECT_TRUE(heard().starts_with("RELOADING=1\nMONOTONIC_USEC="));
  notify_stopping("bye");
  EXPECT_EQ(heard(), "STOPPING=1\nSTATUS=bye");
  ::setenv("WATCHDOG_USEC", "3000000", 1);
  EXPECT_EQ(watchdog_interval(), Duration(1'500));
  ::unsetenv("WATCHDOG_USEC");
  ::unsetenv("NOTIFY_SOCKET");
  ::close(listener);
}

TEST(Watchdog, IsSilentWithoutSystemd) {
  ::unsetenv("NOTIFY_SOCKET");
  ::unsetenv("WATCHDOG_USEC");
  notify_ready("x");
  notify_alive();
  EXPECT_EQ(watchdog_interval(), std::nullopt);
}

}  // namespace
}  // namespace nightwatt::io

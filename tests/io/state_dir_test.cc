#include "io/state_dir.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

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

}  // namespace
}  // namespace nightwatt::io

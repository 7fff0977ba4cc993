#include "io/reentry_flag.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "io/system_clock.h"
#include "tests/io/event_box.h"
#include "tests/peers/temp_dir.h"

namespace nightwatt::io {
namespace {

using io_test::EventBox;
using peers::read_file;
using peers::write_file;

// A process that lives until the fixture ends.
class Sleeper {
 public:
  Sleeper() : pid_(::fork()) {
    if (pid_ == 0) {
      for (;;) ::pause();
    }
  }
  ~Sleeper() { end(); }
  void end() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_;
};

class ReentryFlag : public testing::Test {
 protected:
  std::string path() const { return dir_.file("ups-shutdown-redundancy-rack-1"); }
  FlagAnswered claim(bool replace_stray = false) {
    flags_.claim(GroupId{7}, "rack-1", replace_stray);
    const auto answered = events_.next_as<FlagAnswered>();
    EXPECT_TRUE(answered.has_value());
    return answered.value_or(FlagAnswered{});
  }
  expected<void, Error> start() { return flags_.clear_at_start(groups_); }

  peers::TempDir dir_;
  SystemClock clock_;
  EventBox events_;
  FlagFiles flags_{dir_.path(), clock_, events_.sink()};
  std::vector<std::string> groups_{"rack-1", "rack-2"};
};

TEST_F(ReentryFlag, IsWrittenWithItsOwner) {
  const FlagAnswered answered = claim();
  EXPECT_EQ(answered.answer, FlagAnswer::created);
  EXPECT_EQ(answered.group, GroupId{7});
  EXPECT_EQ(answered.path, path());
  const ProcessIdentity self = own_identity();
  const std::string text = read_file(path());
  const std::string head = "pid=" + std::to_string(::getpid()) +
                           "\nstart_time=" + std::to_string(*self.start_time) +
                           "\nboot_id=" + self.boot_id + "\ncreated_at=";
  EXPECT_EQ(text.substr(0, head.size()), head);
  EXPECT_EQ(text.size(), head.size() + 25);  // 2026-11-20T10:15:00.250Z and the newline
  struct stat file{};
  ASSERT_EQ(::stat(path().c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777, 0644u & ~::umask(::umask(0)) & 0777);
}

TEST_F(ReentryFlag, OfOurOwnIsNoObstacle) {
  EXPECT_EQ(claim().answer, FlagAnswer::created);
  EXPECT_EQ(claim().answer, FlagAnswer::created);
}

TEST_F(ReentryFlag, IsClearedAndCanBeClaimedAgain) {
  claim();
  flags_.clear("rack-1");
  EXPECT_EQ(claim().answer, FlagAnswer::created);
  flags_.clear("rack-1");
  flags_.clear("rack-1");
  EXPECT_EQ(claim(false).answer, FlagAnswer::created);
}

TEST_F(ReentryFlag, OfALivingOwnerIsLeftAloneAlsoWhenStraysAreReplaced) {
  Sleeper owner;
  const ProcessIdentity identity{owner.pid(), start_time_of(owner.pid()), boot_id()};
  const std::string text = flag_text(identity, "2026-11-20T10:15:00.000Z");
  write_file(path(), text);
  const FlagAnswered answered = claim(true);
  EXPECT_EQ(answered.answer, FlagAnswer::present_live);
  EXPECT_EQ(answered.detail, "owned by running PID " + std::to_string(owner.pid()));
  flags_.clear("rack-1");
  claim();
  EXPECT_EQ(read_file(path()), text);
}

TEST_F(ReentryFlag, WithoutALivingOwnerSuppressesOrIsReplaced) {
  ProcessIdentity reused = own_identity();
  reused.start_time = *reused.start_time + 1;
  write_file(path(), flag_text(reused, "x"));
  const FlagAnswered kept = claim(false);
  EXPECT_EQ(kept.answer, FlagAnswer::present_stray);
  EXPECT_EQ(kept.detail, "its owner, PID " + std::to_string(reused.pid) + ", is gone");
  const FlagAnswered replaced = claim(true);
  EXPECT_EQ(replaced.answer, FlagAnswer::created);
  EXPECT_EQ(replaced.detail,
            "replaced a stray flag: its owner, PID " + std::to_string(reused.pid) + ", is gone");
}

// "Cleared on quorum recovery so the next quorum loss can fire its own shutdown": a stray flag that
// survived the recovery suppressed every later event too.
TEST_F(ReentryFlag, ThatIsStrayIsClearedAtRecovery) {
  write_file(path(), "touched by hand\n");
  ASSERT_EQ(claim(false).answer, FlagAnswer::present_stray);
  flags_.clear("rack-1");
  EXPECT_EQ(claim(false).answer, FlagAnswer::created);
}

TEST_F(ReentryFlag, WithGarbageIsStray) {
  for (const std::string& text : {std::string(), std::string("hello\n"), std::string("pid=abc\n"),
                                  std::string("pid=-4\n"), std::string(10'000, '\0')}) {
    write_file(path(), text);
    const FlagAnswered answered = claim(false);
    EXPECT_EQ(answered.answer, FlagAnswer::present_stray);
    EXPECT_EQ(answered.detail, "no owner can be read from it");
  }
}

TEST_F(ReentryFlag, IsADirectory) {
  std::filesystem::create_directory(path());
  const FlagAnswered answered = claim(true);
  EXPECT_EQ(answered.answer, FlagAnswer::present_stray);
  EXPECT_EQ(answered.detail, "it is a directory");
}

TEST_F(ReentryFlag, CannotBeWritten) {
  FlagFiles flags(dir_.file("nowhere"), clock_, events_.sink());
  flags.claim(GroupId{1}, "rack-1", false);
  const auto answered = events_.next_as<FlagAnswered>();
  ASSERT_TRUE(answered.has_value());
  EXPECT_EQ(answered->answer, FlagAnswer::write_failed);
  EXPECT_EQ(answered->detail, "no such file or directory");
}

TEST_F(ReentryFlag, AtStartStaleOnesAreCleared) {
  Sleeper gone;
  const ProcessIdentity dead{gone.pid(), start_time_of(gone.pid()), boot_id()};
  gone.end();
  ProcessIdentity reused = own_identity();
  reused.start_time = *reused.start_time - 1;
  ProcessIdentity other_boot = own_identity();
  other_boot.boot_id = "00000000-0000-0000-0000-000000000000";
  for (const std::string& text : {flag_text(dead, "x"), flag_text(reused, "x"),
                                  flag_text(other_boot, "x"), std::string("rubbish")}) {
    write_file(path(), text);
    EXPECT_TRUE(start().has_value());
    EXPECT_FALSE(std::filesystem::exists(path()));
  }
  EXPECT_TRUE(std::filesystem::is_empty(dir_.path()));
}

TEST_F(ReentryFlag, AtStartADanglingLinkIsRemovedAndNotFollowed) {
  ASSERT_EQ(::symlink("/nonexistent/elsewhere", path().c_str()), 0);
  EXPECT_TRUE(start().has_value());
  EXPECT_FALSE(std::filesystem::is_symlink(path()));
}

TEST_F(ReentryFlag, AtStartALivingOwnerIsFatal) {
  Sleeper owner;
  write_file(path(), flag_text({owner.pid(), start_time_of(owner.pid()), boot_id()}, "x"));
  const auto started = start();
  ASSERT_FALSE(started.has_value());
  EXPECT_EQ(started.error().what,
            "Cannot clear redundancy shutdown flag for 'rack-1' at startup: active redundancy "
            "shutdown flag " +
                path() + " is owned by running PID " + std::to_string(owner.pid()));
  EXPECT_TRUE(std::filesystem::exists(path()));
}

TEST_F(ReentryFlag, AtStartADirectoryInItsPlaceIsFatal) {
  std::filesystem::create_directory(path());
  const auto started = start();
  ASSERT_FALSE(started.has_value());
  EXPECT_EQ(started.error().what,
            "Cannot clear redundancy shutdown flag for 'rack-1' at startup: " + path() +
                " cannot be inspected: it is a directory");
}

TEST_F(ReentryFlag, AtStartTheDirectoryMustTakeFiles) {
  const std::string nowhere = dir_.file("nowhere");
  FlagFiles flags(nowhere, clock_, events_.sink());
  const auto started = flags.clear_at_start(groups_);
  ASSERT_FALSE(started.has_value());
  EXPECT_EQ(started.error().what,
            "run directory " + nowhere + " cannot be written: no such file or directory");
}

TEST(ReentryFlagName, IsSafeAndNeverShared) {
  EXPECT_EQ(flag_file_name("rack-1-dual_psu.A"), "ups-shutdown-redundancy-rack-1-dual_psu.A");
  const std::string blank = flag_file_name("rack 1");
  EXPECT_TRUE(blank.starts_with("ups-shutdown-redundancy-rack_1~"));
  const std::vector<std::string> nasty = {
      "../../etc/passwd",    "a/b", "a_b", "a b", "", "a\nb", "gr\xc3\xbcn", std::string(300, 'x'),
      std::string(301, 'x'), ".."};
  std::set<std::string> names;
  for (const std::string& group : nasty) {
    const std::string name = flag_file_name(group);
    EXPECT_EQ(name.find('/'), std::string::npos) << name;
    EXPECT_LT(name.size(), 200u);
    EXPECT_TRUE(names.insert(name).second) << name;
  }
  // The hashed name of one group cannot be the plain name of another.
  EXPECT_NE(flag_file_name(blank.substr(24)), blank);
}

}  // namespace
}  // namespace nightwatt::io

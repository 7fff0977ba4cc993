#include "io/systemd.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "io/file_text.h"
#include "tests/peers/temp_dir.h"

namespace nightwatt::io {
namespace {

// The service manager's end, under a path or (after an @) an abstract name.
class NotifySocket {
 public:
  explicit NotifySocket(const std::string& name)
      : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    std::size_t length = offsetof(sockaddr_un, sun_path) + name.size() + 1;
    if (name.front() == '@') {
      address.sun_path[0] = 0;
      --length;
    }
    EXPECT_EQ(::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address),
                     static_cast<socklen_t>(length)),
              0);
    ::setenv("NOTIFY_SOCKET", name.c_str(), 1);
  }
  ~NotifySocket() {
    ::unsetenv("NOTIFY_SOCKET");
    ::unsetenv("WATCHDOG_USEC");
    ::unsetenv("WATCHDOG_PID");
  }

  std::string heard() const {
    char buffer[512];
    const ssize_t n = ::recv(socket_.get(), buffer, sizeof buffer, MSG_DONTWAIT);
    return std::string(buffer, n > 0 ? static_cast<std::size_t>(n) : 0);
  }

 private:
  Descriptor socket_;
};

template <class F>
void tell(F what) {
  Systemd systemd;
  what(systemd);
  EXPECT_TRUE(systemd.flush());
}

// More than any queue holds (net.unix.max_dgram_qlen, 10 to 512): waiting would never end.
int fill(Systemd& systemd) {
  for (int told = 0; told < 2'000; ++told) {
    systemd.alive();
    if (!systemd.flush()) return told;
  }
  return -1;
}

TEST(Systemd, HearsWhatThereIsToSay) {
  const peers::TempDir dir;
  const NotifySocket manager(dir.file("notify"));
  Systemd systemd;
  systemd.ready("2 devices\nREADY=0");
  EXPECT_TRUE(systemd.flush());
  EXPECT_EQ(manager.heard(), "READY=1\nSTATUS=2 devices READY=0");
  systemd.alive();
  EXPECT_TRUE(systemd.flush());
  EXPECT_EQ(manager.heard(), "WATCHDOG=1");
  systemd.reloading();
  EXPECT_TRUE(systemd.flush());
  EXPECT_TRUE(manager.heard().starts_with("RELOADING=1\nMONOTONIC_USEC="));
  systemd.stopping("bye");
  EXPECT_TRUE(systemd.flush());
  EXPECT_EQ(manager.heard(), "STOPPING=1\nSTATUS=bye");
  EXPECT_EQ(manager.heard(), "");
}

TEST(Systemd, MayHaveAnAbstractName) {
  const NotifySocket manager("@nightwatt-test-" + std::to_string(::getpid()));
  tell([](Systemd& it) { it.ready("watching"); });
  EXPECT_EQ(manager.heard(), "READY=1\nSTATUS=watching");
}

TEST(Systemd, ThatHangsHearsItAllInOrderAsSoonAsItHasRoom) {
  const peers::TempDir dir;
  const NotifySocket manager(dir.file("notify"));
  Systemd systemd;
  const int told = fill(systemd);
  ASSERT_GT(told, 0);
  systemd.ready("first");
  systemd.reloading();
  systemd.ready("second");
  systemd.stopping("bye");
  EXPECT_FALSE(systemd.flush());
  for (int i = 0; i < told; ++i) EXPECT_EQ(manager.heard(), "WATCHDOG=1");
  EXPECT_TRUE(systemd.flush());
  EXPECT_EQ(manager.heard(), "WATCHDOG=1");
  EXPECT_TRUE(manager.heard().starts_with("RELOADING=1\n"));
  EXPECT_EQ(manager.heard(), "READY=1\nSTATUS=second");
  EXPECT_EQ(manager.heard(), "STOPPING=1\nSTATUS=bye");
  EXPECT_EQ(manager.heard(), "");
}

TEST(Systemd, ThatNeverReadsCostsNoMemory) {
  const peers::TempDir dir;
  const NotifySocket manager(dir.file("notify"));
  Systemd systemd;
  const int told = fill(systemd);
  for (int i = 0; i < 10'000; ++i) systemd.alive();
  for (int i = 0; i < told; ++i) EXPECT_EQ(manager.heard(), "WATCHDOG=1");
  EXPECT_TRUE(systemd.flush());
  EXPECT_EQ(manager.heard(), "WATCHDOG=1");
  EXPECT_EQ(manager.heard(), "");
}

// The watchdog would else kill a daemon that still does its work.
TEST(Systemd, HearsThatWeLiveWhenEveryDescriptorIsTaken) {
  const peers::TempDir dir;
  const NotifySocket manager(dir.file("notify"));
  Systemd systemd;
  std::optional<Systemd> late;
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit few{.rlim_cur = 64, .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
  {
    std::vector<Descriptor> taken;
    for (int fd = 0; (fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0;) taken.emplace_back(fd);
    EXPECT_EQ(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), -1);
    systemd.alive();
    EXPECT_TRUE(systemd.flush());
    EXPECT_EQ(manager.heard(), "WATCHDOG=1");
    late.emplace();
    late->ready("x");
    EXPECT_FALSE(late->flush());
  }
  EXPECT_TRUE(late->flush());
  EXPECT_EQ(manager.heard(), "READY=1\nSTATUS=x");
  EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
}

TEST(Systemd, IsNotThereWithoutAnAddress) {
  ::unsetenv("NOTIFY_SOCKET");
  ::unsetenv("WATCHDOG_USEC");
  Systemd systemd;
  EXPECT_FALSE(systemd.listening());
  systemd.ready("x");
  EXPECT_TRUE(systemd.flush());
  EXPECT_EQ(systemd.watchdog_interval(), std::nullopt);
}

TEST(Systemd, IsNotThereUnderAnAddressThatIsNone) {
  const peers::TempDir dir;
  const std::string before = std::filesystem::current_path();
  std::filesystem::current_path(dir.path());
  const NotifySocket manager("relative");
  tell([](Systemd& it) { it.ready("x"); });
  EXPECT_EQ(manager.heard(), "");
  std::filesystem::current_path(before);
  for (const char* const name : {"", "/", "@", "vsock:2:1234"}) {
    ::setenv("NOTIFY_SOCKET", name, 1);
    EXPECT_FALSE(Systemd().listening()) << name;
  }
}

TEST(Systemd, ThatHasGoneIsNotWaitedFor) {
  const peers::TempDir dir;
  ::setenv("NOTIFY_SOCKET", dir.file("nobody").c_str(), 1);
  Systemd systemd;
  systemd.ready("x");
  EXPECT_TRUE(systemd.flush());
  ::unsetenv("NOTIFY_SOCKET");
}

TEST(Systemd, MayHaveTheLongestNameThatThereIs) {
  const std::string name = "@nightwatt-test-" + std::to_string(::getpid());
  const NotifySocket manager(name + std::string(107 - name.size(), 'x'));
  tell([](Systemd& it) { it.alive(); });
  EXPECT_EQ(manager.heard(), "WATCHDOG=1");
  ::setenv("NOTIFY_SOCKET", (name + std::string(108 - name.size(), 'x')).c_str(), 1);
  tell([](Systemd& it) { it.alive(); });
  EXPECT_EQ(manager.heard(), "");
}

TEST(Systemd, WantsASignOfLifeTwiceInItsTime) {
  const peers::TempDir dir;
  const NotifySocket manager(dir.file("notify"));
  ::setenv("WATCHDOG_USEC", "3000000", 1);
  EXPECT_EQ(Systemd().watchdog_interval(), Duration(1'500));
  ::setenv("WATCHDOG_PID", std::to_string(::getpid()).c_str(), 1);
  EXPECT_EQ(Systemd().watchdog_interval(), Duration(1'500));
  ::setenv("WATCHDOG_USEC", "1", 1);
  EXPECT_EQ(Systemd().watchdog_interval(), Duration(1));
}

TEST(Systemd, WantsNoSignOfLifeFromOthers) {
  const peers::TempDir dir;
  const NotifySocket manager(dir.file("notify"));
  ::setenv("WATCHDOG_USEC", "3000000", 1);
  for (const char* const pid : {"1", "0", "", "x"}) {
    ::setenv("WATCHDOG_PID", pid, 1);
    EXPECT_EQ(Systemd().watchdog_interval(), std::nullopt) << pid;
  }
  ::unsetenv("WATCHDOG_PID");
  for (const char* const usec : {"0", "-5", "", "3s"}) {
    ::setenv("WATCHDOG_USEC", usec, 1);
    EXPECT_EQ(Systemd().watchdog_interval(), std::nullopt) << usec;
  }
}

}  // namespace
}  // namespace nightwatt::io

#include "io/watchdog.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <filesystem>
#include <string>

#include "io/file_text.h"
#include "tests/peers/temp_dir.h"

namespace nightwatt::io {
namespace {

// systemd's end, under a path or (after an @) an abstract name.
class Systemd {
 public:
  explicit Systemd(const std::string& name)
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
  ~Systemd() {
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

TEST(Watchdog, TellsSystemd) {
  const peers::TempDir dir;
  const Systemd systemd(dir.file("notify"));
  notify_ready("2 devices\nREADY=0");
  EXPECT_EQ(systemd.heard(), "READY=1\nSTATUS=2 devices READY=0");
  notify_alive();
  EXPECT_EQ(systemd.heard(), "WATCHDOG=1");
  notify_reloading();
  EXPECT_TRUE(systemd.heard().starts_with("RELOADING=1\nMONOTONIC_USEC="));
  notify_stopping("bye");
  EXPECT_EQ(systemd.heard(), "STOPPING=1\nSTATUS=bye");
}

TEST(Watchdog, KnowsAbstractNames) {
  const Systemd systemd("@nightwatt-test-" + std::to_string(::getpid()));
  notify_ready("watching");
  EXPECT_EQ(systemd.heard(), "READY=1\nSTATUS=watching");
}

TEST(Watchdog, DoesNotWaitForAManagerThatHangs) {
  const peers::TempDir dir;
  const Systemd systemd(dir.file("notify"));
  int told = 0;
  // More than any queue holds (net.unix.max_dgram_qlen, 10 to 512): waiting would never end.
  while (told < 2'000 && notify_alive()) ++told;
  EXPECT_LT(told, 2'000);
  EXPECT_FALSE(notify_ready("watching"));
  int heard = 0;
  while (!systemd.heard().empty()) ++heard;
  EXPECT_EQ(heard, told);
  EXPECT_TRUE(notify_alive());
  EXPECT_EQ(systemd.heard(), "WATCHDOG=1");
}

TEST(Watchdog, IsSilentWithoutSystemd) {
  ::unsetenv("NOTIFY_SOCKET");
  ::unsetenv("WATCHDOG_USEC");
  notify_ready("x");
  notify_alive();
  EXPECT_EQ(watchdog_interval(), std::nullopt);
}

TEST(Watchdog, IsSilentAboutAnAddressThatIsNone) {
  const peers::TempDir dir;
  const std::string before = std::filesystem::current_path();
  std::filesystem::current_path(dir.path());
  const Systemd systemd("relative");
  EXPECT_TRUE(notify_ready("x"));  // there is nobody to tell
  EXPECT_EQ(systemd.heard(), "");
  std::filesystem::current_path(before);
  for (const char* const name : {"", "/", "@", "vsock:2:1234"}) {
    ::setenv("NOTIFY_SOCKET", name, 1);
    EXPECT_TRUE(notify_ready("x")) << name;
  }
}

TEST(Watchdog, KnowsTheLongestAddressThatThereIs) {
  const std::string name = "@nightwatt-test-" + std::to_string(::getpid());
  const Systemd systemd(name + std::string(107 - name.size(), 'x'));
  EXPECT_TRUE(notify_alive());
  EXPECT_EQ(systemd.heard(), "WATCHDOG=1");
  ::setenv("NOTIFY_SOCKET", (name + std::string(108 - name.size(), 'x')).c_str(), 1);
  EXPECT_TRUE(notify_alive());
  EXPECT_EQ(systemd.heard(), "");
}

TEST(Watchdog, HasNobodyToTellWhereNobodyListens) {
  const peers::TempDir dir;
  ::setenv("NOTIFY_SOCKET", dir.file("nobody").c_str(), 1);
  EXPECT_TRUE(notify_ready("x"));
  ::unsetenv("NOTIFY_SOCKET");
}

TEST(Watchdog, IsDueTwiceInItsTime) {
  const peers::TempDir dir;
  const Systemd systemd(dir.file("notify"));
  ::setenv("WATCHDOG_USEC", "3000000", 1);
  EXPECT_EQ(watchdog_interval(), Duration(1'500));
  ::setenv("WATCHDOG_PID", std::to_string(::getpid()).c_str(), 1);
  EXPECT_EQ(watchdog_interval(), Duration(1'500));
  ::setenv("WATCHDOG_USEC", "1", 1);
  EXPECT_EQ(watchdog_interval(), Duration(1));
}

TEST(Watchdog, IsNotDueWhenItIsNotOurs) {
  const peers::TempDir dir;
  const Systemd systemd(dir.file("notify"));
  ::setenv("WATCHDOG_USEC", "3000000", 1);
  for (const char* const pid : {"1", "0", "", "x"}) {
    ::setenv("WATCHDOG_PID", pid, 1);
    EXPECT_EQ(watchdog_interval(), std::nullopt) << pid;
  }
  ::unsetenv("WATCHDOG_PID");
  for (const char* const usec : {"0", "-5", "", "3s"}) {
    ::setenv("WATCHDOG_USEC", usec, 1);
    EXPECT_EQ(watchdog_interval(), std::nullopt) << usec;
  }
}

}  // namespace
}  // namespace nightwatt::io

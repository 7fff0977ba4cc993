// A name server that never answers: getaddrinfo() cannot be ended, and a stop must not wait for it.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>

#include "tests/process/daemon_process.h"
#include "tests_places.h"

namespace nightwatt::process {
namespace {

// On an address of loopback that nobody else uses; false without the right to port 53.
class SilentNameServer {
 public:
  static constexpr const char* address = "127.53.53.53";
  SilentNameServer() : fd_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_port = htons(53);
    ::inet_pton(AF_INET, address, &where.sin_addr);
    bound_ = ::bind(fd_, reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0;
  }
  ~SilentNameServer() { ::close(fd_); }
  SilentNameServer(const SilentNameServer&) = delete;
  SilentNameServer& operator=(const SilentNameServer&) = delete;
  bool bound() const { return bound_; }
  bool asked() const {
    char byte = 0;
    return ::recv(fd_, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
  }

 private:
  int fd_;
  bool bound_ = false;
};

TEST(SilentResolver, DoesNotHoldUpAStop) {
  const SilentNameServer server;
  if (!server.bound()) GTEST_SKIP() << "port 53 is not allowed here";
  const peers::TempDir dir;
  peers::write_file(dir.file("resolv.conf"), std::string("nameserver ") + server.address +
                                                 "\noptions timeout:20 attempts:2\n");
  peers::write_file(dir.file("nsswitch.conf"), "hosts: dns\n");
  peers::write_file(dir.file("config.yaml"), R"(
comm_devices:
  - {id: nut-a1, driver: nut, host: nobody.example.org}
ups:
  - name: UPS-A
    paths:
      - {comm: nut-a1, unit: ups1}
)");
  const std::string start = "mount --bind " + dir.file("resolv.conf") +
                            " /etc/resolv.conf && mount --bind " + dir.file("nsswitch.conf") +
                            " /etc/nsswitch.conf && echo mounted && exec " + program() +
                            " run --config " + dir.file("config.yaml") + " --state-dir " +
                            dir.file("state") + " --socket " + dir.file("sock");
  Background daemon("/usr/bin/unshare", {"-m", "/bin/sh", "-c", start}, {});
  if (!wait_until([&] { return server.asked() || !daemon.running(); }) || !daemon.running()) {
    if (daemon.out().find("mounted") != std::string::npos) FAIL() << daemon.err();
    GTEST_SKIP() << "a mount of our own is not allowed here: " << daemon.err();
  }
  const auto stopped = std::chrono::steady_clock::now();
  daemon.kill(SIGTERM);
  EXPECT_EQ(daemon.wait_exit(), 0) << daemon.err();
  EXPECT_LT(std::chrono::steady_clock::now() - stopped, 8s);
  EXPECT_NE(daemon.err().find("nightwatt: stopped"), std::string::npos) << daemon.err();
}

}  // namespace
}  // namespace nightwatt::process

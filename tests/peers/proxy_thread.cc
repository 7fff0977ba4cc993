#include "tests/peers/proxy_thread.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "tests/peers/loopback.h"

namespace nightwatt::peers {
int bound_socket(int type, std::uint16_t port) {
  const int fd = ::socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  NW_CHECK(fd >= 0);
  const int yes = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  const sockaddr_in address = loopback(port);
  NW_CHECK(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  if (type == SOCK_STREAM) NW_CHECK(::listen(fd, 64) == 0);
  return fd;
}

// On loopback a connection is there or refused at once, so this may wait for it.
int connected_socket(int type, std::uint16_t port) {
  const int fd = ::socket(AF_INET, type | SOCK_CLOEXEC, 0);
  NW_CHECK(fd >= 0);
  const sockaddr_in address = loopback(port);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    ::close(fd);
    return -1;
  }
  const int yes = 1;
  if (type == SOCK_STREAM) ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  return fd;
}

ProxyThread::ProxyThread() : wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  NW_CHECK(wake_ >= 0);
}

ProxyThread::~ProxyThread() {
  end();
  ::close(wake_);
}

void ProxyThread::run(std::function<void()> turn) {
  thread_ = std::thread([this, turn = std::move(turn)] {
    while (!ending_) turn();
  });
}

void ProxyThread::end() {
  if (!thread_.joinable()) return;
  ending_ = true;
  wake();
  thread_.join();
}

void ProxyThread::wake() const {
  const std::uint64_t one = 1;
  NW_CHECK(::write(wake_, &one, sizeof one) == sizeof one);
}

void ProxyThread::sleep(std::vector<pollfd>& sockets,
                        std::optional<ProxyClock::time_point> until) const {
  sockets.push_back({wake_, POLLIN, 0});
  int limit = -1;
  if (until) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*until - ProxyClock::now());
    limit = static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 60'000));
  }
  ::poll(sockets.data(), sockets.size(), limit);
  std::uint64_t taken = 0;
  while (::read(wake_, &taken, sizeof taken) > 0) {
  }
}

}  // namespace nightwatt::peers

#include "tests/peers/free_port.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdio>
#include <cstring>
#include <random>
#include <string>

#include "base/check.h"

namespace nightwatt::peers {
namespace {

// Linux serves clients from 32768 up (net.ipv4.ip_local_port_range).
constexpr int lowest = 12'000;
constexpr int highest = 32'000;

bool nobody_listens(int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  const bool bound = ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(fd);
  return bound;
}

// An abstract Unix address is a lock that ends with the process: the descriptor stays open.
bool reserve(int port) {
  const std::string name = "nightwatt-test-port-" + std::to_string(port);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path + 1, name.data(), name.size());
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  NW_CHECK(fd >= 0);
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), size) == 0) return true;
  ::close(fd);
  return false;
}

}  // namespace

std::uint16_t free_port() {
  std::random_device entropy;
  for (int tries = 0; tries < 10'000; ++tries) {
    const int port = lowest + static_cast<int>(entropy() % (highest - lowest));
    if (reserve(port) && nobody_listens(port)) return static_cast<std::uint16_t>(port);
  }
  NW_CHECK(!"no free port");
  return 0;
}

}  // namespace nightwatt::peers

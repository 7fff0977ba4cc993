#include "tests/peers/black_hole.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"
#include "tests/peers/loopback.h"

namespace nightwatt::peers {

BlackHole::BlackHole() {
  sockaddr_in address = loopback(0);
  auto* any = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof address;
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  NW_CHECK(listener >= 0 && ::bind(listener, any, size) == 0 && ::listen(listener, 0) == 0);
  NW_CHECK(::getsockname(listener, any, &size) == 0);
  port_ = ntohs(address.sin_port);
  sockets_.push_back(listener);
  for (int filler = 0; filler < 4; ++filler) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    NW_CHECK(fd >= 0);
    (void)::connect(fd, any, size);  // some are in the queue, the others wait for it
    sockets_.push_back(fd);
  }
}

BlackHole::~BlackHole() {
  for (const int fd : sockets_) ::close(fd);
}

}  // namespace nightwatt::peers

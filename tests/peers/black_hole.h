#pragma once

#include <cstdint>
#include <vector>

namespace nightwatt::peers {

// A TCP port on loopback that answers nothing, as a host that is not there: its queue is full, and
// the kernel drops further attempts to connect.
class BlackHole {
 public:
  BlackHole();
  ~BlackHole();
  BlackHole(const BlackHole&) = delete;
  BlackHole& operator=(const BlackHole&) = delete;

  std::uint16_t port() const { return port_; }

 private:
  std::uint16_t port_ = 0;
  std::vector<int> sockets_{};
};

}  // namespace nightwatt::peers

#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

// The least that a poll can cost on TCP, in a process of its own: one send, a share of an
// epoll_wait, one recv, and a look at the size of what came. It parses nothing, keeps no time-outs
// and remembers nothing.
namespace nightwatt::bench {

struct BarePoll {
  std::function<std::string(std::size_t)> request{};  // of a device
  std::size_t reply_bytes = 0;
};

struct BareSite {
  std::uint16_t port = 0;  // of a responder that serves all of 127.0.0.0/8
  std::size_t devices = 0;
  int slot_ms = 20;  // each device once a second, in slots so wide; 0: flat out
  int cpu = -1;      // the only one it may use
};

BarePoll bare_modbus();  // one holding register of unit 1
BarePoll bare_nut();     // LIST VAR ups0, with the reply of the bench's own responder

// Connects, polls until it is ended. A failed poll ends it with 1.
pid_t start_bare(const BareSite& site, BarePoll poll);

}  // namespace nightwatt::bench

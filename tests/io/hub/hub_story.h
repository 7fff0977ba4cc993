#pragma once

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "io/hub/device_sockets.h"

// A hub, its loop, and pairs of sockets whose far end the test holds.
namespace nightwatt::io {

struct Pair {
  int near = -1;
  int far = -1;
  Pair() {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) != 0)
      ::abort();
    near = ends[0];
    far = ends[1];
  }
  ~Pair() {
    close_near();
    close_far();
  }
  Pair(Pair&& other) noexcept
      : near(std::exchange(other.near, -1)), far(std::exchange(other.far, -1)) {}
  Pair& operator=(Pair&&) = delete;
  void close_near() {
    if (near >= 0) ::close(std::exchange(near, -1));
  }
  void close_far() {
    if (far >= 0) ::close(std::exchange(far, -1));
  }
  void say(std::string_view text) const {
    if (::send(far, text.data(), text.size(), MSG_NOSIGNAL) < 0) ::abort();
  }
};

struct Ear final : SocketListener {
  int calls = 0;
  std::uint32_t last = 0;
  std::function<void(std::uint32_t)> act{};
  void ready(std::uint32_t events) override {
    ++calls;
    last = events;
    if (act) act(events);
  }
};

// Takes all that a descriptor has; false at its end.
inline bool drain(int fd) {
  std::array<char, 4096> bytes;
  ssize_t got = 0;
  while ((got = ::read(fd, bytes.data(), bytes.size())) > 0) continue;
  return got != 0;
}

struct HubStory {
  boost::asio::io_context io{1};
  DeviceSockets shared{io};
  SocketHub& hub = shared.hub;

  // Runs the loop until `done`; false when that did not come in ten seconds.
  bool until(const std::function<bool()>& done) {
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!done()) {
      io.restart();
      io.run_one_until(limit);
      if (std::chrono::steady_clock::now() >= limit) return false;
    }
    return true;
  }
  // Everything that is ready now, and what follows from it at once.
  void settle() {
    io.restart();
    while (io.poll() > 0) io.restart();
  }
};

}  // namespace nightwatt::io

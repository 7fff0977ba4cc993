#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <string_view>
#include <vector>

#include "bench/nut_bench_process.h"

namespace nightwatt::bench {

// The least that a NUT poll can cost on sockets: one send, a share of an epoll_wait, one recv.
class BareClient final : public PollClient {
 public:
  BareClient(std::uint16_t port, std::size_t devices)
      : epoll_(::epoll_create1(0)), port_(port), sockets_(devices, -1), flying_(devices) {}

  void start(std::size_t device) override {
    if (flying_[device]) return;
    if (sockets_[device] < 0) connect(device);
    constexpr std::string_view request = "LIST VAR ups0\n";
    if (::send(sockets_[device], request.data(), request.size(), MSG_NOSIGNAL) < 0) std::_Exit(1);
    flying_[device] = true;
    ++in_flight_;
  }

  void serve_until(Clock::time_point until) override {
    while (true) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
      if (left <= 0) return;
      const int count =
          ::epoll_wait(epoll_, events_.data(), events_.size(), static_cast<int>(left));
      for (int i = 0; i < count; ++i) readable(events_[static_cast<std::size_t>(i)].data.u32);
    }
  }

 private:
  void connect(std::size_t device) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port_);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
      std::_Exit(1);
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::fcntl(fd, F_SETFL, O_NONBLOCK);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u32 = static_cast<std::uint32_t>(device);
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
    sockets_[device] = fd;
  }

  void readable(std::size_t device) {
    const auto size = ::recv(sockets_[device], buffer_.data(), buffer_.size(), 0);
    if (size <= 0) std::_Exit(1);
    const std::string_view bytes(buffer_.data(), static_cast<std::size_t>(size));
    if (!bytes.ends_with("END LIST VAR ups0\n")) return;
    flying_[device] = false;
    --in_flight_;
    ++answers_;
    if (again_) start(device);
  }

  int epoll_;
  std::uint16_t port_;
  std::vector<int> sockets_;
  std::vector<bool> flying_;
  std::array<epoll_event, 256> events_{};
  std::array<char, 64 * 1024> buffer_{};
};

}  // namespace nightwatt::bench

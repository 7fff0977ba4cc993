#include "bench/compare/bare_client.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <utility>
#include <vector>

#include "bench/compare/child.h"
#include "bench/compare/tcp_responder.h"
#include "bench/loopback.h"

namespace nightwatt::bench {
namespace {

using Clock = std::chrono::steady_clock;

class Client {
 public:
  Client(const BareSite& site, const BarePoll& poll)
      : epoll_(::epoll_create1(0)), site_(site), reply_bytes_(poll.reply_bytes) {
    for (std::size_t i = 0; i < site.devices; ++i) {
      devices_.push_back({.fd = connect(i), .request = poll.request(i)});
    }
  }

  [[noreturn]] void poll_paced() {
    const auto started = Clock::now();
    const auto slots = static_cast<std::size_t>(1'000 / site_.slot_ms);
    for (std::size_t slot = 0;; ++slot) {
      serve_until(started + slot * std::chrono::milliseconds(site_.slot_ms));
      const std::size_t turn = slot % slots;
      const std::size_t until = devices_.size() * (turn + 1) / slots;
      for (std::size_t i = devices_.size() * turn / slots; i < until; ++i) start(devices_[i]);
    }
  }

  [[noreturn]] void poll_flat_out() {
    again_ = true;
    for (Device& device : devices_) start(device);
    serve_until(Clock::time_point::max());
    std::_Exit(1);
  }

 private:
  struct Device {
    int fd = -1;
    std::size_t awaited = 0;  // bytes
    std::string request{};
  };

  [[noreturn]] static void give_up(const char* why) {
    std::perror(why);
    std::_Exit(1);
  }

  int connect(std::size_t device) const {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(site_.port);
    address.sin_addr.s_addr = htonl(loopback_address(device));
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
      give_up("bare client: connect");
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::fcntl(fd, F_SETFL, O_NONBLOCK);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u32 = static_cast<std::uint32_t>(device);
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
    return fd;
  }

  void start(Device& device) const {
    if (device.awaited > 0) return;
    if (::send(device.fd, device.request.data(), device.request.size(), MSG_NOSIGNAL) < 0)
      give_up("bare client: send");
    device.awaited = reply_bytes_;
  }

  void serve_until(Clock::time_point until) {
    while (true) {
      int left = -1;
      if (until != Clock::time_point::max()) {
        left = static_cast<int>(
            std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count());
        if (left <= 0) return;
      }
      const int count = ::epoll_wait(epoll_, events_.data(), events_.size(), left);
      for (int i = 0; i < count; ++i) {
        readable(devices_[events_[static_cast<std::size_t>(i)].data.u32]);
      }
    }
  }

  void readable(Device& device) {
    const auto size = ::recv(device.fd, buffer_.data(), buffer_.size(), 0);
    if (size <= 0 || static_cast<std::size_t>(size) > device.awaited) give_up("bare client: recv");
    device.awaited -= static_cast<std::size_t>(size);
    if (device.awaited == 0 && again_) start(device);
  }

  int epoll_;
  BareSite site_;
  std::size_t reply_bytes_;
  std::vector<Device> devices_;
  std::array<epoll_event, 256> events_{};
  std::array<char, 64 * 1024> buffer_{};
  bool again_ = false;
};

}  // namespace

BarePoll bare_modbus() {
  return {.request = [](std::size_t) { return std::string("\0\1\0\0\0\6\1\3\0\0\0\1", 12); },
          .reply_bytes = 11};
}

BarePoll bare_nut() {
  return {.request = [](std::size_t) { return std::string("LIST VAR ups0\n"); },
          .reply_bytes = nut_reply("ups0").size()};
}

pid_t start_bare(const BareSite& site, BarePoll poll) {
  return fork_child([&site, poll = std::move(poll)] {
    use_cpu(site.cpu);
    Client client(site, poll);
    if (site.slot_ms == 0) client.poll_flat_out();
    client.poll_paced();
  });
}

}  // namespace nightwatt::bench

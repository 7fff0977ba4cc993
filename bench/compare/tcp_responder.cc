#include "bench/compare/tcp_responder.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <unordered_map>
#include <vector>

#include "bench/compare/child.h"
#include "bench/loopback.h"

namespace nightwatt::bench {
namespace {

struct Connection {
  std::size_t host = 0;
  std::string pending{};  // the beginning of a request, rarely anything
};

class Server {
 public:
  Server(int listener, TcpResponder::Protocol protocol, Mute mute, Counts& counts)
      : listener_(listener),
        epoll_(::epoll_create1(0)),
        protocol_(protocol),
        mute_(mute),
        counts_(counts) {
    watch(listener_);
  }

  [[noreturn]] void serve() {
    std::array<epoll_event, 256> events{};
    while (true) {
      const int count = ::epoll_wait(epoll_, events.data(), events.size(), -1);
      for (int i = 0; i < count; ++i) {
        const int fd = events[static_cast<std::size_t>(i)].data.fd;
        if (fd == listener_) {
          accept_one();
        } else {
          readable(fd);
        }
      }
    }
  }

 private:
  void watch(int fd) const {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
  }

  void accept_one() {
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK);
    if (fd < 0) return;
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockaddr_in own{};
    socklen_t size = sizeof own;
    ::getsockname(fd, reinterpret_cast<sockaddr*>(&own), &size);
    if (ntohl(own.sin_addr.s_addr) >> 24 != IN_LOOPBACKNET) {
      ::close(fd);  // from outside
      return;
    }
    const auto index = static_cast<std::size_t>(fd);
    if (connections_.size() <= index) connections_.resize(index + 1);
    connections_[index] = {.host = loopback_index(ntohl(own.sin_addr.s_addr))};
    ++counts_.accepted;
    watch(fd);
  }

  void readable(int fd) {
    const auto size = ::recv(fd, buffer_.data(), buffer_.size(), 0);
    if (size <= 0) {
      if (size == 0 || (errno != EAGAIN && errno != EINTR)) ::close(fd);
      return;
    }
    Connection& from = connections_[static_cast<std::size_t>(fd)];
    std::string_view bytes(buffer_.data(), static_cast<std::size_t>(size));
    std::string joined;
    if (!from.pending.empty()) {
      joined = from.pending.append(bytes);
      bytes = joined;
    }
    out_.clear();
    const std::size_t taken =
        protocol_ == TcpResponder::Protocol::modbus ? modbus(from, bytes) : nut(bytes);
    from.pending.assign(bytes.substr(taken));
    if (!out_.empty()) ::send(fd, out_.data(), out_.size(), MSG_NOSIGNAL);
  }

  // Both return how many bytes were whole requests.
  std::size_t modbus(const Connection& from, std::string_view bytes) {
    std::size_t at = 0;
    for (; bytes.size() - at >= 12; at += 12) {
      const std::string_view request = bytes.substr(at, 12);
      const auto unit = static_cast<std::uint8_t>(request[6]);
      if (from.host < mute_.hosts_below || unit >= mute_.units_from) {
        ++counts_.ignored;
        continue;
      }
      const auto words = static_cast<std::uint8_t>(request[11]);
      out_.append(request.substr(0, 4));
      out_.push_back('\0');
      out_.push_back(static_cast<char>(3 + 2 * words));
      out_.append(request.substr(6, 2));
      out_.push_back(static_cast<char>(2 * words));
      for (int i = 0; i < words; ++i) out_.append("\0\x2a", 2);
      polled((from.host << 8) | unit);
    }
    return at;
  }

  std::size_t nut(std::string_view bytes) {
    std::size_t at = 0;
    for (std::size_t end = 0; (end = bytes.find('\n', at)) != std::string_view::npos;
         at = end + 1) {
      const std::string_view line = bytes.substr(at, end - at);
      constexpr std::string_view list = "LIST VAR ";
      if (!line.starts_with(list)) {
        out_ += line.starts_with("LOGOUT") ? "OK Goodbye\n" : "ERR UNKNOWN-COMMAND\n";
        continue;
      }
      const std::string ups(line.substr(list.size()));
      auto [place, made] = replies_.try_emplace(ups);
      if (made) place->second = {nut_reply(ups), replies_.size()};
      out_ += place->second.text;
      polled(place->second.number);
    }
    return at;
  }

  void polled(std::size_t unit) {
    ++counts_.answered;
    const std::uint32_t marks = counts_.marks;
    if (marks == 0) return;
    const auto ms = static_cast<std::size_t>(Counts::now_ms() - counts_.marked_at_ms);
    if (ms < Counts::span_ms) ++counts_.polls_at[ms];
    if (seen_.size() <= unit) seen_.resize(unit + 1);
    if (seen_[unit] == marks) return;
    seen_[unit] = marks;
    ++counts_.arrived;
  }

  struct Reply {
    std::string text{};
    std::size_t number = 0;
  };

  int listener_;
  int epoll_;
  TcpResponder::Protocol protocol_;
  Mute mute_;
  Counts& counts_;
  std::vector<Connection> connections_;
  std::unordered_map<std::string, Reply> replies_;
  std::vector<std::uint32_t> seen_;  // the mark under which a unit was seen last
  std::array<char, 16 * 1024> buffer_{};
  std::string out_;
};

}  // namespace

std::string nut_reply(std::string_view ups) {
  constexpr std::pair<std::string_view, std::string_view> variables[] = {
      {"battery.charge", "100"},
      {"battery.charge.low", "20"},
      {"battery.runtime", "2730"},
      {"battery.runtime.low", "120"},
      {"battery.voltage", "27.3"},
      {"battery.voltage.nominal", "24.0"},
      {"device.mfr", "Example"},
      {"device.model", "UPS 3000"},
      {"input.frequency", "50.0"},
      {"input.voltage", "230.4"},
      {"input.voltage.nominal", "230"},
      {"output.voltage", "230.1"},
      {"ups.load", "42"},
      {"ups.power.nominal", "3000"},
      {"ups.realpower", "1130"},
      {"ups.realpower.nominal", "2700"},
      {"ups.status", "OL CHRG"},
      {"ups.temperature", "28.5"}};
  std::string out = fmt::format("BEGIN LIST VAR {}\n", ups);
  for (const auto& [name, value] : variables) {
    out += fmt::format("VAR {} {} \"{}\"\n", ups, name, value);
  }
  return out + fmt::format("END LIST VAR {}\n", ups);
}

TcpResponder::TcpResponder(Protocol protocol, Mute mute) : counts_(shared_counts()) {
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_ANY);
  socklen_t size = sizeof address;
  if (::bind(listener, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::listen(listener, 4096) != 0 ||
      ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    std::exit(1);
  }
  port_ = ntohs(address.sin_port);
  pid_ = fork_child([&] { Server(listener, protocol, mute, *counts_).serve(); });
  ::close(listener);
}

TcpResponder::~TcpResponder() {
  end_child(pid_);
  ::munmap(counts_, sizeof *counts_);
}

}  // namespace nightwatt::bench

#include "tests/peers/udp_fault_proxy.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <utility>
#include <vector>

#include "tests/peers/free_port.h"

namespace nightwatt::peers {
namespace {

constexpr std::size_t datagram_max = 65'536;
constexpr std::size_t waiting_max = 10'000;  // datagrams; more are lost
constexpr std::size_t clients_max = 64;      // then all are forgotten and begin anew

}  // namespace

UdpFaultProxy::UdpFaultProxy(std::uint16_t server, std::uint64_t seed)
    : server_(server), port_(free_port()), draw_(seed) {
  socket_ = bound_socket(SOCK_DGRAM, port_);
  thread_.run([this] { turn(); });
}

UdpFaultProxy::~UdpFaultProxy() {
  thread_.end();
  forget_clients();
  if (socket_ >= 0) ::close(socket_);
}

void UdpFaultProxy::set(UdpFaults faults) {
  const std::lock_guard guard(lock_);
  faults_ = std::move(faults);
  thread_.wake();
}

// A socket lives on while somebody polls it, so the thread that polls opens and closes it.
void UdpFaultProxy::refuse(bool on) {
  std::unique_lock guard(lock_);
  refuse_ = on;
  thread_.wake();
  obeyed_.wait(guard, [&] { return (socket_ < 0) == on; });
}

void UdpFaultProxy::listen_as_told() {
  if (refuse_ == (socket_ < 0)) return;
  if (refuse_) {
    ::close(std::exchange(socket_, -1));
  } else {
    socket_ = bound_socket(SOCK_DGRAM, port_);
  }
  obeyed_.notify_all();
}

UdpFaultProxy::Counts UdpFaultProxy::counts() const {
  const std::lock_guard guard(lock_);
  return counts_;
}

// Waits without the lock; sockets may be others afterwards.
void UdpFaultProxy::turn() {
  std::vector<pollfd> sockets;
  std::optional<ProxyClock::time_point> until;
  {
    const std::lock_guard guard(lock_);
    if (socket_ >= 0) sockets.push_back({socket_, POLLIN, 0});
    for (const auto& [client, server] : servers_) sockets.push_back({server, POLLIN, 0});
    if (!waiting_.empty()) until = waiting_.begin()->first;
  }
  thread_.sleep(sockets, until);
  const std::lock_guard guard(lock_);
  listen_as_told();
  const auto now = ProxyClock::now();
  take_requests(now);
  for (const auto& [client, server] : servers_) take_replies(client, server, now);
  deliver(now);
}

bool UdpFaultProxy::drawn(double share) {
  return share > 0 && std::uniform_real_distribution<>(0, 1)(draw_) < share;
}

void UdpFaultProxy::take_requests(ProxyClock::time_point now) {
  std::array<char, datagram_max> bytes;
  while (socket_ >= 0) {
    sockaddr_in from{};
    socklen_t length = sizeof from;
    const ssize_t size = ::recvfrom(socket_, bytes.data(), bytes.size(), MSG_DONTWAIT,
                                    reinterpret_cast<sockaddr*>(&from), &length);
    if (size < 0) return;
    if (faults_.mute || drawn(faults_.loss_to_server) || waiting_.size() >= waiting_max) {
      ++counts_.lost;
      continue;
    }
    waiting_.emplace(now + faults_.to_server,
                     Delivery{ntohs(from.sin_port), false,
                              std::string(bytes.data(), static_cast<std::size_t>(size))});
  }
}

void UdpFaultProxy::take_replies(Client client, int server, ProxyClock::time_point now) {
  std::array<char, datagram_max> bytes;
  while (true) {
    const ssize_t size = ::recv(server, bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (size < 0) return;  // nothing, or a server that is not there
    if (faults_.mute || drawn(faults_.loss_to_client) || waiting_.size() >= waiting_max) {
      ++counts_.lost;
      continue;
    }
    send_back(client, std::string(bytes.data(), static_cast<std::size_t>(size)), now);
  }
}

void UdpFaultProxy::send_back(Client client, std::string reply, ProxyClock::time_point now) {
  const std::string before = reply;
  if (faults_.alter) faults_.alter(reply);
  if (!reply.empty() && drawn(faults_.corrupt)) {
    reply[draw_() % reply.size()] ^= static_cast<char>(1 + draw_() % 255);
  }
  if (faults_.cut_at && reply.size() > *faults_.cut_at) reply.resize(*faults_.cut_at);
  if (reply != before) ++counts_.spoilt;
  auto due = now + faults_.to_client;
  if (drawn(faults_.late)) {
    ++counts_.late;
    due += faults_.late_by;
  }
  if (drawn(faults_.twice)) {
    ++counts_.twice;
    waiting_.emplace(due, Delivery{client, true, reply});
  }
  waiting_.emplace(due, Delivery{client, true, std::move(reply)});
}

void UdpFaultProxy::deliver(ProxyClock::time_point now) {
  while (!waiting_.empty() && waiting_.begin()->first <= now) {
    const Delivery delivery = std::move(waiting_.begin()->second);
    waiting_.erase(waiting_.begin());
    if (!delivery.to_client) {
      const int server = server_of(delivery.client);
      if (server < 0) continue;
      ::send(server, delivery.bytes.data(), delivery.bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
      ++counts_.to_server;
      continue;
    }
    if (socket_ < 0) continue;
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    to.sin_port = htons(delivery.client);
    ::sendto(socket_, delivery.bytes.data(), delivery.bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
             reinterpret_cast<const sockaddr*>(&to), sizeof to);
    ++counts_.to_client;
  }
}

int UdpFaultProxy::server_of(Client client) {
  if (const auto known = servers_.find(client); known != servers_.end()) return known->second;
  if (servers_.size() >= clients_max) forget_clients();
  const int fd = connected_socket(SOCK_DGRAM, server_);
  if (fd >= 0) servers_.emplace(client, fd);
  return fd;
}

void UdpFaultProxy::forget_clients() {
  for (const auto& [client, server] : servers_) ::close(server);
  servers_.clear();
}

}  // namespace nightwatt::peers

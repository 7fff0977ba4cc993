#include "tests/peers/tcp_fault_proxy.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "tests/peers/free_port.h"

namespace nightwatt::peers {
namespace {

constexpr std::size_t waiting_max = 1024;  // lots of one direction; then TCP pushes back
constexpr std::size_t connections_max = 256;

bool later(ssize_t result) { return result < 0 && (errno == EAGAIN || errno == EINTR); }

}  // namespace

TcpFaultProxy::TcpFaultProxy(std::uint16_t server, std::uint64_t seed)
    : server_(server), port_(free_port()), draw_(seed) {
  listener_ = bound_socket(SOCK_STREAM, port_);
  thread_.run([this] { turn(); });
}

TcpFaultProxy::~TcpFaultProxy() {
  thread_.end();
  for (Connection& connection : connections_) end(connection, true);
  if (listener_ >= 0) ::close(listener_);
}

void TcpFaultProxy::set(TcpFaults faults) {
  const std::lock_guard guard(lock_);
  faults_ = std::move(faults);
  thread_.wake();
}

void TcpFaultProxy::half_open(bool on) {
  const std::lock_guard guard(lock_);
  half_open_ = on;
  if (!on) return;
  for (Connection& connection : connections_) {
    if (connection.server >= 0) ::close(std::exchange(connection.server, -1));
    connection.server_ended = false;
    connection.up.clear();
    connection.down.clear();
  }
  thread_.wake();
}

void TcpFaultProxy::reset() {
  const std::lock_guard guard(lock_);
  for (Connection& connection : connections_) end(connection, true);
  connections_.clear();
  thread_.wake();
}

// A socket lives on while somebody polls it, so the thread that polls opens and closes it.
void TcpFaultProxy::refuse(bool on) {
  std::unique_lock guard(lock_);
  refuse_ = on;
  thread_.wake();
  obeyed_.wait(guard, [&] { return (listener_ < 0) == on; });
}

void TcpFaultProxy::listen_as_told() {
  if (refuse_ == (listener_ < 0)) return;
  if (refuse_) {
    ::close(std::exchange(listener_, -1));
  } else {
    listener_ = bound_socket(SOCK_STREAM, port_);
  }
  obeyed_.notify_all();
}

TcpFaultProxy::Counts TcpFaultProxy::counts() const {
  const std::lock_guard guard(lock_);
  return counts_;
}

// Waits without the lock. What it waited for may be gone afterwards, so everybody is asked again.
void TcpFaultProxy::turn() {
  std::vector<pollfd> sockets;
  std::optional<ProxyClock::time_point> until;
  {
    const std::lock_guard guard(lock_);
    if (listener_ >= 0) sockets.push_back({listener_, POLLIN, 0});
    for (const Connection& connection : connections_) {
      if (connection.up.size() < waiting_max) sockets.push_back({connection.client, POLLIN, 0});
      if (connection.server >= 0 && !connection.server_ended &&
          connection.down.size() < waiting_max) {
        sockets.push_back({connection.server, POLLIN, 0});
      }
    }
    until = next_due();
  }
  thread_.sleep(sockets, until);
  const std::lock_guard guard(lock_);
  listen_as_told();
  take_clients();
  const auto now = ProxyClock::now();
  std::erase_if(connections_, [&](Connection& connection) { return !pump(connection, now); });
}

std::optional<ProxyClock::time_point> TcpFaultProxy::next_due() const {
  std::optional<ProxyClock::time_point> due;
  const auto consider = [&](const std::deque<Lot>& lots, bool stalled) {
    if (!stalled && !lots.empty() && (!due || lots.front().due < *due)) due = lots.front().due;
  };
  for (const Connection& connection : connections_) {
    consider(connection.up, faults_.stall_to_server);
    consider(connection.down, faults_.stall_to_client);
  }
  return due;
}

void TcpFaultProxy::take_clients() {
  while (listener_ >= 0 && connections_.size() < connections_max) {
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (client < 0) return;
    ++counts_.accepted;
    const int yes = 1;
    ::setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    Connection connection{.client = client};
    if (!half_open_) {
      connection.server = connected_socket(SOCK_STREAM, server_);
      if (connection.server < 0) {  // nearest to what the client would see without a proxy
        end(connection, true);
        continue;
      }
    }
    connections_.push_back(std::move(connection));
  }
}

bool TcpFaultProxy::pump(Connection& connection, ProxyClock::time_point now) {
  if (read_client(connection, now) && read_server(connection, now) && deliver_up(connection, now) &&
      deliver_down(connection, now)) {
    return true;
  }
  end(connection, false);
  return false;
}

bool TcpFaultProxy::read_client(Connection& connection, ProxyClock::time_point now) {
  std::array<char, 4'096> bytes;
  while (connection.up.size() < waiting_max) {
    const ssize_t size = ::recv(connection.client, bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (later(size)) return true;
    if (size <= 0) return false;
    if (connection.server < 0) {
      counts_.swallowed += static_cast<std::size_t>(size);
      continue;
    }
    connection.up.push_back(
        {now + faults_.to_server, std::string(bytes.data(), static_cast<std::size_t>(size))});
  }
  return true;
}

bool TcpFaultProxy::read_server(Connection& connection, ProxyClock::time_point now) {
  std::array<char, 4'096> bytes;
  while (connection.server >= 0 && !connection.server_ended &&
         connection.down.size() < waiting_max) {
    const ssize_t size = ::recv(connection.server, bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (later(size)) break;
    if (size <= 0) {
      connection.server_ended = true;
      break;
    }
    std::string lot(bytes.data(), static_cast<std::size_t>(size));
    spoil(lot);
    connection.down.push_back({now + faults_.to_client, std::move(lot)});
  }
  return !connection.server_ended || !connection.down.empty();
}

void TcpFaultProxy::spoil(std::string& lot) {
  const std::string before = lot;
  if (faults_.alter) faults_.alter(lot);
  if (!lot.empty() && std::uniform_real_distribution<>(0, 1)(draw_) < faults_.corrupt) {
    lot[draw_() % lot.size()] ^= static_cast<char>(1 + draw_() % 255);
  }
  if (lot != before) ++counts_.altered;
}

bool TcpFaultProxy::deliver_up(Connection& connection, ProxyClock::time_point now) {
  while (!faults_.stall_to_server && !connection.up.empty() && connection.up.front().due <= now) {
    Lot& lot = connection.up.front();
    connection.said = 0;
    connection.cut = false;
    const ssize_t size =
        ::send(connection.server, lot.bytes.data(), lot.bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (size < 0 && !later(size)) return false;
    lot.bytes.erase(0, static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
    if (!lot.bytes.empty()) {
      lot.due = now + std::chrono::milliseconds(1);
      return true;
    }
    connection.up.pop_front();
  }
  return true;
}

bool TcpFaultProxy::deliver_down(Connection& connection, ProxyClock::time_point now) {
  while (!faults_.stall_to_client && !connection.down.empty() &&
         connection.down.front().due <= now) {
    Lot& lot = connection.down.front();
    if (faults_.cut_at && connection.said >= *faults_.cut_at) {
      if (!swallow_rest(connection, lot)) return false;
      continue;
    }
    std::size_t wanted = lot.bytes.size();
    if (faults_.cut_at) wanted = std::min(wanted, *faults_.cut_at - connection.said);
    if (faults_.piece > 0) wanted = std::min(wanted, faults_.piece);
    const ssize_t size =
        ::send(connection.client, lot.bytes.data(), wanted, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (size < 0 && !later(size)) return false;
    const auto sent = static_cast<std::size_t>(std::max<ssize_t>(size, 0));
    connection.said += sent;
    lot.bytes.erase(0, sent);
    if (lot.bytes.empty()) {
      connection.down.pop_front();
      if (faults_.piece > 0 && !connection.down.empty()) {
        Lot& next = connection.down.front();
        next.due = std::max(next.due, now + faults_.piece_pause);
      }
    } else if (size < 0 || faults_.piece > 0) {
      lot.due = now + std::max(faults_.piece_pause, std::chrono::milliseconds(1));
    }
  }
  return !connection.server_ended || !connection.down.empty();
}

// False: the connection ends here, and it ended it in its own way if that is a reset.
bool TcpFaultProxy::swallow_rest(Connection& connection, Lot& lot) {
  if (!std::exchange(connection.cut, true)) ++counts_.cut;
  if (faults_.cut_end != CutEnd::silence) {
    end(connection, faults_.cut_end == CutEnd::reset);
    return false;
  }
  counts_.swallowed += lot.bytes.size();
  connection.down.pop_front();
  return true;
}

void TcpFaultProxy::end(Connection& connection, bool with_reset) {
  if (connection.server >= 0) ::close(std::exchange(connection.server, -1));
  if (connection.client < 0) return;
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  if (with_reset) {
    ::setsockopt(connection.client, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  }
  ::close(std::exchange(connection.client, -1));
}

}  // namespace nightwatt::peers

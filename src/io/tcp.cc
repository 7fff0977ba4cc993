#include "io/tcp.h"

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "io/system_clock.h"

namespace nightwatt::io {
namespace {

// A name look-up on a thread that is left behind when nobody waits for it any longer:
// getaddrinfo(3) cannot be interrupted.
struct LookUp {
  std::mutex mutex;
  std::vector<SocketAddress> addresses;
  int error = 0;
  Cancellation done;  // "cancelled": the answer is there
};

int look_up(const std::string& host, std::uint16_t port, int flags,
            std::vector<SocketAddress>& into) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (error != 0) return error;
  for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
    SocketAddress address;
    std::memcpy(&address.storage, at->ai_addr, at->ai_addrlen);
    address.size = at->ai_addrlen;
    into.push_back(address);
  }
  ::freeaddrinfo(found);
  return 0;
}

Errc code_of(int error) {
  switch (error) {
    case ENETUNREACH:
    case EACCES:
    case EPERM:
    case EADDRNOTAVAIL:
    case EAFNOSUPPORT: return Errc::not_found;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
    case EAGAIN: return Errc::limit_reached;
    default: return Errc::unreachable;
  }
}

unexpected<Error> connect_failed(int error) {
  if (error == ETIMEDOUT) return fail(Errc::timed_out, "no answer to the connection");
  return fail(code_of(error), errno_text(error));
}

expected<Descriptor, Error> connect_one(const SocketAddress& address, Instant until,
                                        const Cancellation& cancel) {
  Descriptor socket(
      ::socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP));
  if (!socket) return connect_failed(errno);
  const int on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const auto* where = reinterpret_cast<const sockaddr*>(&address.storage);
  if (::connect(socket.get(), where, address.size) == 0) return socket;
  if (errno != EINPROGRESS) return connect_failed(errno);
  if (!wait_for_fd(socket.get(), POLLOUT, until, cancel)) return connect_failed(ETIMEDOUT);
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return connect_failed(error);
  return socket;
}

}  // namespace

expected<std::vector<SocketAddress>, Error> resolve(const std::string& host, std::uint16_t port,
                                                    Instant until, const Cancellation& cancel) {
  std::vector<SocketAddress> addresses;
  if (look_up(host, port, AI_NUMERICHOST, addresses) == 0) return addresses;
  auto state = std::make_shared<LookUp>();
  auto work = [state, host, port] {
    std::vector<SocketAddress> found;
    const int error = look_up(host, port, AI_ADDRCONFIG, found);
    const std::lock_guard lock(state->mutex);
    state->addresses = std::move(found);
    state->error = error;
    state->done.cancel();
  };
  try {
    std::thread(std::move(work)).detach();
  } catch (const std::system_error&) {
    return fail(Errc::limit_reached, "no thread for the name look-up");
  }
  if (!wait_for_fd(state->done.fd(), POLLIN, until, cancel))
    return fail(Errc::not_found, fmt::format("name look-up of '{}' took too long", host));
  const std::lock_guard lock(state->mutex);
  if (state->error != 0)
    return fail(Errc::not_found,
                fmt::format("'{}' cannot be resolved: {}", host, ::gai_strerror(state->error)));
  return state->addresses;
}

expected<Descriptor, Error> connect_tcp(const std::vector<SocketAddress>& addresses, Instant until,
                                        const Cancellation& cancel) {
  const SystemClock clock;
  expected<Descriptor, Error> last = fail(Errc::not_found, "no address");
  std::int64_t left = static_cast<std::int64_t>(addresses.size());
  for (const SocketAddress& address : addresses) {
    // Each address gets its share of the time, so that a dead first one does not use it all.
    const Instant share = clock.now() + (until - clock.now()) / left--;
    last = connect_one(address, share, cancel);
    if (last || cancel.cancelled()) return last;
  }
  return last;
}

bool wait_for_fd(int fd, short events, Instant until, const Cancellation& cancel) {
  const SystemClock clock;
  for (;;) {
    const std::int64_t left = (until - clock.now()).count();
    if (left <= 0 || cancel.cancelled()) return false;
    pollfd waiting[2] = {{fd, events, 0}, {cancel.fd(), POLLIN, 0}};
    ::poll(waiting, 2, static_cast<int>(std::min<std::int64_t>(left, 1'000)));
    if (cancel.cancelled()) return false;
    if (waiting[0].revents != 0) return true;
  }
}

}  // namespace nightwatt::io

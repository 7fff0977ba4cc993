#include "io/hub/tcp_socket.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <boost/asio/error.hpp>
#include <cerrno>
#include <utility>

#include "io/hub/last_error.h"

namespace nightwatt::io {

TcpSocket::TcpSocket(TcpSocket&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), watch_(std::move(other.watch_)) {}

TcpSocket& TcpSocket::operator=(TcpSocket&& other) noexcept {
  if (this == &other) return *this;
  close();
  fd_ = std::exchange(other.fd_, -1);
  watch_ = std::move(other.watch_);
  return *this;
}

expected<TcpSocket, boost::system::error_code> TcpSocket::connect(
    SocketHub& hub, const boost::asio::ip::tcp::endpoint& peer, SocketListener& listener) {
  TcpSocket made;
  made.fd_ = ::socket(peer.protocol().family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (made.fd_ < 0) return unexpected(last_error());
  const int begun = ::connect(made.fd_, peer.data(), static_cast<socklen_t>(peer.size()));
  if (begun != 0 && errno != EINPROGRESS && errno != EINTR) return unexpected(last_error());
  auto watch = hub.add(made.fd_, EPOLLOUT, listener);
  if (!watch) return unexpected(watch.error());
  made.watch_ = std::move(*watch);
  return made;
}

boost::system::error_code TcpSocket::connect_result() const {
  int problem = 0;
  socklen_t size = sizeof problem;
  if (::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &problem, &size) != 0) return last_error();
  return {problem, boost::system::system_category()};
}

boost::system::error_code TcpSocket::settle(SocketListener& listener) {
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  watch_.hand_to(listener);
  return watch_.change(EPOLLIN | EPOLLRDHUP);
}

void TcpSocket::close() {
  watch_.reset();
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

TcpSocket::Moved TcpSocket::read(std::span<char> into) const {
  ssize_t got = -1;
  do {
    got = ::recv(fd_, into.data(), into.size(), 0);
  } while (got < 0 && errno == EINTR);
  if (got < 0) return {.error = last_error()};
  if (got == 0) return {.error = boost::asio::error::make_error_code(boost::asio::error::eof)};
  return {.bytes = static_cast<std::size_t>(got)};
}

TcpSocket::Moved TcpSocket::write(std::string_view bytes) const {
  ssize_t sent = -1;
  do {
    sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  if (sent < 0) return {.error = last_error()};
  return {.bytes = static_cast<std::size_t>(sent)};
}

bool TcpSocket::quiet() const {
  char byte = 0;
  return ::recv(fd_, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

void TcpSocket::quick_ack() const {
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
}

}  // namespace nightwatt::io

#pragma once

#include <sys/socket.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/error.h"
#include "io/hub/socket_hub.h"

// A non-blocking TCP socket in the hub: the descriptor and its watch, closed together.
namespace nightwatt::io {

class TcpSocket {
 public:
  // How far a read or write got. Errors: would_block, eof (the peer has closed) and the kernel's,
  // comparable with boost::asio::error.
  struct Moved {
    std::size_t bytes = 0;
    boost::system::error_code error{};
  };

  TcpSocket() = default;
  TcpSocket(TcpSocket&& other) noexcept;
  TcpSocket& operator=(TcpSocket&& other) noexcept;
  ~TcpSocket() { close(); }

  // Begins to connect. The listener hears EPOLLOUT when it is known how that ended:
  // connect_result() tells. Errors: no descriptors, no route.
  static expected<TcpSocket, boost::system::error_code> connect(
      SocketHub& hub, const boost::asio::ip::tcp::endpoint& peer, SocketListener& listener);
  boost::system::error_code connect_result() const;
  // For after the connect: no Nagle, and the listener hears EPOLLIN and EPOLLRDHUP.
  boost::system::error_code settle(SocketListener& listener);

  bool open() const { return fd_ >= 0; }
  int fd() const { return fd_; }
  void close();

  Moved read(std::span<char> into) const;
  Moved write(std::string_view bytes) const;
  // Nothing has come that was not read, and the peer has not closed, as far as is known here.
  bool quiet() const;
  // Acknowledges at once what has come; the kernel forgets it by itself.
  void quick_ack() const;

 private:
  int fd_ = -1;
  SocketWatch watch_{};
};

}  // namespace nightwatt::io

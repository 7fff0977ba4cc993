#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/error.h"
#include "base/time.h"
#include "io/http.h"

namespace boost::asio {
class io_context;
}

// A small HTTP/1.1 server on a Unix socket and, when asked for, on loopback TCP. Runs on the thread
// that runs the io_context; so do its answers.
namespace nightwatt::io {

struct HttpLimits {
  std::size_t header_bytes = 16 * 1024;
  std::size_t body_bytes = 1024 * 1024;
  // Over TCP, and as many over the Unix socket, which stays open to whoever may use it when
  // anybody on the machine holds all of the others. Further ones are closed at once.
  std::size_t connections = 64;
  Duration request_timeout{10'000};  // from the first wait for a request to its last byte
  Duration write_timeout{10'000};
  Duration answer_timeout{5'000};  // for answers that come later (Response::later)
};

class HttpServer {
 public:
  // Must not block; what it throws becomes status 500.
  using Handle = std::function<Response(const Request&)>;

  // `io` must be run by one thread and outlive the server.
  HttpServer(boost::asio::io_context& io, Handle handle, HttpLimits limits = {});
  ~HttpServer();  // as stop()
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // The socket appears complete, with its mode, in one step. The file of a dead instance is
  // replaced; a live one, or anything that is not a socket, is an error and stays.
  expected<void, Error> listen_unix(const std::string& path, mode_t mode = 0660);
  // `address` must be a literal loopback address. Port 0: any. Returns the port. Requests whose
  // Host is neither an IP literal nor "localhost" are refused (DNS rebinding).
  expected<std::uint16_t, Error> listen_tcp(const std::string& address, std::uint16_t port);

  // Closes everything and removes the socket file if it is still ours.
  void stop();
  std::size_t connections() const;

 private:
  struct Core;
  std::shared_ptr<Core> core_;
};

}  // namespace nightwatt::io

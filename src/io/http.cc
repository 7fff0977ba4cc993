// Server and client together: Beast is compiled here and nowhere else.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <cerrno>
#include <exception>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "io/file_text.h"
#include "io/http_answer.h"
#include "io/http_client.h"
#include "io/http_server.h"
#include "io/http_text.h"
#include "io/system_clock.h"
#include "io/unix_socket.h"

namespace nightwatt::io {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;
using Protocol = asio::generic::stream_protocol;
using Stream = boost::beast::basic_stream<Protocol>;
constexpr auto as_values = asio::as_tuple(asio::use_awaitable);

constexpr std::size_t answer_max = 64 * 1024 * 1024;  // bytes, of what the client accepts
constexpr std::chrono::milliseconds accept_pause{100};

using BeastRequest = http::request<http::string_body>;
using BeastResponse = http::response<http::string_body>;

BeastResponse to_beast(Response response, unsigned version, bool keep_alive, bool head) {
  BeastResponse out(static_cast<http::status>(response.status), version);
  out.set(http::field::content_type, response.content_type);
  out.set(http::field::cache_control, "no-store");
  out.keep_alive(keep_alive);
  out.body() = std::move(response.body);
  out.prepare_payload();
  if (head) out.body().clear();  // the length stays
  return out;
}

// What to say to a request that could not be read; nothing: just close.
std::optional<Response> answer_to(error_code error) {
  if (error == http::error::body_limit) return problem(413, "the body is too large");
  if (error == http::error::header_limit || error == http::error::buffer_overflow)
    return problem(431, "the header is too large");
  if (error == http::error::end_of_stream || error == http::error::partial_message)
    return std::nullopt;
  if (error.category() == make_error_code(http::error::bad_method).category())
    return problem(400, "this is not an HTTP/1.1 request");
  return std::nullopt;
}

}  // namespace

struct HttpServer::Core : std::enable_shared_from_this<HttpServer::Core> {
  struct Listener {
    asio::posix::stream_descriptor descriptor;
    bool tcp;
  };
  struct Session {
    Stream stream;
    bool tcp;
    std::string who;
  };

  asio::io_context& io;
  Handle handle;
  HttpLimits limits;
  std::vector<std::shared_ptr<Listener>> listeners;
  std::set<std::shared_ptr<Session>> sessions;
  std::string socket_path;
  dev_t socket_device = 0;
  ino_t socket_inode = 0;
  bool stopped = false;

  Core(asio::io_context& context, Handle h, HttpLimits l)
      : io(context), handle(std::move(h)), limits(l) {}

  void listen(Descriptor socket, bool tcp);
  void admit(int fd, bool tcp);
  void stop();
  Response answer(const BeastRequest& request, bool tcp, const std::string& who) const;
};

Response HttpServer::Core::answer(const BeastRequest& request, bool tcp,
                                  const std::string& who) const {
  if (tcp) {
    const std::string host(request[http::field::host]);
    if (!host_is_local_literal(host)) return problem(403, "this Host is not served here");
    if (!origin_allowed(std::string(request[http::field::origin]), host))
      return problem(403, "requests from other sites' pages are refused");
  }
  auto target = parse_target(std::string(request.target()));
  if (!target) return problem(400, "the target is malformed");
  try {
    Response response = handle({std::string(request.method_string()), std::move(target->path),
                                std::move(target->query), request.body(), who});
    if (response.status >= 200 && response.status <= 599) return response;
    return problem(500, "internal error");
  } catch (const std::exception&) {
    return problem(500, "internal error");
  }
}

namespace {

template <class CorePtr, class SessionPtr>
asio::awaitable<bool> send(CorePtr core, SessionPtr session, BeastResponse response) {
  session->stream.expires_after(core->limits.write_timeout);
  http::response_serializer<http::string_body> serializer(response);
  auto [error, size] = co_await http::async_write(session->stream, serializer, as_values);
  co_return !error && response.keep_alive();
}

template <class CorePtr, class SessionPtr>
asio::awaitable<void> serve(CorePtr core, SessionPtr session) {
  boost::beast::flat_buffer buffer(core->limits.header_bytes + 64 * 1024);
  bool go_on = true;
  while (go_on && !core->stopped) {
    http::request_parser<http::string_body> parser;
    parser.header_limit(static_cast<std::uint32_t>(core->limits.header_bytes));
    parser.body_limit(core->limits.body_bytes);
    // One deadline for the whole request: a client that sends a byte a second gains nothing.
    session->stream.expires_after(core->limits.request_timeout);
    auto [error, size] = co_await http::async_read(session->stream, buffer, parser, as_values);
    if (core->stopped) break;
    if (error) {
      if (auto answer = answer_to(error)) {
        BeastResponse response = to_beast(std::move(*answer), 11, false, false);
        auto sending = send(core, session, std::move(response));
        co_await std::move(sending);
      }
      break;
    }
    const BeastRequest& request = parser.get();
    Response answer = core->answer(request, session->tcp, session->who);
    if (answer.later) {
      auto later = late_answer(session->stream.get_executor(), std::move(answer),
                               core->limits.answer_timeout);
      answer = co_await std::move(later);
    }
    while (answer.more && !core->stopped) {
      if (write_more(answer)) break;
      auto turn = asio::post(session->stream.get_executor(), asio::use_awaitable);
      co_await std::move(turn);
    }
    if (core->stopped) break;
    BeastResponse response = to_beast(std::move(answer), request.version(), request.keep_alive(),
                                      request.method() == http::verb::head);
    auto sending = send(core, session, std::move(response));
    go_on = co_await std::move(sending);
  }
  error_code ignored;
  session->stream.socket().shutdown(asio::socket_base::shutdown_both, ignored);
  session->stream.close();
  core->sessions.erase(session);
}

// Takes what waits; true when descriptors have run out and a pause is due.
template <class CorePtr, class ListenerPtr>
bool accept_waiting(CorePtr core, ListenerPtr listener) {
  for (;;) {
    const int fd = ::accept4(listener->descriptor.native_handle(), nullptr, nullptr,
                             SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd >= 0) {
      core->admit(fd, listener->tcp);
      continue;
    }
    if (errno == EINTR || errno == ECONNABORTED) continue;
    return errno != EAGAIN;
  }
}

template <class CorePtr, class ListenerPtr>
asio::awaitable<void> accept_all(CorePtr core, ListenerPtr listener) {
  asio::steady_timer pause(core->io);
  while (!core->stopped) {
    auto [error] = co_await listener->descriptor.async_wait(asio::posix::descriptor_base::wait_read,
                                                            as_values);
    if (error || core->stopped) break;
    if (!accept_waiting(core, listener)) continue;
    pause.expires_after(accept_pause);
    auto [waited] = co_await pause.async_wait(as_values);
    if (waited) break;
  }
}

}  // namespace

void HttpServer::Core::listen(Descriptor socket, bool tcp) {
  auto listener = std::make_shared<Listener>(
      Listener{asio::posix::stream_descriptor(io, socket.release()), tcp});
  listeners.push_back(listener);
  auto accepting = accept_all(shared_from_this(), listener);
  asio::co_spawn(io, std::move(accepting), asio::detached);
}

void HttpServer::Core::admit(int fd, bool tcp) {
  const auto alike =
      std::ranges::count_if(sessions, [&](const auto& session) { return session->tcp == tcp; });
  if (static_cast<std::size_t>(alike) >= limits.connections) {
    ::close(fd);
    return;
  }
  // Neither the family nor the protocol number matters to a socket that is already connected.
  Protocol::socket socket(io, Protocol(tcp ? AF_INET : AF_UNIX, 0), fd);
  auto session =
      std::make_shared<Session>(Session{Stream(std::move(socket)), tcp, peer_of(fd, tcp)});
  sessions.insert(session);
  auto serving = serve(shared_from_this(), session);
  asio::co_spawn(io, std::move(serving), asio::detached);
}

void HttpServer::Core::stop() {
  if (std::exchange(stopped, true)) return;
  for (const auto& listener : listeners) {
    error_code ignored;
    listener->descriptor.close(ignored);
  }
  for (const auto& session : sessions) session->stream.close();
  struct stat file{};
  if (!socket_path.empty() && ::lstat(socket_path.c_str(), &file) == 0 &&
      file.st_dev == socket_device && file.st_ino == socket_inode)
    ::unlink(socket_path.c_str());
}

HttpServer::HttpServer(asio::io_context& io, Handle handle, HttpLimits limits)
    : core_(std::make_shared<Core>(io, std::move(handle), limits)) {}

HttpServer::~HttpServer() { stop(); }

void HttpServer::stop() { core_->stop(); }

std::size_t HttpServer::connections() const { return core_->sessions.size(); }

expected<void, Error> HttpServer::listen_unix(const std::string& path, mode_t mode) {
  auto socket = listen_on_path(path, mode);
  if (!socket) return unexpected<Error>(socket.error());
  struct stat file{};
  if (::lstat(path.c_str(), &file) == 0) {
    core_->socket_path = path;
    core_->socket_device = file.st_dev;
    core_->socket_inode = file.st_ino;
  }
  core_->listen(std::move(*socket), false);
  return {};
}

namespace {

struct TcpAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

std::optional<TcpAddress> loopback(const std::string& text, std::uint16_t port) {
  TcpAddress address;
  auto* v4 = reinterpret_cast<sockaddr_in*>(&address.storage);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
  if (inet_pton(AF_INET, text.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    address.size = sizeof *v4;
    if ((ntohl(v4->sin_addr.s_addr) >> 24) == 127) return address;
  } else if (inet_pton(AF_INET6, text.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    address.size = sizeof *v6;
    if (IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr)) return address;
  }
  return std::nullopt;
}

}  // namespace

expected<std::uint16_t, Error> HttpServer::listen_tcp(const std::string& text, std::uint16_t port) {
  auto address = loopback(text, port);
  if (!address)
    return fail(Errc::io_failed,
                fmt::format("'{}' is not a loopback address: the API has no login", text));
  auto* where = reinterpret_cast<sockaddr*>(&address->storage);
  Descriptor socket(::socket(where->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int on = 1;
  if (!socket || ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      ::bind(socket.get(), where, address->size) != 0 || ::listen(socket.get(), SOMAXCONN) != 0 ||
      ::getsockname(socket.get(), where, &address->size) != 0)
    return fail(Errc::io_failed, fmt::format("{} port {}: {}", text, port, errno_text(errno)));
  core_->listen(std::move(socket), true);
  const std::uint16_t bound = where->sa_family == AF_INET
                                  ? reinterpret_cast<sockaddr_in*>(where)->sin_port
                                  : reinterpret_cast<sockaddr_in6*>(where)->sin6_port;
  return ntohs(bound);
}

// --- the client
// -----------------------------------------------------------------------------------

namespace {

// Repeats while the daemon's queue is full.
expected<Descriptor, Error> connect_patiently(const std::string& path, Instant until) {
  const SystemClock clock;
  for (;;) {
    auto socket = connect_to_path(path);
    if (socket || socket.error().code != Errc::limit_reached || clock.now() >= until) return socket;
    ::usleep(20'000);
  }
}

asio::awaitable<void> exchange(Stream& stream, BeastRequest& request, Duration timeout,
                               expected<Response, Error>& result, const std::string& path) {
  const auto failed = [&](error_code error) {
    result = error == boost::beast::error::timeout
                 ? fail(Errc::timed_out,
                        fmt::format("{}: no answer within {} s", path, seconds(timeout)))
                 : fail(Errc::bad_reply, fmt::format("{}: {}", path, error.message()));
  };
  stream.expires_after(timeout);
  auto [sent, sent_size] = co_await http::async_write(stream, request, as_values);
  if (sent) {
    failed(sent);
    co_return;
  }
  boost::beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(answer_max);
  auto [read, read_size] = co_await http::async_read(stream, buffer, parser, as_values);
  if (read) {
    failed(read);
    co_return;
  }
  auto& answer = parser.get();
  result = Response{.status = static_cast<int>(answer.result_int()),
                    .content_type = std::string(answer[http::field::content_type]),
                    .body = std::move(answer.body())};
}

}  // namespace

expected<Response, Error> http_request(const std::string& socket_path, const std::string& method,
                                       const std::string& target, const std::string& body,
                                       Duration timeout) {
  const SystemClock clock;
  auto socket = connect_patiently(socket_path, clock.now() + timeout);
  if (!socket) return unexpected<Error>(socket.error());
  BeastRequest request;
  request.version(11);
  request.method_string(method);
  request.target(target);
  request.set(http::field::host, "localhost");
  request.keep_alive(false);
  if (!body.empty()) request.set(http::field::content_type, "application/json");
  request.body() = body;
  request.prepare_payload();

  expected<Response, Error> result = fail(Errc::bad_reply, socket_path + ": no answer");
  try {
    asio::io_context io(1);
    Stream stream(Protocol::socket(io, Protocol(AF_UNIX, 0), socket->release()));
    auto work = exchange(stream, request, timeout, result, socket_path);
    asio::co_spawn(io, std::move(work), asio::detached);
    io.run();
  } catch (const std::exception& error) {
    return fail(Errc::bad_reply, fmt::format("{}: {}", socket_path, error.what()));
  }
  return result;
}

}  // namespace nightwatt::io

#include "io/http_answer.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstdio>
#include <exception>
#include <memory>
#include <optional>
#include <utility>

namespace nightwatt::io {

Response problem(int status, const std::string& text) {
  return {.status = status,
          .content_type = "application/json",
          .body = fmt::format("{{\"error\":\"{}\"}}\n", text)};
}

bool write_more(Response& answer) {
  try {
    return answer.more(answer.body);
  } catch (const std::exception&) {
    answer = problem(500, "internal error");
    return true;
  }
}

boost::asio::awaitable<Response> late_answer(boost::asio::any_io_executor strand, Response promise,
                                             Duration timeout) {
  struct Pending {
    boost::asio::steady_timer timer;
    std::optional<Response> answer{};
  };
  auto pending = std::make_shared<Pending>(Pending{boost::asio::steady_timer(strand, timeout)});
  promise.later([pending, strand](Response answer) {
    boost::asio::post(strand, [pending, answer = std::move(answer)]() mutable {
      pending->answer = std::move(answer);
      pending->timer.cancel();
    });
  });
  auto waiting = pending->timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  co_await std::move(waiting);
  if (pending->answer) co_return std::move(*pending->answer);
  co_return problem(503, "no answer in time: the disk may be slow");
}

namespace {

// Empty: no such user in /etc/passwd.
std::string user_name(uid_t uid) {
  constexpr int users_max = 100'000;
  const std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen("/etc/passwd", "re"), &std::fclose);
  if (!file) return "";
  std::array<char, 4096> text{};
  passwd entry{};
  passwd* found = nullptr;
  for (int i = 0; i < users_max; ++i) {
    if (::fgetpwent_r(file.get(), &entry, text.data(), text.size(), &found) != 0) return "";
    if (entry.pw_uid == uid) return entry.pw_name;
  }
  return "";
}

std::string tcp_peer(int fd) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (::getpeername(fd, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return "loopback TCP";
  if (storage.ss_family == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(&storage);
    ::inet_ntop(AF_INET, &v4->sin_addr, text.data(), text.size());
    return fmt::format("{}:{} over TCP", text.data(), ntohs(v4->sin_port));
  }
  const auto* v6 = reinterpret_cast<const sockaddr_in6*>(&storage);
  ::inet_ntop(AF_INET6, &v6->sin6_addr, text.data(), text.size());
  return fmt::format("[{}]:{} over TCP", text.data(), ntohs(v6->sin6_port));
}

}  // namespace

std::string peer_of(int fd, bool tcp) {
  if (tcp) return tcp_peer(fd);
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return "somebody on the socket";
  const std::string name = user_name(peer.uid);
  return name.empty() ? fmt::format("uid {} over the socket", peer.uid)
                      : fmt::format("{} (uid {}) over the socket", name, peer.uid);
}

}  // namespace nightwatt::io

#include "io/http_answer.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <exception>

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

std::string peer_of(int fd, bool tcp) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (tcp || ::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return "loopback TCP";
  return fmt::format("uid {} over the socket", peer.uid);
}

}  // namespace nightwatt::io

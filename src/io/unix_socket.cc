#include "io/unix_socket.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace nightwatt::io {
namespace {

// The address of a path; `directory` must stay open while it is used.
struct Address {
  sockaddr_un un{};
  Descriptor directory;

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&un); }
};

expected<Address, Error> address_of(const std::string& path) {
  Address address;
  address.un.sun_family = AF_UNIX;
  std::string name = path;
  if (name.size() >= sizeof address.un.sun_path) {
    const std::size_t slash = path.rfind('/');
    const std::string parent = slash == std::string::npos ? "." : path.substr(0, slash + 1);
    address.directory = Descriptor(::open(parent.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!address.directory)
      return fail(errno == ENOENT ? Errc::not_found : Errc::io_failed,
                  fmt::format("{}: {}", parent, errno_text(errno)));
    name = fmt::format("/proc/self/fd/{}/{}", address.directory.get(),
                       slash == std::string::npos ? path : path.substr(slash + 1));
  }
  if (name.size() >= sizeof address.un.sun_path)
    return fail(Errc::io_failed, fmt::format("{}: the name is too long for a socket", path));
  std::memcpy(address.un.sun_path, name.c_str(), name.size() + 1);
  return address;
}

Descriptor stream_socket() {
  return Descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

// May a new socket take this path?
expected<void, Error> path_is_free(const std::string& path) {
  struct stat file{};
  if (::lstat(path.c_str(), &file) != 0) {
    if (errno == ENOENT) return {};
    return fail(Errc::io_failed, fmt::format("{}: {}", path, errno_text(errno)));
  }
  if (!S_ISSOCK(file.st_mode))
    return fail(Errc::io_failed, fmt::format("{} exists and is not a socket", path));
  const auto live = connect_to_path(path);
  if (live || live.error().code == Errc::limit_reached)
    return fail(Errc::io_failed, fmt::format("{} is served by another running process", path));
  if (live.error().code == Errc::unreachable || live.error().code == Errc::not_found) return {};
  return unexpected<Error>(live.error());
}

}  // namespace

expected<Descriptor, Error> listen_on_path(const std::string& path, mode_t mode) {
  if (auto free = path_is_free(path); !free) return unexpected<Error>(free.error());
  // Made under another name and renamed: whoever sees the path can use it.
  const std::string beside = path + ".new";
  ::unlink(beside.c_str());
  const auto address = address_of(beside);
  if (!address) return unexpected<Error>(address.error());
  Descriptor socket = stream_socket();
  if (!socket || ::bind(socket.get(), address->get(), sizeof address->un) != 0 ||
      ::chmod(beside.c_str(), mode) != 0 || ::listen(socket.get(), SOMAXCONN) != 0 ||
      ::rename(beside.c_str(), path.c_str()) != 0) {
    const int error = errno;
    ::unlink(beside.c_str());
    return fail(Errc::io_failed, fmt::format("{} cannot be made: {}", path, errno_text(error)));
  }
  return socket;
}

expected<Descriptor, Error> connect_to_path(const std::string& path) {
  const auto address = address_of(path);
  if (!address) return unexpected<Error>(address.error());
  Descriptor socket = stream_socket();
  if (!socket) return fail(Errc::limit_reached, fmt::format("{}: {}", path, errno_text(errno)));
  if (::connect(socket.get(), address->get(), sizeof address->un) == 0) return socket;
  const int error = errno;
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return fail(
          Errc::not_found,
          fmt::format("{} does not exist: the daemon is not running, or has another socket", path));
    case ECONNREFUSED:
      return fail(Errc::unreachable,
                  fmt::format("nobody listens on {}: the daemon is not running", path));
    case EACCES:
    case EPERM:
      return fail(Errc::unauthorised,
                  fmt::format("no permission to use {}: its group and mode decide who may", path));
    case EAGAIN: return fail(Errc::limit_reached, fmt::format("{}: the daemon is busy", path));
    default: return fail(Errc::io_failed, fmt::format("{}: {}", path, errno_text(error)));
  }
}

}  // namespace nightwatt::io

#include "io/watchdog.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "io/file_text.h"

namespace nightwatt::io {
namespace {

// The address of sd_notify(3): a path, or a name of the abstract namespace after an @.
std::optional<sockaddr_un> notify_address(socklen_t& length) {
  const char* const written = ::getenv("NOTIFY_SOCKET");
  const std::string_view name = written == nullptr ? "" : written;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (name.size() < 2 || name.size() >= sizeof address.sun_path) return std::nullopt;
  if (name.front() != '/' && name.front() != '@') return std::nullopt;
  std::memcpy(address.sun_path, name.data(), name.size());
  const bool abstract = name.front() == '@';
  if (abstract) address.sun_path[0] = 0;
  length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size() + !abstract);
  return address;
}

bool notify(const std::string& state) {
  socklen_t length = 0;
  const auto address = notify_address(length);
  if (!address) return true;
  const Descriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const auto sent = ::sendto(socket.get(), state.data(), state.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
                             reinterpret_cast<const sockaddr*>(&*address), length);
  return sent >= 0 || (errno != EAGAIN && errno != ENOBUFS);
}

// A whole positive number and nothing else.
std::optional<std::int64_t> number_in(const char* variable) {
  const char* const written = ::getenv(variable);
  const std::string_view text = written == nullptr ? "" : written;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number <= 0) return std::nullopt;
  return number;
}

// A status is one line: a newline in it would begin another assignment.
std::string one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

}  // namespace

bool notify_ready(const std::string& status) {
  return notify("READY=1\nSTATUS=" + one_line(status));
}

// Type=notify-reload matches a reload to its answer by the monotonic clock.
bool notify_reloading() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return notify(fmt::format("RELOADING=1\nMONOTONIC_USEC={}",
                            static_cast<std::int64_t>(t.tv_sec) * 1'000'000 + t.tv_nsec / 1000));
}

bool notify_stopping(const std::string& status) {
  return notify("STOPPING=1\nSTATUS=" + one_line(status));
}

bool notify_alive() { return notify("WATCHDOG=1"); }

std::optional<Duration> watchdog_interval() {
  const auto usec = number_in("WATCHDOG_USEC");
  const bool set_for_us =
      ::getenv("WATCHDOG_PID") == nullptr || number_in("WATCHDOG_PID") == ::getpid();
  if (usec && set_for_us) return std::max(Duration(1), Duration(*usec / 2000));
  return std::nullopt;
}

}  // namespace nightwatt::io

#include "io/systemd.h"

#include <fmt/format.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace nightwatt::io {
namespace {

std::string_view variable(const char* name) {
  const char* const written = ::getenv(name);
  return written == nullptr ? "" : written;
}

// A whole positive number and nothing else.
std::optional<std::int64_t> number_in(const char* name) {
  const std::string_view text = variable(name);
  const char* const end = text.data() + text.size();
  std::int64_t number = 0;
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || rest != end || number <= 0) return std::nullopt;
  return number;
}

std::optional<Duration> watchdog_in_environment() {
  const auto usec = number_in("WATCHDOG_USEC");
  const bool ours = ::getenv("WATCHDOG_PID") == nullptr || number_in("WATCHDOG_PID") == ::getpid();
  if (!usec || !ours) return std::nullopt;
  return std::max(Duration(1), Duration(*usec / 2000));
}

// 0: neither a path nor, after an @, a name of the abstract namespace, or too long for either.
socklen_t read_address(std::string_view name, sockaddr_un& out) {
  out.sun_family = AF_UNIX;
  if (name.size() < 2 || name.size() >= sizeof out.sun_path) return 0;
  if (name.front() != '/' && name.front() != '@') return 0;
  std::memcpy(out.sun_path, name.data(), name.size());
  const bool abstract = name.front() == '@';
  if (abstract) out.sun_path[0] = 0;
  return static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size() + !abstract);
}

// A status is one line: a newline in it would begin another assignment.
std::string status_line(std::string status) {
  std::ranges::replace(status, '\n', ' ');
  return "\nSTATUS=" + status;
}

}  // namespace

Systemd::Systemd()
    : address_bytes_(read_address(variable("NOTIFY_SOCKET"), address_)),
      watchdog_interval_(watchdog_in_environment()) {
  if (listening()) open_socket();
}

bool Systemd::open_socket() {
  socket_ = Descriptor(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  return socket_.get() >= 0;
}

void Systemd::ready(const std::string& status) { say("READY=1", status_line(status)); }

// Type=notify-reload matches a reload to its answer by the monotonic clock.
void Systemd::reloading() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  say("RELOADING=1",
      fmt::format("\nMONOTONIC_USEC={}",
                  static_cast<std::int64_t>(t.tv_sec) * 1'000'000 + t.tv_nsec / 1000));
}

void Systemd::stopping(const std::string& status) { say("STOPPING=1", status_line(status)); }

void Systemd::alive() { say("WATCHDOG=1", ""); }

void Systemd::say(std::string_view kind, const std::string& more) {
  if (!listening()) return;
  std::erase_if(kept_, [&](const std::string& older) { return older.starts_with(kind); });
  kept_.push_back(std::string(kind) + more);
}

bool Systemd::flush() {
  while (!kept_.empty()) {
    if (!send(kept_.front())) return false;
    kept_.pop_front();
  }
  return true;
}

// What fails for another reason than want of room would fail again: nobody is there any more.
bool Systemd::send(const std::string& state) {
  if (socket_.get() < 0 && !open_socket()) return false;
  const auto sent = ::sendto(socket_.get(), state.data(), state.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
                             reinterpret_cast<const sockaddr*>(&address_), address_bytes_);
  return sent >= 0 || (errno != EAGAIN && errno != ENOBUFS && errno != ENOMEM);
}

}  // namespace nightwatt::io

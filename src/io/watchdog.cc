#include "io/watchdog.h"

#include <fmt/format.h>
#include <time.h>

#ifdef NIGHTWATT_HAS_SYSTEMD
#include <systemd/sd-daemon.h>
#endif

#include <algorithm>
#include <cstdint>

namespace nightwatt::io {
namespace {

void notify([[maybe_unused]] const std::string& state) {
#ifdef NIGHTWATT_HAS_SYSTEMD
  sd_notify(0, state.c_str());
#endif
}

// A status is one line: a newline in it would begin another assignment.
std::string one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

}  // namespace

void notify_ready(const std::string& status) { notify("READY=1\nSTATUS=" + one_line(status)); }

// Type=notify-reload matches a reload to its answer by the monotonic clock.
void notify_reloading() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  notify(fmt::format("RELOADING=1\nMONOTONIC_USEC={}",
                     static_cast<std::int64_t>(t.tv_sec) * 1'000'000 + t.tv_nsec / 1000));
}

void notify_stopping(const std::string& status) {
  notify("STOPPING=1\nSTATUS=" + one_line(status));
}

void notify_status(const std::string& status) { notify("STATUS=" + one_line(status)); }

void notify_alive() { notify("WATCHDOG=1"); }

std::optional<Duration> watchdog_interval() {
#ifdef NIGHTWATT_HAS_SYSTEMD
  std::uint64_t usec = 0;
  if (sd_watchdog_enabled(0, &usec) > 0)
    return std::max(Duration(1), Duration(static_cast<std::int64_t>(usec / 2000)));
#endif
  return std::nullopt;
}

}  // namespace nightwatt::io

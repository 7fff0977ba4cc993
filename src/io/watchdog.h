#pragma once

#include <optional>
#include <string>

#include "base/time.h"

// What systemd wants to hear: one datagram each, as sd_notify(3) and sd_watchdog_enabled(3) have
// it. Everything is a no-op when NOTIFY_SOCKET is not set.
//
// Nothing here waits: a manager that hangs never holds up a decision. False: systemd had no room
// for it, and what must arrive is said again soon.
namespace nightwatt::io {

bool notify_ready(const std::string& status);
bool notify_reloading();  // follow with notify_ready()
bool notify_stopping(const std::string& status);
bool notify_alive();  // WATCHDOG=1

// How often notify_alive() is due: half of WatchdogSec=, or nothing when no watchdog is set.
std::optional<Duration> watchdog_interval();

}  // namespace nightwatt::io

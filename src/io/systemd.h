#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "io/file_text.h"

namespace nightwatt::io {

// The service manager's ear: one datagram each, as sd_notify(3) and sd_watchdog_enabled(3) have it.
// Nothing happens without NOTIFY_SOCKET.
//
// Nothing here waits, since a manager that hangs must not hold up a decision. What it has no room
// for is kept, in order, the newest of each kind. The socket is made at the start, if it can be: a
// process that ran out of descriptors later still says that it is alive.
class Systemd {
 public:
  Systemd();  // from the environment

  // Somebody is to be told. Without, all of this does nothing.
  bool listening() const { return address_bytes_ > 0; }

  // These are sent by the next flush().
  void ready(const std::string& status);
  void reloading();  // follow with ready()
  void stopping(const std::string& status);
  void alive();  // WATCHDOG=1

  // Sends what is kept. False: some is left, try again soon.
  bool flush();
  // How often alive() is due: half of WatchdogSec=, or nothing when no watchdog is set.
  std::optional<Duration> watchdog_interval() const { return watchdog_interval_; }

 private:
  void say(std::string_view kind, const std::string& more);
  bool open_socket();
  bool send(const std::string& state);

  sockaddr_un address_{};
  socklen_t address_bytes_ = 0;  // 0: nobody listens
  Descriptor socket_{};
  std::deque<std::string> kept_{};
  std::optional<Duration> watchdog_interval_{};
};

}  // namespace nightwatt::io

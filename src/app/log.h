#pragma once

#include <memory>
#include <string>

#include "base/error.h"
#include "base/time.h"
#include "model/effect.h"

namespace nightwatt::io {
class Worker;
}

// Where the daemon's lines go: standard error (understood by journald) and, when the configuration
// names one, a file. Lines are handed to a thread of their own and the oldest are dropped when it
// cannot keep up: a blocked terminal or a full disk must never delay a decision.
namespace nightwatt::app {

enum class LogFormat { text, json };

struct LogSettings {
  LogFormat format = LogFormat::text;
  std::string file{};  // empty: none
  Severity level = Severity::info;
};

class Log {
 public:
  // An unwritable file is an error: the user asked for it.
  static expected<Log, Error> open(const LogSettings& settings);
  // Opens the file anew, for rotated ones, and waits for nothing: what was not written yet goes to
  // the new file. An error leaves everything as it was.
  expected<void, Error> reopen(const LogSettings& settings);
  Log(Log&&) noexcept;
  Log& operator=(Log&&) noexcept;
  ~Log();  // as stop()

  // Waits for what is written, a second at most; false: a thread is left behind.
  bool stop();

  void write(const Notice& notice, WallTime at) const;
  // For the shell's own lines, which belong to no group and no device.
  void line(Severity severity, const std::string& text) const;

 private:
  struct Lines;
  Log();
  void hand_over(std::string line) const;
  LogSettings settings_{};
  bool journald_ = false;
  std::shared_ptr<Lines> lines_{};
  std::unique_ptr<io::Worker> thread_{};
};

// "2026-11-20T10:15:00.250Z WARNING path_changed UPS-A: ..." without the trailing newline.
std::string text_line(const Notice& notice, WallTime at);
std::string json_line(const Notice& notice, WallTime at);

}  // namespace nightwatt::app

#pragma once

#include <sys/types.h>

#include <string>

#include "base/error.h"

// What the demo leaves nothing of: a scratch directory, and the daemon as a child process.
namespace nightwatt::app {

// A new directory under TMPDIR (or /tmp), removed with everything in it unless kept.
class ScratchDir {
 public:
  static expected<ScratchDir, Error> make(bool keep);
  ScratchDir(ScratchDir&& other) noexcept;
  ScratchDir& operator=(ScratchDir&&) = delete;
  ~ScratchDir();

  std::string file(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }

 private:
  ScratchDir(std::string path, bool keep) : path_(std::move(path)), keep_(keep) {}

  std::string path_;
  bool keep_;
};

// `nightwatt run` of this very program, in a process group of its own: Ctrl-C reaches the demo
// alone, which then ends the daemon in order. The kernel kills the daemon when the demo dies.
class DaemonChild {
 public:
  struct Files {
    std::string config{};
    std::string state_dir{};
    std::string socket{};
    std::string log{};  // standard output and error
  };
  static expected<DaemonChild, Error> start(const Files& files);
  DaemonChild(DaemonChild&& other) noexcept;
  DaemonChild& operator=(DaemonChild&&) = delete;
  ~DaemonChild();  // SIGTERM, and SIGKILL when that takes too long

  pid_t pid() const { return pid_; }
  bool running();
  // "was killed by signal 9 (Killed)", "ended with exit code 2"; empty while it runs.
  const std::string& end() const { return end_; }

 private:
  explicit DaemonChild(pid_t pid) : pid_(pid) {}

  pid_t pid_;
  std::string end_{};
};

// The last lines of a text file, for people; empty when there is none.
std::string last_lines(const std::string& file, std::size_t count);

// From its construction SIGINT, SIGTERM and SIGHUP only set a flag, and SIGPIPE does nothing, so
// that everything above is cleaned up on the way out.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  static int signal();  // 0: none yet
};

}  // namespace nightwatt::app

#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "tests/peers/temp_dir.h"

// The real program as a child process, in a scratch folder of its own, asked over its socket.
//
//     DaemonProcess daemon;
//     daemon.write_config(R"(ups: ...)");
//     daemon.start();
//     ASSERT_TRUE(daemon.wait([&] { return daemon.device("UPS-A")["state"] == "HEALTHY"; }));
namespace nightwatt::process {

using Json = nlohmann::json;
using namespace std::chrono_literals;

// Looks again and again until `condition` holds; false when it does not within `limit`. Sanitized
// builds get three times as long.
bool wait_until(const std::function<bool()>& condition, std::chrono::milliseconds limit = 20s);
// For asking that something does *not* happen: true when `condition` stayed true for so long.
bool stays(const std::function<bool()>& condition, std::chrono::milliseconds how_long);

// The program under test: the build's own, or the one that NIGHTWATT_UNDER_TEST names (./test runs
// these tests over the released one, too).
std::string program();

struct Finished {
  int code = -1;  // exit code; 128 + n when signal n ended it
  std::string out;
  std::string err;
};
// Runs the program with these arguments to its end.
Finished run(const std::vector<std::string>& arguments,
             const std::vector<std::string>& environment = {});

// A command line for /bin/sh, in which $NIGHTWATT is the program.
Finished shell(const std::string& command);

// A program that runs beside the test, with its output in files.
class Background {
 public:
  explicit Background(const std::vector<std::string>& arguments,
                      const std::vector<std::string>& environment = {});  // our program
  Background(const std::string& program, const std::vector<std::string>& arguments,
             const std::vector<std::string>& environment);
  ~Background();  // SIGKILL if it still runs
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;

  void kill(int signal) const;
  bool running();
  int wait_exit();  // the exit code (128 + n after signal n); -1: it does not end
  std::string out() const;
  std::string err() const;

 private:
  peers::TempDir folder_;
  pid_t pid_ = 0;
  std::optional<int> code_{};
};

class DaemonProcess {
 public:
  DaemonProcess();
  ~DaemonProcess();  // SIGKILL if it still runs; removes the folder
  DaemonProcess(const DaemonProcess&) = delete;
  DaemonProcess& operator=(const DaemonProcess&) = delete;

  const std::string& folder() const { return folder_; }
  std::string file(const std::string& name) const { return folder_ + "/" + name; }
  std::string state_dir = "";  // default: folder/state
  std::string run_dir = "";    // default: not given
  std::vector<std::string> more_arguments{};
  std::vector<std::string> environment{};  // "NAME=value", beside the test's own

  void write_config(const std::string& yaml) const;
  void spawn_only();  // starts it and waits for nothing
  // Starts it and waits for the socket. False: it ended instead; see log() and code.
  bool start();
  // Starts it and waits for its end.
  int start_and_fail();
  void kill(int signal) const;
  // Waits for the end and gives the exit code (128 + n after signal n).
  int wait_exit();
  int terminate();  // SIGTERM and wait_exit
  bool running();
  pid_t pid() const { return pid_; }

  std::string log() const;  // everything it ever wrote to standard error, all starts
  bool logged(const std::string& text) const { return log().find(text) != std::string::npos; }

  Json status() const;  // null when it does not answer
  Json device(const std::string& name) const;
  Json group(const std::string& name) const;
  std::vector<Json> events(const std::string& kind = "") const;
  Finished cli(std::vector<std::string> arguments) const;  // with --socket added
  bool wait(const std::function<bool()>& condition, std::chrono::milliseconds limit = 20s) {
    return wait_until(condition, limit);
  }

 private:
  std::string folder_;
  pid_t pid_ = 0;
  std::optional<int> code_{};
};

}  // namespace nightwatt::process

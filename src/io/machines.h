#pragma once

#include <memory>
#include <string>

#include "base/time.h"
#include "ports/machines.h"
#include "ports/sinks.h"

// The executor of steps: remote servers over SSH (remote.h), programs on this machine (command.h).
// Each running step, each watch has a thread of its own, so that one that hangs delays no other.
namespace nightwatt::io {

struct MachineSettings {
  // Where new host keys are learnt when the action names no file; also read.
  std::string known_hosts_file{};
  // Read besides, never written; "~" is the user's home directory.
  std::string user_known_hosts_file = "~/.ssh/known_hosts";
  std::string global_known_hosts_file = "/etc/ssh/ssh_known_hosts";
  Duration down_poll{1'000};       // between tries of the watch after a remote step
  Duration down_watch{1'800'000};  // the watch gives up after this
  int down_misses = 2;             // consecutive tries without an answer
  Duration return_poll{5'000};     // between tries of the watch for a return
};

class StepThreads : public ports::Machines {
 public:
  StepThreads(MachineSettings settings, ports::EventSink events, ports::NoticeSink notices);
  // Cancels everything and joins.
  ~StepThreads() override;

  void start(const StartStep& effect) override;
  void cancel(const CancelStep& effect) override;
  void watch_return(const WatchReturn& effect) override;
  void stop_watching(const StopWatching& effect) override;

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
};

}  // namespace nightwatt::io

#pragma once

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>

// What the NUT bench is made of: processes that talk over pipes, and one measured window of
// polling.
namespace nightwatt::bench {

using Clock = std::chrono::steady_clock;

struct Process {
  pid_t pid = 0;
  int requests = -1;  // write here
  int answers = -1;   // read here
};

template <class T>
void put(int fd, const T& value) {
  if (::write(fd, &value, sizeof value) != static_cast<ssize_t>(sizeof value)) std::_Exit(1);
}
template <class T>
bool get(int fd, T& value) {
  return ::read(fd, &value, sizeof value) == static_cast<ssize_t>(sizeof value);
}

// `body` gets the pipe ends (requests to read, answers to write) and never returns.
inline Process fork_process(const std::function<void(int, int)>& body) {
  int requests[2];
  int answers[2];
  if (::pipe(requests) != 0 || ::pipe(answers) != 0) std::exit(1);
  std::fflush(stdout);
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::close(requests[1]);
    ::close(answers[0]);
    body(requests[0], answers[1]);
    std::_Exit(0);
  }
  ::close(requests[0]);
  ::close(answers[1]);
  return {pid, requests[1], answers[0]};
}

inline void end_process(const Process& process) {
  ::kill(process.pid, SIGKILL);
  ::waitpid(process.pid, nullptr, 0);
  ::close(process.requests);
  ::close(process.answers);
}

inline std::size_t resident_bytes() {
  std::size_t size = 0;
  std::size_t resident = 0;
  std::FILE* const file = std::fopen("/proc/self/statm", "r");
  if (file == nullptr || std::fscanf(file, "%zu %zu", &size, &resident) != 2) std::_Exit(1);
  std::fclose(file);
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

inline double cpu_us() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto us = [](const timeval& t) {
    return 1e6 * static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec);
  };
  return us(usage.ru_utime) + us(usage.ru_stime);
}

class PollClient {
 public:
  virtual ~PollClient() = default;
  virtual void start(std::size_t device) = 0;  // nothing when the device's last poll is unanswered
  virtual void serve_until(Clock::time_point until) = 0;

  std::size_t in_flight() const { return in_flight_; }
  std::uint64_t answers() const { return answers_; }
  void set_again(bool again) { again_ = again; }  // a reply starts the device's next poll

 protected:
  std::size_t in_flight_ = 0;
  std::uint64_t answers_ = 0;
  bool again_ = false;
};

struct WindowKind {
  double seconds = 0;
  bool flat_out = false;
  std::int32_t slot_ms = 10;  // paced: polls start in slots so wide
};
struct Window {
  std::uint64_t polls = 0;
  double seconds = 0;
  double cpu_us = 0;
};

inline Window run_window(PollClient& client, std::size_t devices, WindowKind kind) {
  const auto started = Clock::now();
  const auto end = started + std::chrono::duration_cast<Clock::duration>(
                                 std::chrono::duration<double>(kind.seconds));
  const double cpu_before = cpu_us();
  const std::uint64_t before = client.answers();
  client.set_again(kind.flat_out);
  if (kind.flat_out) {
    for (std::size_t i = 0; i < devices; ++i) client.start(i);
    client.serve_until(end);
  }
  const auto slots = static_cast<std::size_t>(1'000 / kind.slot_ms);
  for (std::size_t slot = 0; !kind.flat_out; ++slot) {
    const auto at = started + slot * std::chrono::milliseconds(kind.slot_ms);
    if (at >= end) break;
    client.serve_until(at);
    const std::size_t turn = slot % slots;
    const std::size_t until = devices * (turn + 1) / slots;
    for (std::size_t i = devices * turn / slots; i < until; ++i) client.start(i);
  }
  client.set_again(false);
  Window window;
  while (client.in_flight() > 0) client.serve_until(Clock::now() + std::chrono::milliseconds(1));
  window.polls = client.answers() - before;
  window.cpu_us = cpu_us() - cpu_before;
  window.seconds = std::chrono::duration<double>(Clock::now() - started).count();
  return window;
}

}  // namespace nightwatt::bench

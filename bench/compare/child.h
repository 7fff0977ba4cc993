#pragma once

#include <sys/types.h>

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

// Processes that the comparison starts: they die with it, are looked at from outside and take
// turns.
namespace nightwatt::bench {

// `body` runs in a process of its own and does not return.
pid_t fork_child(const std::function<void()>& body);
// Output goes to the file `output`. `cpu`: the only one it may use, with all its threads; -1: any.
pid_t start_program(const std::vector<std::string>& words, const std::string& output, int cpu = -1);
// SIGTERM, and SIGKILL when that takes long; collects it. Nothing for pid <= 0.
void end_child(pid_t pid);

bool has_ended(pid_t pid);  // leaves it to be collected
// "running", "ended with 1", "ended by signal 6 (Aborted)". Collects one that has ended: it is
// asked for its end once only.
std::string state_of(pid_t pid);

void pause_child(pid_t pid);   // SIGSTOP
void resume_child(pid_t pid);  // SIGCONT

// From now on the calling thread, and what it starts, uses this CPU only; -1: any.
void use_cpu(int cpu);

double cpu_us_of(pid_t pid);  // since it began, all threads; 0: there is no such process
std::size_t resident_bytes_of(pid_t pid);

// Ends it at its own end.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid) {}
  ~Child() { end_child(pid_); }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_;
};

// Until it is true, looked at each 10 ms; false when `seconds` have passed.
bool wait_until(double seconds, const std::function<bool()>& met);

}  // namespace nightwatt::bench

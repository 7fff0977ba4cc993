#pragma once

#include <functional>
#include <memory>

#include "base/time.h"

// A thread that does jobs one after the other, for calls that may block. When it is told to stop
// and a job hangs (a dead disk, a dead mount), it is left behind: jobs must therefore own, by
// shared pointers, everything that they touch.
namespace nightwatt::io {

class Worker {
 public:
  explicit Worker(const char* thread_name);
  ~Worker();  // stop() without patience
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  using Job = std::function<void()>;
  // Any thread. After stop() jobs are dropped.
  void post(Job job);
  // Run instead of waiting on, whenever nothing was posted for `interval`. Set before the first
  // job.
  void when_idle(Duration interval, Job job);
  // Finishes the queue and joins; false when that took longer than `patience`, and then the thread
  // is left behind.
  bool stop(Duration patience);

 private:
  struct Queue;
  std::shared_ptr<Queue> queue_;
};

}  // namespace nightwatt::io

#pragma once

#include <atomic>

#include "base/time.h"

// A request to stop that wakes up poll(2). One thread asks, one blocking worker obeys.
namespace nightwatt::io {

class Cancellation {
 public:
  Cancellation();
  ~Cancellation();
  Cancellation(const Cancellation&) = delete;
  Cancellation& operator=(const Cancellation&) = delete;

  void cancel();  // any thread, any number of times
  bool cancelled() const { return cancelled_.load(std::memory_order_acquire); }
  // Readable from the first cancel() on.
  int fd() const { return fd_; }
  // Waits; true as soon as it is cancelled.
  bool wait_for(Duration duration) const;

 private:
  std::atomic<bool> cancelled_{false};
  int fd_ = -1;
};

}  // namespace nightwatt::io

#include "io/cancellation.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <limits>

#include "io/system_clock.h"

namespace nightwatt::io {

// Without a descriptor (EMFILE) cancelled() still tells; waits then look every tenth of a second.
Cancellation::Cancellation() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

Cancellation::~Cancellation() {
  if (fd_ >= 0) ::close(fd_);
}

void Cancellation::cancel() {
  cancelled_.store(true, std::memory_order_release);
  const std::uint64_t one = 1;
  if (fd_ >= 0) [[maybe_unused]]
    const ssize_t n = ::write(fd_, &one, sizeof one);  // never read, so it stays readable
}

bool Cancellation::wait_for(Duration duration) const {
  const SystemClock clock;
  const Instant end = clock.now() + duration;
  while (!cancelled()) {
    const std::int64_t left = (end - clock.now()).count();
    if (left <= 0) return false;
    pollfd waiting{fd_, POLLIN, 0};
    const std::int64_t most = fd_ >= 0 ? std::numeric_limits<int>::max() : 100;
    ::poll(&waiting, fd_ >= 0 ? 1 : 0, static_cast<int>(std::min(left, most)));
  }
  return true;
}

}  // namespace nightwatt::io

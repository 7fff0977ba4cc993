#include "tests/io/sync_count.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>

namespace {
std::atomic<int> count{0};
}
extern "C" int fdatasync(int fd) {
  ++count;
  return static_cast<int>(::syscall(SYS_fdatasync, fd));
}
extern "C" int fsync(int fd) {
  ++count;
  return static_cast<int>(::syscall(SYS_fsync, fd));
}

namespace nightwatt::io_test {
int syncs() { return count; }
}  // namespace nightwatt::io_test

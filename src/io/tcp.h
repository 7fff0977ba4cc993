#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "io/cancellation.h"
#include "io/file_text.h"

// TCP connections from a blocking worker thread: with a deadline, and ended at once by a
// Cancellation. `until` is on the boot clock (SystemClock).
namespace nightwatt::io {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

// Errors: not_found (no such name, no route: says nothing about the machine), unreachable,
// timed_out (also when cancelled), limit_reached (our own descriptors).
expected<std::vector<SocketAddress>, Error> resolve(const std::string& host, std::uint16_t port,
                                                    Instant until, const Cancellation& cancel);
// The first address that takes the connection; a non-blocking, close-on-exec socket.
expected<Descriptor, Error> connect_tcp(const std::vector<SocketAddress>& addresses, Instant until,
                                        const Cancellation& cancel);

// Waits for `events` (poll(2)) on `fd`. False when `until` passed or it was cancelled.
bool wait_for_fd(int fd, short events, Instant until, const Cancellation& cancel);

}  // namespace nightwatt::io

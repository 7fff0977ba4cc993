#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>

// Modbus clients that poll as fast as they can, each a process of its own: a device's next poll
// starts when its last one is answered.
namespace nightwatt::bench {

struct FlatOutSite {
  std::uint16_t port = 0;  // of a responder that serves all of 127.0.0.0/8
  std::size_t devices = 0;
  int cpu = -1;  // the only one it may use
};

// Our driver on one io_context, without the engine. A failed poll ends it with 1.
pid_t start_driver_flat_out(const FlatOutSite& site);

// libmodbus: one thread, one device after the other. -1: the bench was built without it.
pid_t start_libmodbus_loop(const FlatOutSite& site);

}  // namespace nightwatt::bench

#include <cstdio>
#include <cstdlib>
#include <vector>

#include "bench/compare/child.h"
#include "bench/compare/modbus_driver_client.h"
#include "bench/loopback.h"

#ifdef NIGHTWATT_HAS_LIBMODBUS
#include <modbus/modbus.h>
#endif

namespace nightwatt::bench {

#ifdef NIGHTWATT_HAS_LIBMODBUS
namespace {

[[noreturn]] void poll_forever(const FlatOutSite& site) {
  std::vector<modbus_t*> devices;
  for (std::size_t i = 0; i < site.devices; ++i) {
    modbus_t* const device = modbus_new_tcp(loopback_host(i).c_str(), site.port);
    modbus_set_slave(device, 1);
    if (modbus_connect(device) != 0) {
      std::fprintf(stderr, "libmodbus: connect: %s\n", modbus_strerror(errno));
      std::_Exit(1);
    }
    devices.push_back(device);
  }
  while (true) {
    for (modbus_t* const device : devices) {
      std::uint16_t value = 0;
      if (modbus_read_registers(device, 0, 1, &value) != 1) {
        std::fprintf(stderr, "libmodbus: %s\n", modbus_strerror(errno));
        std::_Exit(1);
      }
    }
  }
}

}  // namespace

pid_t start_libmodbus_loop(const FlatOutSite& site) {
  return fork_child([&site] {
    use_cpu(site.cpu);
    poll_forever(site);
  });
}
#else
pid_t start_libmodbus_loop(const FlatOutSite& /*site*/) { return -1; }
#endif

}  // namespace nightwatt::bench

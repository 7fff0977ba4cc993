#pragma once

#include <memory>
#include <string>

#include "base/error.h"
#include "config/config.h"
#include "io/hub/device_sockets.h"
#include "io/snmp/trap_receiver.h"
#include "ports/device_link.h"

namespace nightwatt::app {

// The trap socket, as the configuration wants it.
class Traps {
 public:
  Traps(std::shared_ptr<io::DeviceSockets> sockets, ports::EventSink sink);

  // Opens, moves, keeps or closes the socket. An error: it cannot be opened, and nobody listens;
  // the polls go on without.
  expected<void, Error> obey(const config::Config& config);

 private:
  std::shared_ptr<io::DeviceSockets> sockets_;
  ports::EventSink sink_;
  std::string listening_on_{};
  std::unique_ptr<io::TrapReceiver> receiver_{};
};

}  // namespace nightwatt::app

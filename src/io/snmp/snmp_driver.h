#pragma once

#include <memory>

#include "io/hub/device_sockets.h"
#include "io/snmp/snmp_target.h"
#include "ports/device_link.h"

// The SNMP manager: polls and sets the objects of agents (docs/wire/snmp.md).
//
//     SnmpDriver ──open()──► link "snmp-a1" ──one UDP socket──► agent
//         └ shared by all links: the hub, the read buffer, names, master keys, event sink
//
// Everything runs on the one thread that runs the io_context, and nothing on it waits.
namespace nightwatt::io {

struct SnmpShared;

class SnmpDriver {
 public:
  SnmpDriver(std::shared_ptr<DeviceSockets> sockets, ports::EventSink sink);
  ~SnmpDriver();
  SnmpDriver(const SnmpDriver&) = delete;
  SnmpDriver& operator=(const SnmpDriver&) = delete;

  // Opens no socket: the first message does. Releasing the last owner closes the link silently.
  // Links may outlive the driver.
  std::shared_ptr<ports::DeviceLink> open(SnmpTarget target,
                                          ports::LinkUse use = ports::LinkUse::now);

 private:
  std::shared_ptr<SnmpShared> shared_;
};

}  // namespace nightwatt::io

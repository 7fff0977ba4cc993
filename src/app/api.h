#pragma once

#include <functional>
#include <string>
#include <vector>

#include "app/engine_loop.h"
#include "app/status_writer.h"
#include "base/error.h"
#include "io/http.h"
#include "ports/history.h"

// The HTTP/JSON API (docs/API.md). Served on the Unix socket, where file permissions decide who may
// ask, and on loopback TCP when the configuration opts in.
//
//   GET  /api/v1/status                 the whole state
//   GET  /api/v1/devices[/NAME]         devices
//   GET  /api/v1/groups[/NAME]          groups
//   GET  /api/v1/groups/NAME/plan       the plan
//   GET  /api/v1/comms[/NAME]           comm devices
//   GET  /api/v1/events?after=&limit=   history, oldest first
//   GET  /api/v1/version
//   POST /api/v1/groups/NAME/abort|hold {"for_s": 600}      POST .../release
//   POST /api/v1/devices/NAME/path {"path": 1..8 | "auto"}
//   POST /api/v1/devices/NAME/maintenance {"for_s": 3600, "force": false}
//   GET  /api/v1/control[/ID]           orders to devices, and what came of them
//   GET  /api/v1/audit?limit=           the same from the journal, also of daemons before this one
//   POST /api/v1/devices/NAME/control {"command": "test.battery.start"} and more
//   POST /api/v1/comms/NAME/state {"state": "ok" | "disabled" | "out_of_service"}
//   POST /api/v1/devices/NAME/freeze {"for_s": 3600}
//   POST /api/v1/reload
//   GET  /metrics                       Prometheus' text format
//
// Errors: {"error": "..."} with 400 (bad request), 404 (no such thing), 405, 409 (refused), 503
// (the disk does not answer).
namespace nightwatt::app {

class Api {
 public:
  // All outlive the Api. `reload` re-reads the configuration file.
  Api(EngineLoop& loop, const ports::Clock& clock, const ports::History& history,
      std::function<expected<void, Error>()> reload)
      : loop_(loop), clock_(clock), history_(history), reload_(std::move(reload)) {}

  // Strand only.
  io::Response handle(const io::Request& request);

 private:
  // `path`: without the prefix, divided ("devices", "UPS-A", "control").
  io::Response get(const std::vector<std::string>& path, const io::Request& request);
  io::Response post(const std::vector<std::string>& path, const io::Request& request);
  io::Response document(Document which) const;
  io::Response metrics() const;
  io::Response audit(const io::Request& request) const;
  io::Response get_comm(const std::vector<std::string>& path) const;
  io::Response get_control(const std::vector<std::string>& path) const;
  io::Response operate_control(DeviceId device, const io::Request& request);
  io::Response operate_comm(CommId comm, const io::Request& request);
  io::Response select_path(DeviceId device, const io::Request& request);
  io::Response maintain(DeviceId device, const io::Request& request);
  io::Response events(const io::Request& request) const;
  io::Response operate_group(GroupId group, const std::string& verb, const io::Request& request);
  io::Response operate_device(DeviceId device, const std::string& verb, const io::Request& request);

  EngineLoop& loop_;
  const ports::Clock& clock_;
  const ports::History& history_;
  std::function<expected<void, Error>()> reload_;
};

}  // namespace nightwatt::app

#pragma once

#include <cstdint>
#include <string>

#include "app/engine_loop.h"
#include "ports/clock.h"
#include "ports/history.h"

// The state as metrics in Prometheus' text format, version 0.0.4: docs/API.md has the list. Written
// family by family and in portions, because a site may have 10,000 devices and the engine must not
// wait for whoever counts them.
namespace nightwatt::app {

inline constexpr const char* metrics_content_type = "text/plain; version=0.0.4; charset=utf-8";

class MetricsWriter {
 public:
  // All outlive the writer.
  MetricsWriter(const EngineLoop& loop, const ports::Clock& clock, const ports::History& history)
      : loop_(loop), clock_(clock), history_(history) {}
  // Appends the next portion. True: that was the last one.
  bool write(std::string& out);

 private:
  const EngineLoop& loop_;
  const ports::Clock& clock_;
  const ports::History& history_;
  std::size_t family_ = 0;
  std::uint32_t next_ = 0;  // the next device, comm device or group of this family
};

}  // namespace nightwatt::app

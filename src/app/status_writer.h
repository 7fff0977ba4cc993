#pragma once

#include <cstdint>
#include <string>

#include "app/engine_loop.h"
#include "ports/clock.h"

namespace nightwatt::app {

// Which lists a document has. status: all; devices and groups: one of them, devices with their
// status points.
enum class Document : std::uint8_t { status, devices, groups };

// A long document as JSON text, in portions: each is true to its own instant, and an engine that
// was reloaded meanwhile makes it begin anew.
class StatusWriter {
 public:
  // Both outlive the writer.
  StatusWriter(Document document, const EngineLoop& loop, const ports::Clock& clock)
      : document_(document), loop_(loop), clock_(clock), generation_(loop.generation()) {}
  // Appends the next portion. True: that was the last one.
  bool write(std::string& out);

 private:
  enum class Place : std::uint8_t { begin, devices, groups, end };
  void begin(std::string& out);
  void write_devices(std::string& out);
  void write_groups(std::string& out);

  Document document_;
  const EngineLoop& loop_;
  const ports::Clock& clock_;
  std::uint64_t generation_;
  Place place_ = Place::begin;
  std::uint32_t next_ = 0;
};

}  // namespace nightwatt::app

#pragma once

#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>

#include "app/engine_loop.h"

// What one family of metrics is made of: a name, its help, and a function that writes the samples
// of one thing (a device, a comm device, a group).
namespace nightwatt::app {

// One line of a family; `labels` without braces.
struct Page {
  std::string& out;
  std::string_view name{};
  void sample(const std::string& labels, double value) const {
    if (std::isnan(value)) return;
    out += fmt::format("nightwatt_{}{{{}}} {}\n", name, labels, value);
  }
};

struct Here {
  const EngineLoop& loop;
  const core::Engine& engine;
  Instant now;
};

// `name="value"` with the value escaped.
std::string label(std::string_view name, std::string_view value);

using Write = void (*)(const Here&, std::uint32_t, const Page&);
enum class Of : std::uint8_t { device, comm, group };

struct Family {
  std::string_view name;
  std::string_view type;
  std::string_view help;
  Of of;
  Write write;
};

std::span<const Family> device_families();  // metrics_devices.cc

}  // namespace nightwatt::app

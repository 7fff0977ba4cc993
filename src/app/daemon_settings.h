#pragma once

#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "app/commands.h"
#include "app/log.h"
#include "config/config.h"
#include "core/site.h"

// What the daemon takes out of its options and its configuration.
namespace nightwatt::app {

// Options win over the configuration.
LogSettings log_settings(const RunOptions& options, const config::Logging& logging);

// The groups that a re-entry flag guards.
std::vector<std::string> guarded_groups(const core::Site& site);

// Every step of every plan becomes a dry run.
void make_dry(core::Site& site);

// Calls `read` and gives a copy of what it returns. Reading a configuration takes many times the
// room of what stays of it, in pieces between which it stays: done here it leaves no holes, because
// a thread of its own has a heap of its own, and the copy is made in the caller's.
template <class Read>
auto read_apart(Read read) {
  std::optional<decltype(read())> there;
  try {
    std::thread([&] { there.emplace(read()); }).join();
  } catch (const std::system_error&) {
    return read();  // no thread to be had
  }
  return decltype(read())(std::as_const(*there));
}

// Once the engine and the links have what they need of the configuration. Reading a file of 10,000
// devices takes tens of megabytes that nobody needs again.
void shed(config::Config& config);

}  // namespace nightwatt::app

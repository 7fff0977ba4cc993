#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

// Which process exactly: a PID alone may be somebody else's after a restart or a wrap, so the start
// time (proc(5), /proc/PID/stat field 22) and the boot id go with it.
namespace nightwatt::io {

struct ProcessIdentity {
  pid_t pid = 0;
  std::optional<std::uint64_t> start_time{};  // clock ticks since boot; absent: not available
  std::string boot_id{};                      // empty: not available
};

// /proc/sys/kernel/random/boot_id, without the newline; empty when it cannot be read.
std::string boot_id();
ProcessIdentity own_identity();

// Field 22 of a /proc/PID/stat line. The command name stands in parentheses and may itself contain
// blanks and parentheses. Nothing when the line is not of that form.
std::optional<std::uint64_t> start_time_in_stat(std::string_view stat);
// Nothing when there is no such process or it cannot be read.
std::optional<std::uint64_t> start_time_of(pid_t pid);

// Is exactly this process running now? False for another boot, another start time and a zombie. A
// part of the identity that is absent cannot tell processes apart and counts as equal.
bool is_running(const ProcessIdentity& process);

}  // namespace nightwatt::io

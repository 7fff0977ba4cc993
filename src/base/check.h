// NW_CHECK(expr): a statement about our own code that must be true. Always on, in every build:
// a daemon that can switch machines off must stop rather than go on with a state it disbelieves.
//
// Only for programmer errors. What a network, a device, a file or a user can cause is an expected
// failure (base/error.h) or a diagnostic of the configuration, never a check.
#pragma once

#include <source_location>

namespace nightwatt {

// Prints "file:line: function: check failed: expr" on standard error and aborts.
[[noreturn]] void check_failed(const char* expression, const std::source_location& where) noexcept;

}  // namespace nightwatt

#define NW_CHECK(expr)           \
  ((expr) ? static_cast<void>(0) \
          : ::nightwatt::check_failed(#expr, std::source_location::current()))

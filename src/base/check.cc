#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace nightwatt {

void check_failed(const char* expression, const std::source_location& where) noexcept {
  std::fprintf(stderr, "%s:%u: %s: check failed: %s\n", where.file_name(),
               static_cast<unsigned>(where.line()), where.function_name(), expression);
  std::abort();
}

}  // namespace nightwatt

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "io/http_text.h"

// A hostile client or page: the target of a request in the first line, and a Host and an Origin in
// the first and the second one. (The rest of a request is read by Beast.)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace nightwatt::io;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::string_view first = input.substr(0, input.find('\n'));
  const std::string_view second = first.size() < size ? input.substr(first.size() + 1) : "";
  if (const auto target = parse_target(first)) {
    NW_CHECK(target->path.starts_with('/'));
    NW_CHECK(target->path.size() <= first.size());
    NW_CHECK(target->path.find('\0') == std::string::npos);
  }
  if (!host_is_local_literal(first)) return 0;
  NW_CHECK(origin_allowed("", first));
  origin_allowed(second, first);
  return 0;
}

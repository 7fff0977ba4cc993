#include "wire/snmp/oid.h"

#include <charconv>

namespace nightwatt::wire::snmp {

std::optional<Oid> parse_oid(std::string_view text) {
  if (text.starts_with('.')) text.remove_prefix(1);
  Oid oid;
  while (true) {
    const char* const end = text.data() + text.size();
    std::uint32_t part = 0;
    const auto [stop, error] = std::from_chars(text.data(), end, part);
    if (error != std::errc{} || oid.size() == oid_parts_max) return std::nullopt;
    oid.push_back(part);
    text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
    if (text.empty()) break;
    if (text.front() != '.') return std::nullopt;
    text.remove_prefix(1);
  }
  // The first two share one byte: X.690, section 8.19.4.
  if (oid.size() < 2 || oid[0] > 2 || (oid[0] < 2 && oid[1] > 39)) return std::nullopt;
  if (oid[0] == 2 && oid[1] > UINT32_MAX - 80) return std::nullopt;
  return oid;
}

std::string to_string(const Oid& oid) {
  std::string text;
  for (const std::uint32_t part : oid) {
    if (!text.empty()) text += '.';
    text += std::to_string(part);
  }
  return text;
}

}  // namespace nightwatt::wire::snmp

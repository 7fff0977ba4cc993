#include "wire/mqtt/topic.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace nightwatt::wire::mqtt {
namespace {

constexpr std::size_t topic_bytes_max = 65'535;  // its length is two bytes on the wire

// How many bytes follow this first byte of a character; nothing: it is none (RFC 3629).
int bytes_that_follow(unsigned char first) {
  if (first < 0x80) return 0;
  if (first >= 0xc2 && first <= 0xdf) return 1;
  if (first >= 0xe0 && first <= 0xef) return 2;
  if (first >= 0xf0 && first <= 0xf4) return 3;
  return -1;
}

bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const int more = bytes_that_follow(static_cast<unsigned char>(text[i++]));
    if (more < 0 || text.size() - i < static_cast<std::size_t>(more)) return false;
    for (int k = 0; k < more; ++k) {
      if ((static_cast<unsigned char>(text[i++]) & 0xc0) != 0x80) return false;
    }
  }
  return true;
}

}  // namespace

bool is_topic_name(std::string_view text) {
  if (text.empty() || text.size() > topic_bytes_max || !is_utf8(text)) return false;
  return std::ranges::none_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f || c == '+' || c == '#';
  });
}

std::string topic_below(std::string_view unit, std::string_view topic) {
  std::string out(unit);
  if (!unit.empty() && !topic.empty()) out += '/';
  out += topic;
  return out;
}

}  // namespace nightwatt::wire::mqtt

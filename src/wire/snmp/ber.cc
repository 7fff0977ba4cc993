#include "wire/snmp/ber.h"

#include "base/check.h"

namespace nightwatt::wire::snmp {
namespace {

constexpr std::size_t length_bytes_max = 4;

unsigned char byte_at(std::string_view bytes, std::size_t i) {
  return static_cast<unsigned char>(bytes[i]);
}

void append_base128(std::string& out, std::uint64_t number) {
  int shift = 63;
  while (shift > 0 && number >> shift == 0) shift -= 7;
  for (; shift > 0; shift -= 7) out += static_cast<char>(0x80 | (number >> shift & 0x7F));
  out += static_cast<char>(number & 0x7F);
}

}  // namespace

std::optional<Element> Elements::next() {
  if (bad_ || rest_.empty()) return std::nullopt;
  bad_ = true;  // until proven otherwise
  if (rest_.size() < 2 || (byte_at(rest_, 0) & 0x1F) == 0x1F) return std::nullopt;
  std::size_t length = byte_at(rest_, 1);
  std::size_t at = 2;
  if (length >= 0x80) {
    const std::size_t bytes = length - 0x80;  // 0: an indefinite length, which SNMP forbids
    if (bytes == 0 || bytes > length_bytes_max || rest_.size() < at + bytes) return std::nullopt;
    length = 0;
    for (std::size_t i = 0; i < bytes; ++i) length = length << 8 | byte_at(rest_, at++);
  }
  if (rest_.size() - at < length) return std::nullopt;
  const Element element{byte_at(rest_, 0), rest_.substr(at, length)};
  rest_.remove_prefix(at + length);
  bad_ = false;
  return element;
}

std::optional<std::string_view> Elements::expect(std::uint8_t wanted) {
  const auto element = next();
  if (element && element->tag == wanted) return element->body;
  bad_ = true;
  return std::nullopt;
}

std::optional<std::int64_t> Elements::expect_integer() {
  const auto body = expect(tag::integer);
  const auto number = body ? read_integer(*body) : std::nullopt;
  if (!number) bad_ = true;
  return number;
}

std::optional<std::int64_t> read_integer(std::string_view body) {
  if (body.empty() || body.size() > 8) return std::nullopt;
  std::uint64_t bits = (byte_at(body, 0) & 0x80) != 0 ? ~std::uint64_t{0} : 0;
  for (std::size_t i = 0; i < body.size(); ++i) bits = bits << 8 | byte_at(body, i);
  return static_cast<std::int64_t>(bits);
}

std::optional<std::uint64_t> read_unsigned(std::string_view body) {
  // Some agents forget the zero byte before a number that has its highest bit set.
  if (body.size() == 9 && byte_at(body, 0) == 0) body.remove_prefix(1);
  if (body.empty() || body.size() > 8) return std::nullopt;
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < body.size(); ++i) number = number << 8 | byte_at(body, i);
  return number;
}

std::optional<Oid> read_oid(std::string_view body) {
  if (body.empty()) return std::nullopt;
  Oid oid;
  std::uint64_t part = 0;
  bool inside = false;
  for (std::size_t i = 0; i < body.size(); ++i) {
    part = part << 7 | (byte_at(body, i) & 0x7F);
    inside = (byte_at(body, i) & 0x80) != 0;
    if (part > UINT32_MAX) return std::nullopt;
    if (inside) continue;
    if (oid.empty()) {
      const std::uint32_t first = part < 40 ? 0 : part < 80 ? 1 : 2;
      oid = {first, static_cast<std::uint32_t>(part) - 40 * first};
    } else {
      oid.push_back(static_cast<std::uint32_t>(part));
    }
    if (oid.size() > oid_parts_max) return std::nullopt;
    part = 0;
  }
  if (inside) return std::nullopt;
  return oid;
}

void append_element(std::string& out, std::uint8_t tag, std::string_view body) {
  out += static_cast<char>(tag);
  if (body.size() < 0x80) {
    out += static_cast<char>(body.size());
  } else {
    int bytes = 1;
    while (bytes < 4 && body.size() >> (8 * bytes) != 0) ++bytes;
    out += static_cast<char>(0x80 + bytes);
    while (bytes-- > 0) out += static_cast<char>(body.size() >> (8 * bytes) & 0xFF);
  }
  out += body;
}

void append_integer(std::string& out, std::uint8_t tag, std::int64_t number) {
  int bytes = 1;
  while (bytes < 8 && number >> (8 * bytes - 1) != 0 && number >> (8 * bytes - 1) != -1) ++bytes;
  std::string body;
  while (bytes-- > 0) body += static_cast<char>(number >> (8 * bytes) & 0xFF);
  append_element(out, tag, body);
}

void append_unsigned(std::string& out, std::uint8_t tag, std::uint64_t number) {
  int bytes = 1;
  while (bytes < 8 && number >> (8 * bytes) != 0) ++bytes;
  std::string body;
  if ((number >> (8 * bytes - 1) & 1) != 0) body += '\0';
  while (bytes-- > 0) body += static_cast<char>(number >> (8 * bytes) & 0xFF);
  append_element(out, tag, body);
}

void append_oid(std::string& out, const Oid& oid) {
  NW_CHECK(oid.size() >= 2);
  std::string body;
  append_base128(body, std::uint64_t{40} * oid[0] + oid[1]);
  for (std::size_t i = 2; i < oid.size(); ++i) append_base128(body, oid[i]);
  append_element(out, tag::oid, body);
}

}  // namespace nightwatt::wire::snmp

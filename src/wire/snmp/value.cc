#include "wire/snmp/value.h"

#include <bit>
#include <charconv>
#include <cmath>

namespace nightwatt::wire::snmp {
namespace {

constexpr std::size_t shown_bytes_max = 64;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks(" \t\r\n\0", 5);
  const auto last = text.find_last_not_of(blanks);
  if (last == std::string_view::npos) return {};
  text = text.substr(0, last + 1);
  return text.substr(text.find_first_not_of(blanks));
}

std::optional<double> parse_number(std::string_view text) {
  text = trimmed(text);
  if (text.starts_with('+')) text.remove_prefix(1);
  double number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || stop != end || !std::isfinite(number)) return std::nullopt;
  return number;
}

std::string octets_text(std::string_view octets) {
  const std::string_view text = trimmed(octets);
  bool printable = true;
  for (const char c : text) printable = printable && c >= 0x20 && c < 0x7F;
  if (printable) return std::string(text);
  constexpr std::string_view digits = "0123456789abcdef";
  std::string hex = "0x";
  for (const char c : octets.substr(0, shown_bytes_max)) {
    const auto byte = static_cast<unsigned char>(c);
    hex += digits[byte >> 4];
    hex += digits[byte & 15];
  }
  if (octets.size() > shown_bytes_max) hex += "...";
  return hex;
}

std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t number = 0;
  for (const char c : bytes) number = number << 8 | static_cast<unsigned char>(c);
  return number;
}

}  // namespace

std::string_view to_string(ValueKind kind) {
  switch (kind) {
    case ValueKind::null: return "NULL";
    case ValueKind::integer: return "INTEGER";
    case ValueKind::counter: return "Counter32";
    case ValueKind::gauge: return "Gauge32";
    case ValueKind::ticks: return "TimeTicks";
    case ValueKind::counter64: return "Counter64";
    case ValueKind::octets: return "OCTET STRING";
    case ValueKind::oid: return "OBJECT IDENTIFIER";
    case ValueKind::address: return "IpAddress";
    case ValueKind::real: return "Opaque Float";
    case ValueKind::opaque: return "Opaque";
    case ValueKind::no_such_object: return "noSuchObject";
    case ValueKind::no_such_instance: return "noSuchInstance";
    case ValueKind::end_of_mib_view: return "endOfMibView";
  }
  return "?";
}

bool Value::absent() const {
  return kind == ValueKind::null || kind == ValueKind::no_such_object ||
         kind == ValueKind::no_such_instance || kind == ValueKind::end_of_mib_view;
}

Value integer_value(std::int64_t integer) {
  return {.kind = ValueKind::integer, .integer = integer};
}
Value gauge_value(std::uint32_t gauge) { return {.kind = ValueKind::gauge, .integer = gauge}; }
Value octets_value(std::string octets) {
  return {.kind = ValueKind::octets, .octets = std::move(octets)};
}

std::optional<double> number_of(const Value& value) {
  switch (value.kind) {
    case ValueKind::integer:
    case ValueKind::counter:
    case ValueKind::gauge:
    case ValueKind::ticks: return static_cast<double>(value.integer);
    case ValueKind::counter64: return static_cast<double>(value.counter);
    case ValueKind::real:
      if (std::isfinite(value.real)) return value.real;
      return std::nullopt;
    case ValueKind::octets: return parse_number(value.octets);
    case ValueKind::null:
    case ValueKind::oid:
    case ValueKind::address:
    case ValueKind::opaque:
    case ValueKind::no_such_object:
    case ValueKind::no_such_instance:
    case ValueKind::end_of_mib_view: return std::nullopt;
  }
  return std::nullopt;
}

std::string text_of(const Value& value) {
  switch (value.kind) {
    case ValueKind::integer:
    case ValueKind::counter:
    case ValueKind::gauge:
    case ValueKind::ticks: return std::to_string(value.integer);
    case ValueKind::counter64: return std::to_string(value.counter);
    case ValueKind::octets: return octets_text(value.octets);
    case ValueKind::oid: return to_string(value.oid);
    case ValueKind::address: {
      std::string text;
      for (const char c : value.octets) {
        if (!text.empty()) text += '.';
        text += std::to_string(static_cast<unsigned char>(c));
      }
      return text;
    }
    case ValueKind::real: {
      char buffer[32];
      const auto end = std::to_chars(buffer, buffer + sizeof buffer, value.real).ptr;
      return {buffer, end};
    }
    case ValueKind::opaque: return octets_text(value.octets);
    case ValueKind::null:
    case ValueKind::no_such_object:
    case ValueKind::no_such_instance:
    case ValueKind::end_of_mib_view: return std::string(to_string(value.kind));
  }
  return {};
}

std::optional<double> opaque_real(std::string_view bytes) {
  constexpr std::string_view single("\x9F\x78\x04", 3);
  constexpr std::string_view twice("\x9F\x79\x08", 3);
  if (bytes.size() == 7 && bytes.starts_with(single)) {
    return std::bit_cast<float>(static_cast<std::uint32_t>(big_endian(bytes.substr(3))));
  }
  if (bytes.size() == 11 && bytes.starts_with(twice)) {
    return std::bit_cast<double>(big_endian(bytes.substr(3)));
  }
  return std::nullopt;
}

}  // namespace nightwatt::wire::snmp

#include "config/address.h"

#include <algorithm>

#include "config/duration.h"

namespace nightwatt::config {
namespace {

bool has_none_of(std::string_view text, std::string_view banned) {
  return std::ranges::none_of(text, [&](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte <= 0x20 || byte == 0x7F || banned.find(c) != std::string_view::npos;
  });
}

bool all_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::string lower_case(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  return out;
}

bool is_host(std::string_view text) {
  return !text.empty() && text.size() <= 255 && text[0] != '-' && has_none_of(text, "\"'@/[]\\");
}

bool is_unit(std::string_view text) { return !text.empty() && has_none_of(text, "\"'@\\"); }

bool is_loopback(std::string_view host) {
  if (host == "localhost" || host == "::1") return true;
  if (!host.starts_with("127.") || !has_none_of(host, "")) return false;
  int parts = 0;
  for (std::string_view rest = host; !rest.empty(); ++parts) {
    const std::string_view part = rest.substr(0, rest.find('.'));
    if (!all_digits(part) || part.size() > 3 || parse_number(part).value_or(999) > 255)
      return false;
    rest.remove_prefix(std::min(rest.size(), part.size() + 1));
    if (rest.empty() && host.ends_with('.')) return false;
  }
  return parts == 4;
}

std::string host_port(std::string_view host, std::uint16_t port) {
  const bool bare_v6 = host.find(':') != std::string_view::npos;
  return (bare_v6 ? "[" + std::string(host) + "]" : std::string(host)) + ":" + std::to_string(port);
}

std::optional<UpsAddress> parse_ups_address(std::string_view text, std::string& why) {
  UpsAddress address;
  const auto at = text.rfind('@');
  address.unit = text.substr(0, at);
  if (!is_unit(address.unit)) {
    why = "the part before '@' is the UPS's name in NUT: no blanks, quotes or '@'";
    return {};
  }
  if (at == std::string_view::npos) return address;
  std::string_view host = text.substr(at + 1);
  std::string_view port;
  if (host.starts_with('[')) {
    const auto end = host.find(']');
    const std::string_view rest = end == std::string_view::npos ? "" : host.substr(end + 1);
    if (end == std::string_view::npos || (!rest.empty() && rest[0] != ':')) {
      why = "an IPv6 address is written ups@[::1] or ups@[::1]:3493";
      return {};
    }
    port = rest;
    host = host.substr(1, end - 1);
  } else if (std::ranges::count(host, ':') > 1) {
    why = "an IPv6 address needs brackets: ups@[::1]:3493";
    return {};
  } else if (const auto colon = host.find(':'); colon != std::string_view::npos) {
    port = host.substr(colon);
    host = host.substr(0, colon);
  }
  if (!is_host(host)) {
    why = "the part after '@' must be a host name or address";
    return {};
  }
  address.host = lower_case(host);
  if (!port.empty()) {
    const auto number = all_digits(port.substr(1)) ? parse_number(port.substr(1)) : std::nullopt;
    if (!number || *number < 1 || *number > 65535) {
      why = "the port must be a number from 1 to 65535";
      return {};
    }
    address.port = static_cast<std::uint16_t>(*number);
  }
  return address;
}

}  // namespace nightwatt::config

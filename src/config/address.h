#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace nightwatt::config {

// NAME@HOST[:PORT] as NUT's clients write it. Host in lower case, without brackets.
struct UpsAddress {
  std::string unit;
  std::string host = "localhost";
  std::uint16_t port = 3493;
};
// nullopt with `why` set: not of that form. An IPv6 address needs brackets: ups@[::1]:3493.
std::optional<UpsAddress> parse_ups_address(std::string_view text, std::string& why);

std::string lower_case(std::string_view text);  // ASCII only
// A host name or address that can be handed to a resolver: no blanks, no leading '-'.
bool is_host(std::string_view text);
// A name that NUT's protocol can carry: no blanks, quotes, '@' or control characters.
bool is_unit(std::string_view text);
// 127.0.0.0/8, ::1, localhost.
bool is_loopback(std::string_view host);
// "host:port", with brackets when the host is an IPv6 address.
std::string host_port(std::string_view host, std::uint16_t port);

}  // namespace nightwatt::config

#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

// The texts of HTTP that need care: targets, and the Host and Origin headers of browsers.
namespace nightwatt::io {

struct Target {
  std::string path{};
  std::map<std::string, std::string> query{};
};
// "/v1/events?after=7": percent-decoded. Nothing for a bad escape, a NUL, or no leading slash.
std::optional<Target> parse_target(std::string_view target);

// An IP literal or "localhost", with or without a port. A name that a stranger's DNS answers with
// our address is neither, and so never reaches the API (DNS rebinding).
bool host_is_local_literal(std::string_view host);
// No Origin, or our own: a page of another site may not send us forms.
bool origin_allowed(std::string_view origin, std::string_view host);

}  // namespace nightwatt::io

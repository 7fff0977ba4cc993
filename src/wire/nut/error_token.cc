#include "wire/nut/error_token.h"

#include <algorithm>
#include <array>

#include "wire/nut/words.h"

namespace nightwatt::wire::nut {
namespace {

using enum MessageFailure;

constexpr std::array tokens{
    // The UPS is there for upsd, its data is not: another path may have them.
    ErrorToken{"DATA-STALE", data_stale, "the driver has stopped reporting"},
    ErrorToken{"DRIVER-NOT-CONNECTED", driver_down, "the driver of this UPS is not running"},

    // The configuration is wrong: trying again changes nothing before somebody changes it.
    ErrorToken{"ACCESS-DENIED", unauthorised, "user, password or address is not allowed"},
    ErrorToken{"USERNAME-REQUIRED", unauthorised, "a user name is needed"},
    ErrorToken{"PASSWORD-REQUIRED", unauthorised, "a password is needed"},
    ErrorToken{"INVALID-USERNAME", unauthorised, "the user name was not accepted"},
    ErrorToken{"INVALID-PASSWORD", unauthorised, "the password was not accepted"},
    ErrorToken{"PASSWORD-INCORRECT", unauthorised, "the password was not accepted"},

    // A valid answer that says: no data of this UPS by this path.
    ErrorToken{"UNKNOWN-UPS", refused, "the server has no UPS of that name"},
    ErrorToken{"VAR-NOT-SUPPORTED", refused, "the UPS has no such variable"},
    ErrorToken{"VAR-UNKNOWN", refused, "the UPS has no such variable"},
    ErrorToken{"UNKNOWN-VAR", refused, "the UPS has no such variable"},
    ErrorToken{"UNKNOWN-TYPE", refused, "the server does not know that type"},
    ErrorToken{"CMD-NOT-SUPPORTED", refused, "the UPS has no such command"},
    ErrorToken{"UNKNOWN-INSTCMD", refused, "the UPS has no such command"},
    ErrorToken{"INSTCMD-FAILED", refused, "the command was not handed to the driver"},
    ErrorToken{"SET-FAILED", refused, "the value was not handed to the driver"},
    ErrorToken{"READONLY", refused, "the variable cannot be set"},
    ErrorToken{"TOO-LONG", refused, "the value is too long"},
    ErrorToken{"INVALID-VALUE", refused, "the value is not one of those allowed"},
    ErrorToken{"FEATURE-NOT-SUPPORTED", refused, "the server was built without it"},
    ErrorToken{"FEATURE-NOT-CONFIGURED", refused, "the server is not configured for it"},
    ErrorToken{"TLS-NOT-ENABLED", refused, "the server is not configured for TLS"},
    ErrorToken{"UNKNOWN", refused, "the command's result is unknown"},
    ErrorToken{"FAILED", refused, "the command failed"},

    // Only a client that has lost step with the server can be told these. The connection's state is
    // not what we believe it to be, so its next reply cannot be trusted either.
    ErrorToken{"UNKNOWN-COMMAND", bad_reply, "the server does not know the request"},
    ErrorToken{"INVALID-ARGUMENT", bad_reply, "the server does not take the request's arguments"},
    ErrorToken{"MISSING-ARGUMENT", bad_reply, "the server misses an argument of the request"},
    ErrorToken{"ALREADY-SET-USERNAME", bad_reply, "a user name was already given"},
    ErrorToken{"ALREADY-SET-PASSWORD", bad_reply, "a password was already given"},
    ErrorToken{"ALREADY-LOGGED-IN", bad_reply, "this connection is logged in already"},
    ErrorToken{"ALREADY-ATTACHED", bad_reply, "this connection is logged in already"},
    ErrorToken{"ALREADY-SSL-MODE", bad_reply, "TLS is on already"},
    ErrorToken{"TLS-ALREADY-ENABLED", bad_reply, "TLS is on already"},
};

constexpr ErrorToken unknown_token{"", bad_reply, "an error that NUT does not define"};

}  // namespace

std::span<const ErrorToken> error_tokens() { return tokens; }

const ErrorToken& error_token(std::string_view token) {
  const auto found = std::ranges::find_if(
      tokens, [&](const ErrorToken& row) { return same_word(row.token, token); });
  return found == tokens.end() ? unknown_token : *found;
}

}  // namespace nightwatt::wire::nut

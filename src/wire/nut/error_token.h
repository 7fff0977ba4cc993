#pragma once

#include <span>
#include <string_view>

#include "model/comm.h"

// What each `ERR <token>` of the NUT protocol means to us, on purpose and in one table.
namespace nightwatt::wire::nut {

struct ErrorToken {
  std::string_view token;
  MessageFailure failure;
  std::string_view meaning;  // for people: completes "ERR DATA-STALE: ..."
};

// All tokens that upsd 2.7.4 to 2.8.5, older ones and RFC 9271 know, by failure.
std::span<const ErrorToken> error_tokens();

// The row of a token, in any case. A token that we do not know is a row of its own (bad_reply): the
// peer speaks something that we cannot judge.
const ErrorToken& error_token(std::string_view token);

}  // namespace nightwatt::wire::nut

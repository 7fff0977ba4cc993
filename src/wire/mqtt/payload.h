#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "profile/profile.h"

// What a device publishes, into a Reading; what it is told, into a payload.
namespace nightwatt::wire::mqtt {

// Takes the items that stand in one topic. The payload is the value itself (no pointer) or a JSON
// text (RFC 8259) in which a pointer (RFC 6901) finds it. A JSON null is a value that the device
// does not have; a number that the variable cannot have is marked as rejected in the reading and
// fails nothing.
// Errors, for people: not JSON, binary, empty, nothing at the pointer, an object where a value
// should be, text that is no number, a state that the profile does not list. The reading is then
// half filled: throw it away.
expected<void, std::string> read_payload(std::string_view payload,
                                         std::span<const profile::Item* const> items,
                                         Reading& reading);

// What to publish for this step of a command. With a pointer the value is wrapped into a JSON
// object: "/delay" and 30 make {"delay":30}. `value` is the order's.
// Errors: the step takes the order's value and that is no number.
expected<std::string, std::string> command_payload(const profile::WriteStep& step,
                                                   std::string_view value);

// "ok" in any case, with blanks around it.
bool says_ok(std::string_view payload);
// The same comparison with the profile's word.
bool says(std::string_view payload, std::string_view word);
// Made fit for a log: at most 120 bytes, one line, no control characters.
std::string quotable(std::string_view payload);

}  // namespace nightwatt::wire::mqtt

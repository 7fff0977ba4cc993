#pragma once

#include <string>
#include <string_view>

// Topic names (MQTT 3.1.1, section 4.7). Nightwatt subscribes to names only and never to wildcards:
// what a path reads is written down in its profile.
namespace nightwatt::wire::mqtt {

// 1 to 65,535 bytes of UTF-8 without NUL, '+' and '#'; control characters are refused too, because
// names stand in logs.
bool is_topic_name(std::string_view text);

// "ups/a" and "status" make "ups/a/status"; an empty unit or topic is left out.
std::string topic_below(std::string_view unit, std::string_view topic);

}  // namespace nightwatt::wire::mqtt

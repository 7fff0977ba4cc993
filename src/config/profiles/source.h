#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/section.h"
#include "profile/profile.h"

// Where a value stands: the keys of a variable or a step that depend on the protocol.
namespace nightwatt::config {

// Whole numbers that a raw value of the source can be; both 0 when there is no bound.
struct RawRange {
  double low = 0;
  double high = 0;
  bool bounded() const { return low != high; }
};
RawRange raw_range(const profile::Source& source);
// How many of its bits a bit map may name; a double counts to 2^53.
int bits_of(const profile::Source& source);

enum class Use : std::uint8_t { read, write };

// Nothing, with errors, when the place is missing or wrong.
std::optional<profile::Source> read_source(Section& section, profile::Protocol protocol, Use use);
// One of the keys that say where is written.
bool has_source(const Section& section, profile::Protocol protocol);
// "holding 12", "1.3.6.1.2.1.33.1.2.4.0", "status /battery": for messages and `profiles show`.
std::string show(const profile::Source& source);

// An MQTT topic that can stand behind a path's unit: no wildcards, no '/' at its ends.
bool is_topic_below(std::string_view topic);
// "1.3.6.1.2.1.1.1.0", a leading dot allowed (RFC 2578, section 3.5: 2 to 128 numbers).
std::optional<std::vector<std::uint32_t>> parse_oid(std::string_view text);
// A whole number in decimal or 0x hexadecimal, perhaps negative, at most 2^53.
std::optional<std::int64_t> parse_whole(std::string_view text);

}  // namespace nightwatt::config

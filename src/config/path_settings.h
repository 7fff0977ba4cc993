#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "base/time.h"
#include "core/comm/rule.h"

// The settings that a path, its destination and its comm device have in common, and which of the
// three a value came from (comm-failover, end of section 3).
namespace nightwatt::config {

class Section;

// Where the value of a setting is written; a later one beats an earlier one.
enum class Origin : std::uint8_t { built_in, comm_device, destination, path };

enum class PathSetting : std::uint8_t {
  message_timeout,
  message_delay,
  poll_attempts,
  initial_fail,
  subsequent_fail,
  retry_primary,
  metered,
};
inline constexpr std::size_t path_settings_count = 7;
using Origins = std::array<Origin, path_settings_count>;  // index: PathSetting

// What one place says of them: only what is written there.
struct PathSettings {
  std::optional<Duration> message_timeout{};
  std::optional<Duration> message_delay{};
  std::optional<int> poll_attempts{};
  std::optional<Duration> initial_fail{};
  std::optional<Duration> subsequent_fail{};
  std::optional<Duration> retry_primary{};
  std::optional<bool> metered{};
};

PathSettings read_path_settings(Section& section);

// `written` beats what `rule` has. Lay comm device, destination and path over each other in this
// order.
void lay_over(const PathSettings& written, Origin origin, core::PathRule& rule, Origins& origins);

// "timeout 3 s (destination) x 1, initial fail 5 s (path), retry primary 300 s": what has an
// effect on path `index` of `device`, with the place of each value that is written somewhere.
std::string show_path_settings(const core::DeviceRule& device, std::size_t index,
                               const Origins& origins);

}  // namespace nightwatt::config

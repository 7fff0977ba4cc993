#pragma once

#include <optional>
#include <string_view>

#include "base/time.h"
#include "core/power/memory.h"
#include "core/quorum/rule.h"
#include "model/power.h"

// What a group needs to know of one member, as a small value.
namespace nightwatt::core {

struct MemberInput {
  MemberState state = MemberState::unknown;
  bool evidence = false;
  bool ever_read = false;
  bool only_sight_in_doubt = false;  // DEGRADED by nothing but lost sight inside its grace
  bool only_comm_in_doubt = false;   // DEGRADED by nothing but conditions on status points
  Instant since{};
  std::optional<Instant> last_reading{};
  std::string_view name{};  // for sentences only
  friend bool operator==(const MemberInput&, const MemberInput&) = default;
};

MemberInput input_of(const MemberView& view, std::string_view name);

// Which of two looks at one member counts in a group that has triggers of its own: `replace` the
// group's; `add` the worse of both: evidence first, then CRITICAL, then UNKNOWN and DEGRADED alike,
// then DEGRADED by nothing but communication or sight in its grace; equally DEGRADED: the one with
// more reasons, else the member's own. Maintenance is the member's own and covers both. A group
// whose look was never read has nothing to say. `group` is null when the group has no triggers.
const MemberView& deciding_view(const MemberView& own, const MemberView* group, TriggersMode mode);

}  // namespace nightwatt::core

#pragma once

#include "core/power/member.h"

// The table of power-quorum section 1: memory -> state and reasons, and the notice of a change.
// Only for core/power.
namespace nightwatt::core {

// `holding`: what latch_evidence() returned.
void classify(MemberMemory& memory, const Watched& watched, std::uint32_t holding, Instant now,
              PowerOut& out);

}  // namespace nightwatt::core

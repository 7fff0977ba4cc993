#pragma once

#include <cstdint>

#include "base/id.h"

// What the engine calls things. DeviceId, CommId and GroupId are indices into the Site's tables
// (core/site.h) and live as long as one loaded configuration; names are for people and for disk.
namespace nightwatt {

using DeviceId = Id<struct DeviceTag, std::uint32_t>;
using CommId = Id<struct CommTag, std::uint32_t>;
using GroupId = Id<struct GroupTag, std::uint32_t>;
using StepId = Id<struct StepTag, std::uint16_t>;  // index into one plan's steps

// Never reused within one run of the engine: a late reply to an old message matches nothing.
using Transaction = Id<struct TransactionTag, std::uint64_t>;
// Unique over all runs recorded in one journal.
using RunId = Id<struct RunTag, std::uint64_t>;
// Ties an operator's request to its Answer.
using RequestId = Id<struct RequestTag, std::uint64_t>;

// 1 = primary, 2 = first failover, 3 = second failover, ... 8. 0 never names a path.
using PathRank = Id<struct PathTag, std::uint8_t>;
inline constexpr std::uint8_t paths_max = 8;
inline constexpr PathRank primary{1};

}  // namespace nightwatt

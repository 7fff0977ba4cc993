#pragma once

#include "base/time.h"
#include "model/ids.h"
#include "model/reading.h"

// Status points among a device's variables (comm-failover, section 4).
namespace nightwatt::core {

class Comm;

// Those that the device's profiles fill with a poll of that schedule over that path, as they are
// now. A point that is not known yet is left out. REQUIRES: DeviceRule::points.
Reading points_of(const Comm& comm, DeviceId device, std::uint16_t schedule, PathRank path,
                  Instant now);

}  // namespace nightwatt::core

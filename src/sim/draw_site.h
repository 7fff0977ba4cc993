#pragma once

#include "base/rng.h"
#include "core/site.h"

namespace nightwatt::sim {

// A whole site from a seed: devices, shared comm devices, groups, plans. Everything that config/
// would accept may come out, the unusual combinations on purpose more often than in real life.
core::Site draw_site(Rng& rng);

}  // namespace nightwatt::sim

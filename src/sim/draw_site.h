#pragma once

#include "base/rng.h"
#include "core/site.h"
#include "model/effect.h"

namespace nightwatt::sim {

// A whole site from a seed: devices, shared comm devices, groups, plans. Everything that config/
// would accept may come out, the unusual combinations on purpose more often than in real life.
core::Site draw_site(Rng& rng);

// Its answer is what decisions look at.
inline bool ends_first_schedule(const core::Site& site, const SendMessage& sent) {
  return sent.schedule == 0 &&
         sent.part + 1 >= core::messages_of(site.devices[sent.device.value], 0, sent.path);
}

}  // namespace nightwatt::sim

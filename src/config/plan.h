#pragma once

#include "config/written.h"

namespace nightwatt::config {

// What a plan is made of.
struct PlanParts {
  const OwnedWritten& owned;
  const RunWritten& run;
  const LocalWritten& local;
  bool ends_with_local = false;  // this machine's power-off is its last step
  bool dry_run = false;          // behavior.dry_run
};

// The plan of one owner: its enabled remote servers by phase, then `sync` when it is written, then
// the local command, alone and last. Reports unknown names in depends_on, dependencies on a later
// phase, and cycles.
core::PlanRule build_plan(const PlanParts& parts, Diagnostics& out);

}  // namespace nightwatt::config

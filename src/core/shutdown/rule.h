#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/time.h"
#include "model/ids.h"
#include "model/run.h"

// The checked settings of one group's plan (shutdown.md).
namespace nightwatt::core {

enum class StrayFlag : std::uint8_t {
  suppress,  // Eneru's rule, word for word: a flag at first call suppresses
  replace,   // replace one that has no live owner, and go on
};

struct StepRule {
  std::string id;    // unique in the plan: "remote:compute-1", "sync", "local"
  std::string name;  // for people
  int phase = 0;     // effective shutdown_order, ascending; equal phases run in parallel
  bool is_local_power_off = false;        // always alone and last
  std::vector<std::string> depends_on{};  // ids, besides the phases
  StepAction action{};
  Duration deadline{std::chrono::seconds(100)};
  bool wait_down = false;  // successors wait for down_confirmed too
  bool dry_run = false;    // of this step, or of anything above it
  template <class A>
  void fields(A& a) {  // a running plan outlives the configuration that it was made from
    a(id, name, phase, is_local_power_off, depends_on, action, deadline, wait_down, dry_run);
  }
};

struct PlanRule {
  std::vector<StepRule> steps{};  // no cycles, no unknown ids: config/ saw to it
  Duration confirm_for{0};
  bool hurry = true;
  StrayFlag stray_flag = StrayFlag::suppress;
  bool uses_flag = true;     // redundancy groups; a UPS group has none
  Duration return_after{0};  // quorum healthy this long before machines are expected back
};

}  // namespace nightwatt::core

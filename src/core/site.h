#pragma once

#include <string>
#include <vector>

#include "core/comm/rule.h"
#include "core/power/rule.h"
#include "core/quorum/rule.h"
#include "core/shutdown/rule.h"

// One loaded configuration, checked: all that the engine knows of the user's world.
// DeviceId, CommId and GroupId are indices into these tables.
namespace nightwatt::core {

struct GroupRule {
  std::string name{};
  bool is_local = false;
  QuorumRule quorum{};
  PlanRule plan{};
};

struct Site {
  std::vector<CommRule> comms{};
  std::vector<DeviceRule> devices{};
  std::vector<MemberRule> members{};  // one for each device that is a UPS
  std::vector<GroupRule> groups{};
  // Names of the variables that decisions do not use; VariableId - first_other_variable is an
  // index.
  std::vector<std::string> other_variables{};
  bool dry_run = false;  // orders to devices are answered as dry runs; steps say it themselves
};

}  // namespace nightwatt::core

#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "core/comm/rule.h"

namespace nightwatt::core {

// The rules of a site, shared with whoever else has them: for 10,000 devices they are megabytes.
struct SiteRules {
  std::shared_ptr<const std::vector<CommRule>> comms{};
  std::shared_ptr<const std::vector<DeviceRule>> devices{};
};

inline SiteRules shared_rules(std::vector<CommRule> comms, std::vector<DeviceRule> devices) {
  return {std::make_shared<const std::vector<CommRule>>(std::move(comms)),
          std::make_shared<const std::vector<DeviceRule>>(std::move(devices))};
}

}  // namespace nightwatt::core

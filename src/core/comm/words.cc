#include "core/comm/words.h"

#include "core/comm/rule.h"
#include "core/comm/view.h"

namespace nightwatt::core {

std::string_view path_word(PathRank path) {
  switch (path.value) {
    case 1: return "primary";
    case 2: return "first failover";
    case 3: return "second failover";
    case 4: return "third failover";
    case 5: return "fourth failover";
    case 6: return "fifth failover";
    case 7: return "sixth failover";
    case 8: return "seventh failover";
  }
  return "unknown";
}

std::string_view state_word(CommState state) {
  switch (state) {
    case CommState::ok: return "ok";
    case CommState::disabled: return "disabled";
    case CommState::missing: return "missing from the configuration";
    case CommState::driver_down: return "without a running driver";
    case CommState::out_of_service: return "out of service";
  }
  return "?";
}

std::string duration_words(Duration duration) {
  const Duration::rep ms = duration.count() < 0 ? 0 : duration.count();
  const Duration::rep s = ms / 1000;
  if (s >= 3600) return std::to_string(s / 3600) + " h " + std::to_string(s / 60 % 60) + " min";
  if (s >= 120) return std::to_string(s / 60) + " min " + std::to_string(s % 60) + " s";
  const Duration::rep tenths = ms / 100 % 10;
  if (tenths == 0) return std::to_string(s) + " s";
  return std::to_string(s) + "." + std::to_string(tenths) + " s";
}

std::string_view to_string(Binding binding) {
  switch (binding) {
    case Binding::current: return "current";
    case Binding::primary: return "primary";
    case Binding::secondary: return "secondary";
    case Binding::tertiary: return "tertiary";
  }
  return "?";
}

std::string_view to_string(PathCondition condition) {
  switch (condition) {
    case PathCondition::active: return "active";
    case PathCondition::failing: return "failing";
    case PathCondition::standby: return "standby";
    case PathCondition::unusable: return "unusable";
  }
  return "?";
}

}  // namespace nightwatt::core

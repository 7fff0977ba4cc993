// simulate: a user's own configuration against a timeline, in virtual time.
#include <fmt/format.h>

#include "app/commands.h"
#include "app/configuration.h"

namespace nightwatt::app {

int simulate(const SimulateOptions& options) {
  const auto config = config_or_complain(options.config, true);
  if (!config) return exit_usage;
  fmt::print(stderr, "error: {}: scenarios are not read yet\n", options.scenario);
  return exit_usage;
}

}  // namespace nightwatt::app

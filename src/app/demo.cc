// The demo's front door. The acts follow.
#include <fmt/format.h>

#include "app/commands.h"
#include "rack/rack.h"

namespace nightwatt::app {

int demo(const DemoOptions& options) {
  const rack::RackThread rack;
  fmt::print("the rack listens on ports {} and {}; its story is not told yet ({})\n",
             rack.port(rack::Feed::a, rack::Line::first),
             rack.port(rack::Feed::b, rack::Line::first), options.fast ? "fast" : "slow");
  return exit_failed;
}

}  // namespace nightwatt::app

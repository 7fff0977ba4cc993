#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "config/config.h"

// Any bytes as a configuration: load() must come back with either a Config or an error that can be
// shown, and what it accepts must be fit for the summary.
namespace {

using nightwatt::config::Config;

void require(bool condition) {
  if (!condition) std::abort();
}

// What the engine takes for granted about a site.
void check_site(const Config& config) {
  const auto& site = config.site;
  require(config.endpoints.size() == site.comms.size());
  std::size_t upses = 0;
  for (const auto& device : site.devices) {
    require(!device.name.empty() && !device.paths.empty() &&
            device.paths.size() <= nightwatt::paths_max);
    require(device.active_at_start.value >= 1 &&
            device.active_at_start.value <= device.paths.size());
    for (const auto& path : device.paths) {
      require(path.comm.value < site.comms.size() && path.poll_attempts >= 1);
      const bool snmp = config.endpoints[path.comm.value].driver == "snmp";
      require(path.unit.empty() == snmp);
    }
    upses += device.is_ups ? 1 : 0;
  }
  require(site.members.size() == upses);
  for (std::size_t i = 0; i < upses; ++i) require(site.members[i].device.value == i);
  for (const auto& group : site.groups) {
    const auto members = static_cast<int>(group.quorum.members.size());
    require(!group.name.empty() && group.quorum.min_healthy >= 1 &&
            group.quorum.min_healthy <= members);
    for (const auto member : group.quorum.members) require(member.value < upses);
    for (std::size_t i = 0; i < group.plan.steps.size(); ++i) {
      const auto& step = group.plan.steps[i];
      require(!step.id.empty() && step.deadline.count() > 0);
      require(!step.is_local_power_off || i + 1 == group.plan.steps.size());
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  nightwatt::config::Environment environment;
  environment.config_mode = 0600;
  environment.variable = [](const std::string& name) -> std::optional<std::string> {
    return name == "PW" ? std::optional<std::string>("secret") : std::nullopt;
  };
  environment.read_secret = [](const std::string&)
      -> nightwatt::expected<nightwatt::config::SecretFile, nightwatt::Error> {
    return nightwatt::config::SecretFile{"secret\n", 0600};
  };
  const auto loaded = nightwatt::config::load("fuzz.yaml", text, environment);
  require(loaded.config.has_value() == loaded.diagnostics.ok());
  (void)nightwatt::config::render(loaded.diagnostics, "fuzz.yaml", text);
  if (!loaded.config) return 0;
  check_site(*loaded.config);
  require(!nightwatt::config::summary(*loaded.config).empty());
  return 0;
}

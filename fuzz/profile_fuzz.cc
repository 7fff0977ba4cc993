#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "config/profiles/profile_file.h"

// Any bytes as a profile: load_profile() must come back with either a profile or an error that can
// be shown, and what it accepts must be fit for plans, readings and writes.
namespace {

using namespace nightwatt;

void require(bool condition) {
  if (!condition) std::abort();
}

void check_items(const profile::Profile& profile) {
  for (const profile::Item& item : profile.items) {
    require(item.scale != 0);
    for (std::size_t i = 1; i < item.meanings.size(); ++i) {
      require(item.meanings[i - 1].raw < item.meanings[i].raw);
    }
    Reading reading;
    for (const double raw : {0.0, -1.0, 1.5, 65'535.0, 1e300}) {
      profile::take(item, raw, reading);
    }
    profile::take_text(item, "0101", reading);
    profile::take_text(item, "OL", reading);
    if (const auto* modbus = std::get_if<profile::ModbusSource>(&item.source)) {
      require(modbus->address + profile::registers_of(modbus->type) <= 65'536);
    }
  }
}

void check_plan(const profile::Profile& profile) {
  const profile::ReadPlan plan = profile::plan(profile, {});
  std::size_t items = 0;
  for (const profile::ReadMessage& message : plan.messages) {
    require(message.items > 0 && message.first == items);
    items += message.items;
  }
  require(items == profile.items.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::vector<std::string> others;
  config::VariableNames names(others);
  const config::LoadedProfile loaded = config::load_profile(text, names);
  require(loaded.profile.has_value() == loaded.diagnostics.ok());
  (void)config::render(loaded.diagnostics, "fuzz.yaml", text);
  if (!loaded.profile) return 0;
  check_items(*loaded.profile);
  check_plan(*loaded.profile);
  for (const profile::Command& each : loaded.profile->commands) {
    const bool select = each.policy == ControlPolicy::select_before_operate;
    require(each.steps.size() == (select ? 2u : 1u));
    for (const profile::WriteStep& step : each.steps) require(step.scale != 0);
  }
  return 0;
}

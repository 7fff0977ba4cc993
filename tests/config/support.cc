#include "tests/config/support.h"

#include <gtest/gtest.h>

namespace nightwatt::config::test {
namespace {

template <class Range>
const auto& only_named(const Range& range, std::string_view name, std::string_view what) {
  for (const auto& each : range) {
    if (each.name == name) return each;
  }
  ADD_FAILURE() << "no " << what << " '" << name << "'";
  static const typename Range::value_type none{};
  return none;
}

}  // namespace

Environment World::environment() const {
  Environment environment;
  environment.variable = [this](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
  environment.read_secret = [this](const std::string& path) -> expected<SecretFile, Error> {
    const auto found = files.find(path);
    if (found == files.end()) return fail(Errc::not_found, "no such file");
    return found->second;
  };
  environment.read_profile = [this](const std::string& path) -> expected<std::string, Error> {
    const auto found = profiles.find(path);
    if (found == profiles.end()) return fail(Errc::not_found, path + ": no such file");
    return found->second;
  };
  environment.config_mode = config_mode;
  return environment;
}

Loaded load_text(std::string_view text, const World& world) {
  return load("site.yaml", text, world.environment());
}

std::string problems(std::string_view text, const World& world) {
  return render(load_text(text, world).diagnostics, "site.yaml", text);
}

std::string errors(std::string_view text, const World& world) {
  std::string out;
  const Loaded loaded = load_text(text, world);
  for (const Diagnostic& each : loaded.diagnostics.list()) {
    if (each.severity == Severity::error) out += each.message + '\n';
  }
  return out;
}

Config good(std::string_view text, const World& world) {
  Loaded loaded = load_text(text, world);
  EXPECT_TRUE(loaded.config.has_value()) << render(loaded.diagnostics, "site.yaml", text);
  return loaded.config ? std::move(*loaded.config) : Config{};
}

const core::DeviceRule& device(const Config& config, std::string_view name) {
  return only_named(config.site.devices, name, "device");
}

const core::GroupRule& group(const Config& config, std::string_view name) {
  return only_named(config.site.groups, name, "group");
}

const core::StepRule& step(const core::GroupRule& group, std::string_view id) {
  for (const core::StepRule& each : group.plan.steps) {
    if (each.id == id) return each;
  }
  ADD_FAILURE() << "no step '" << id << "'";
  static const core::StepRule none{};
  return none;
}

std::string large_site(int count) {
  const auto text = [](int number) { return std::to_string(number); };
  std::string out = "comm_devices:\n";
  for (int i = 0; i < 500; ++i) {
    const std::string host = text(i / 250) + "." + text(i % 250);
    out += "  - {id: nut-a" + text(i) + ", driver: nut, host: 10.0." + host + "}\n";
    out += "  - {id: nut-b" + text(i) + ", driver: nut, host: 10.1." + host + "}\n";
  }
  out += "ups:\n";
  for (int i = 0; i < count; ++i) {
    out += "  - name: UPS-" + text(i) + "\n    check_interval: 1\n    paths:\n";
    out += "      - {comm: nut-a" + text(i % 500) + ", unit: ups" + text(i) +
           ", message_timeout_ms: 1000, initial_fail: 5s}\n";
    out += "      - {comm: nut-b" + text(i % 500) + ", unit: ups" + text(i) +
           ", retry_primary: 300s}\n";
  }
  out += "redundancy_groups:\n";
  for (int i = 0; i + 1 < count; i += 2) {
    out += "  - name: rack-" + text(i / 2) + "\n    ups_sources: [UPS-" + text(i) + ", UPS-" +
           text(i + 1) + "]\n    remote_servers:\n      - {name: node " + text(i) +
           ", enabled: true, host: node-" + text(i) + ".example, user: root}\n";
  }
  return out;
}

}  // namespace nightwatt::config::test

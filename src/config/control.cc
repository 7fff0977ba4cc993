#include "config/control.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "config/kept.h"
#include "config/profiles/variable_names.h"

namespace nightwatt::config {
namespace {

constexpr std::size_t allowed_max = 64;
const DurationRange expiry_range{.low = Duration{100}, .high = std::chrono::minutes(10)};

AllowWritten read_allowed(const Item& node, const std::string& label, Draft& draft) {
  AllowWritten allowed;
  if (node.kind == ItemKind::scalar && !node.text.empty()) {
    allowed.name = {node.text, node.pos};
    return allowed;
  }
  Section section(node, label, draft.out);
  if (!section.name("name", allowed.name) && !section.has("name")) {
    draft.out.error(section.pos(), label + " has no 'name'");
  }
  ControlPolicy policy{};
  if (section.choice("policy", policy,
                     {{"never", ControlPolicy::never},
                      {"verify_then_retry", ControlPolicy::verify_then_retry},
                      {"idempotent", ControlPolicy::idempotent},
                      {"select_before_operate", ControlPolicy::select_before_operate}})) {
    allowed.policy = policy;
  }
  Duration expiry{};
  if (section.duration("expiry", expiry, expiry_range)) allowed.expiry = expiry;
  section.finish();
  return allowed;
}

// How exactly a reading can show what was written: half a step of its item.
double tolerance_of(const profile::Profile& profile, VariableId variable) {
  for (const profile::Item& item : profile.items) {
    if (item.variable == variable) return std::abs(item.scale) / 2;
  }
  return 0;
}

// The first schedule that brings the variable on this path.
void find_read_back(const profile::PathPlan& plan, VariableId variable, core::ControlPath& path) {
  for (std::size_t s = 0; s < plan.schedules.size(); ++s) {
    for (const std::uint16_t item : plan.schedules[s].items) {
      if (plan.profile.items[item].variable != variable) continue;
      path.verify_schedule = static_cast<std::uint16_t>(s);
      return;
    }
  }
  path.verifiable = false;
}

// The order's value goes into one of its steps.
bool has_parameter(const profile::Command& command) {
  return std::ranges::any_of(
      command.steps, [](const profile::WriteStep& step) { return !step.number && !step.text; });
}

// One allowed name of one kind, over all paths of its device.
class Builder {
 public:
  Builder(Draft& draft, DeviceId device, const AllowWritten& allowed, Duration expiry)
      : draft_(draft),
        device_(device),
        rule_(draft.config.site.devices[device.value]),
        allowed_(allowed) {
    control_.name = allowed.name.value;
    control_.expiry = allowed.expiry.value_or(expiry);
  }

  // Nothing: no path knows it as this kind.
  std::optional<core::ControlRule> build(ControlKind kind) {
    control_.kind = kind;
    const profile::Command* known = nullptr;
    bool any = false;
    bool takes_value = false;
    for (std::uint8_t p = 1; p <= rule_.paths.size(); ++p) {
      const profile::PathPlan* plan = draft_.config.plans.at(device_, PathRank{p});
      core::ControlPath path;
      if (plan != nullptr) {
        const auto* command = profile::find_command(plan->profile, kind, control_.name);
        path.steps =
            command == nullptr ? std::uint8_t{0} : static_cast<std::uint8_t>(command->steps.size());
        takes_value = takes_value || (command != nullptr && has_parameter(*command));
        if (known == nullptr && command != nullptr) adopt(*command, plan->profile);
        if (known == nullptr) known = command;
      }
      takes_value = takes_value || plan == nullptr;  // NUT says itself what it makes of one
      any = any || path.steps > 0;
      control_.paths.push_back(path);
    }
    if (!any) return std::nullopt;
    control_.takes_value = takes_value;
    if (allowed_.policy) control_.policy = *allowed_.policy;
    // NUT takes any name; what must be read back is a variable there.
    const bool unread = control_.policy == ControlPolicy::verify_then_retry && known == nullptr;
    if (unread && kind == ControlKind::command) return std::nullopt;
    find_verification();
    judge(known);
    return control_;
  }

 private:
  void adopt(const profile::Command& command, const profile::Profile& profile) {
    control_.policy = command.policy;
    control_.low = command.low;
    control_.high = command.high;
    if (!command.verify) return;
    control_.verify =
        core::VerifyRule{.variable = command.verify->variable,
                         .number = command.verify->number,
                         .words = command.verify->words,
                         .tolerance = tolerance_of(profile, command.verify->variable)};
  }

  // A variable is read back as itself.
  void find_verification() {
    if (control_.policy != ControlPolicy::verify_then_retry) return;
    if (!control_.verify && control_.kind == ControlKind::write) {
      const auto id = VariableNames(draft_.config.site.other_variables).id(control_.name);
      if (id) control_.verify = core::VerifyRule{.variable = *id};
    }
    if (!control_.verify) return;
    for (std::uint8_t p = 1; p <= rule_.paths.size(); ++p) {
      const profile::PathPlan* plan = draft_.config.plans.at(device_, PathRank{p});
      if (plan == nullptr) {
        control_.paths[p - 1u].verify_schedule =
            nut_schedule_of(draft_, device_, control_.verify->variable);
        continue;
      }
      find_read_back(*plan, control_.verify->variable, control_.paths[p - 1u]);
      if (control_.verify->tolerance == 0) {
        control_.verify->tolerance = tolerance_of(plan->profile, control_.verify->variable);
      }
    }
  }

  void judge(const profile::Command* known) {
    const bool selects = known != nullptr && known->steps.size() == 2;
    const bool wants = control_.policy == ControlPolicy::select_before_operate;
    if (allowed_.policy && selects != wants) {
      draft_.out.error(allowed_.name.pos,
                       selects ? fmt::format("'{}' is selected before it is operated: its profile "
                                             "says so, and no other policy fits",
                                             control_.name)
                               : fmt::format("'{}': its profile has no select to do before it is "
                                             "operated",
                                             control_.name));
    }
    if (control_.policy == ControlPolicy::verify_then_retry && !control_.verify &&
        control_.kind == ControlKind::command) {
      draft_.out.error(
          allowed_.name.pos,
          fmt::format("'{}': nothing is known by which it could be read back", control_.name),
          "verify_then_retry needs `verify:` of its command in the profile");
    }
  }

  Draft& draft_;
  DeviceId device_;
  const core::DeviceRule& rule_;
  const AllowWritten& allowed_;
  core::ControlRule control_{};
};

void tell_unknown(const Draft& draft, DeviceId device, const AllowWritten& allowed) {
  std::vector<std::string_view> names;
  const core::DeviceRule& rule = draft.config.site.devices[device.value];
  for (std::uint8_t p = 1; p <= rule.paths.size(); ++p) {
    const profile::PathPlan* plan = draft.config.plans.at(device, PathRank{p});
    if (plan == nullptr) continue;
    for (const profile::Command& each : plan->profile.commands) names.push_back(each.name);
  }
  draft.out.error(
      allowed.name.pos,
      fmt::format("no path of '{}' can carry out '{}'", rule.name, allowed.name.value),
      names.empty() ? "its profiles have no commands" : meant(allowed.name.value, names));
}

}  // namespace

void read_control(Section& section, Draft& draft, core::DeviceRule& device,
                  DeviceWritten& written) {
  const Item* node = section.take("control");
  if (node == nullptr) return;
  Section control(*node, section.path("control"), draft.out);
  control.duration("expiry", written.control_expiry, expiry_range);
  const Item* list = control.take_list("allow");
  const std::size_t count = list == nullptr ? 0 : list->children.size();
  if (count > allowed_max) {
    draft.out.error(list->pos, fmt::format("more than {} allowed orders", allowed_max));
  }
  for (std::size_t i = 0; i < std::min(count, allowed_max); ++i) {
    const std::string label = fmt::format("{}[{}]", control.path("allow"), i + 1);
    AllowWritten allowed = read_allowed(*list->children[i], label, draft);
    auto& names = device.allow_control;
    if (std::ranges::find(names, allowed.name.value) != names.end()) {
      draft.out.error(allowed.name.pos, fmt::format("'{}' is allowed twice", allowed.name.value));
      continue;
    }
    names.push_back(allowed.name.value);
    written.allow.push_back(std::move(allowed));
  }
  control.finish();
}

void build_controls(Draft& draft) {
  draft.config.site.dry_run = draft.config.dry_run;
  for (std::uint32_t d = 0; d < draft.config.site.devices.size(); ++d) {
    const DeviceWritten& written = draft.devices[d];
    if (written.allow.empty() || !draft.out.ok()) continue;
    for (const AllowWritten& allowed : written.allow) {
      auto& controls = draft.config.site.devices[d].controls;
      const std::size_t before = controls.size();
      const DeviceId device{d};
      for (const ControlKind kind : {ControlKind::command, ControlKind::write}) {
        auto rule = Builder(draft, device, allowed, written.control_expiry).build(kind);
        if (rule) controls.push_back(std::move(*rule));
      }
      if (controls.size() == before) tell_unknown(draft, device, allowed);
    }
  }
}

}  // namespace nightwatt::config

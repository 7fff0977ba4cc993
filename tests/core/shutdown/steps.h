#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/shutdown/rule.h"

// Short words for plans in tests: plan_of({remote("a", 1), wait_down(remote("nas", 2)), local()}).
namespace nightwatt::core::test {

using Lines = std::vector<std::string>;

inline Duration s(double value) { return Duration{static_cast<std::int64_t>(value * 1000)}; }
inline Instant at(double value) { return Instant{s(value)}; }

inline StepRule remote(std::string id, int phase, double deadline_s = 100) {
  StepRule rule;
  rule.id = id;
  rule.name = id;
  rule.phase = phase;
  rule.deadline = s(deadline_s);
  RemoteAction action;
  action.host = std::move(id);
  rule.action = std::move(action);
  return rule;
}

inline StepRule command(std::string id, int phase, double deadline_s = 100) {
  StepRule rule = remote(std::move(id), phase, deadline_s);
  rule.action = CommandAction{{"true"}};
  return rule;
}

inline StepRule local(double deadline_s = 10) {
  StepRule rule = command("local", 0, deadline_s);
  rule.is_local_power_off = true;
  return rule;
}

inline StepRule after(StepRule rule, std::vector<std::string> ids) {
  rule.depends_on = std::move(ids);
  return rule;
}

inline StepRule wait_down(StepRule rule) {
  rule.wait_down = true;
  return rule;
}

inline StepRule dry(StepRule rule) {
  rule.dry_run = true;
  return rule;
}

inline PlanRule plan_of(std::vector<StepRule> steps, double confirm_s = 0) {
  PlanRule rule;
  rule.steps = std::move(steps);
  rule.confirm_for = s(confirm_s);
  return rule;
}

}  // namespace nightwatt::core::test

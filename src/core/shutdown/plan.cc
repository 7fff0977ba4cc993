#include "core/shutdown/plan.h"
#include "core/shutdown/step_index.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/check.h"

namespace nightwatt::core {
namespace {

StepState state_of(StepResult result) {
  switch (result) {
    case StepResult::ok: return StepState::ok;
    case StepResult::failed: return StepState::failed;
    case StepResult::timed_out: return StepState::timed_out;
  }
  return StepState::failed;
}

bool ended(StepState state) { return state != StepState::pending && state != StepState::running; }

}  // namespace

Plan::Plan(std::vector<StepRule> steps) : rules_(std::move(steps)) {
  NW_CHECK(rules_.size() <= std::numeric_limits<decltype(StepId::value)>::max());
  NW_CHECK(find_cycle(rules_).empty());
  const StepIndex index = step_index(rules_);
  NW_CHECK(index.size() == rules_.size());
  records_.resize(rules_.size());
  after_.resize(rules_.size());
  wait_over_.resize(rules_.size(), false);
  repeated_.resize(rules_.size(), false);
  for (std::size_t at = 0; at < rules_.size(); ++at) {
    records_[at].id = rules_[at].id;
    records_[at].name = rules_[at].name.empty() ? rules_[at].id : rules_[at].name;
    records_[at].dry_run = rules_[at].dry_run;
    for (const std::string& id : rules_[at].depends_on) {
      const auto found = index.find(id);
      if (found != index.end()) {
        after_[at].push_back(StepId{static_cast<std::uint16_t>(found->second)});
      }
    }
  }
  put_in_order();
}

// By rank; inside a rank whatever is depended on comes first, else the order of the configuration.
void Plan::put_in_order() {
  std::vector<StepId> by_rank;
  by_rank.reserve(rules_.size());
  for (std::size_t at = 0; at < rules_.size(); ++at) {
    by_rank.push_back(StepId{static_cast<std::uint16_t>(at)});
  }
  std::sort(by_rank.begin(), by_rank.end(), [this](StepId a, StepId b) {
    return std::pair(step_rank(rule(a)), a.value) < std::pair(step_rank(rule(b)), b.value);
  });
  std::vector<bool> placed(rules_.size(), false);
  const auto place = [&](const auto& self, StepId step) -> void {
    if (placed[step.value]) return;
    placed[step.value] = true;
    for (const StepId before : after_[step.value]) self(self, before);
    order_.push_back(step);
  };
  for (const StepId step : by_rank) place(place, step);
}

std::optional<StepId> Plan::find(std::string_view id) const {
  for (std::size_t at = 0; at < rules_.size(); ++at) {
    if (rules_[at].id == id) return StepId{static_cast<std::uint16_t>(at)};
  }
  return std::nullopt;
}

// A dry run touches nothing and a failed step has most likely shut nothing down: neither is waited
// for to be down.
bool Plan::waits_for_down(StepId step, Instant now) const {
  const StepRecord& record = records_[step.value];
  return record.state == StepState::ok && rule(step).wait_down && !record.dry_run &&
         !record.down_confirmed && !wait_over_[step.value] && record.started_at &&
         now < *record.started_at + rule(step).deadline;
}

bool Plan::through(StepId step, Instant now) const {
  return ended(records_[step.value].state) && !waits_for_down(step, now);
}

std::vector<StepId> Plan::ready(Instant now) const {
  std::vector<StepId> steps;
  std::optional<int> open_rank;  // the lowest rank that holds a step that is not through
  for (const StepId step : order_) {
    if (open_rank && step_rank(rule(step)) > *open_rank) break;
    if (through(step, now)) continue;
    open_rank = step_rank(rule(step));
    if (records_[step.value].state != StepState::pending) continue;
    const auto& before = after_[step.value];
    if (std::all_of(before.begin(), before.end(), [&](StepId s) { return through(s, now); })) {
      steps.push_back(step);
    }
  }
  return steps;
}

std::vector<StepId> Plan::overdue(Instant now) const {
  std::vector<StepId> steps;
  for (const StepId step : order_) {
    const StepRecord& record = records_[step.value];
    if (record.state == StepState::running && now >= *record.started_at + rule(step).deadline) {
      steps.push_back(step);
    }
  }
  return steps;
}

std::optional<Instant> Plan::next_deadline(Instant now) const {
  std::optional<Instant> next;
  for (const StepId step : order_) {
    const StepRecord& record = records_[step.value];
    if (record.state != StepState::running && !waits_for_down(step, now)) continue;
    const Instant due = *record.started_at + rule(step).deadline;
    if (!next || due < *next) next = due;
  }
  return next;
}

bool Plan::everything_done() const {
  return std::all_of(records_.begin(), records_.end(),
                     [](const StepRecord& record) { return ended(record.state); });
}

bool Plan::machines_left() const {
  for (const StepId step : order_) {
    if (!rule(step).is_local_power_off && !ended(records_[step.value].state)) return true;
  }
  return false;
}

void Plan::started(StepId step, Instant now) {
  StepRecord& record = records_[step.value];
  NW_CHECK(record.state == StepState::pending);
  record.state = StepState::running;
  record.started_at = now;
}

bool Plan::finished(StepId step, StepResult result, std::string error, Instant now) {
  if (step.value >= records_.size()) return false;
  StepRecord& record = records_[step.value];
  if (record.state != StepState::running) return false;
  record.state = state_of(result);
  record.error = std::move(error);
  record.ended_at = now;
  return true;
}

bool Plan::down_confirmed(StepId step) {
  if (step.value >= records_.size()) return false;
  StepRecord& record = records_[step.value];
  if (!record.started_at || record.dry_run || record.down_confirmed) return false;
  record.down_confirmed = true;
  return true;
}

std::vector<StepId> Plan::skip_pending(const std::string& why, Instant now) {
  std::vector<StepId> skipped;
  for (const StepId step : order_) {
    StepRecord& record = records_[step.value];
    if (record.state != StepState::pending) continue;
    record.state = StepState::skipped;
    record.error = why;
    record.ended_at = now;
    skipped.push_back(step);
  }
  return skipped;
}

std::vector<StepId> Plan::stop_waiting(Instant now) {
  std::vector<StepId> stopped;
  for (const StepId step : order_) {
    if (!waits_for_down(step, now)) continue;
    wait_over_[step.value] = true;
    stopped.push_back(step);
  }
  return stopped;
}

void Plan::restore(const StepRecord& record) {
  const std::optional<StepId> step = find(record.id);
  NW_CHECK(step.has_value());
  StepRecord& ours = records_[step->value];
  const bool dry_run_now = ours.dry_run;
  std::string name_now = std::move(ours.name);
  ours = record;
  ours.name = std::move(name_now);
  if (!ended(ours.state)) ours.dry_run = dry_run_now;  // what is still to come obeys today's rule
}

void Plan::repeat_interrupted() {
  for (std::size_t at = 0; at < records_.size(); ++at) {
    if (records_[at].state != StepState::running) continue;
    records_[at].state = StepState::pending;
    records_[at].started_at.reset();
    repeated_[at] = true;
  }
}

Duration Plan::left(StepId step, Instant now) const {
  const StepRecord& record = records_[step.value];
  if (record.state == StepState::pending) return rule(step).deadline;
  if (through(step, now)) return Duration{0};
  return std::max(Duration{0}, *record.started_at + rule(step).deadline - now);
}

Duration Plan::needed_time(Instant now) const {
  std::vector<Duration> end(rules_.size());
  Duration lower_ranks{0};  // when the last step of all lower ranks ends
  Duration longest{0};
  std::optional<int> current;
  for (const StepId step : order_) {
    if (current != step_rank(rule(step))) lower_ranks = longest;
    current = step_rank(rule(step));
    if (through(step, now)) continue;
    Duration start = lower_ranks;
    for (const StepId before : after_[step.value]) start = std::max(start, end[before.value]);
    end[step.value] = start + left(step, now);
    longest = std::max(longest, end[step.value]);
  }
  return longest;
}

std::vector<std::string> Plan::failed_dependencies(StepId step) const {
  std::vector<std::string> names;
  for (const StepId before : after_[step.value]) {
    const StepState state = records_[before.value].state;
    if (ended(state) && state != StepState::ok) names.push_back(records_[before.value].name);
  }
  return names;
}

}  // namespace nightwatt::core

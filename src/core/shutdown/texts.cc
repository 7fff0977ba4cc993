#include "core/shutdown/texts.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace nightwatt::core {
namespace {

std::size_t count(const Plan& plan, StepState state) {
  const auto& records = plan.records();
  return static_cast<std::size_t>(
      std::count_if(records.begin(), records.end(),
                    [state](const StepRecord& record) { return record.state == state; }));
}

std::size_t failures(const Plan& plan) {
  return count(plan, StepState::failed) + count(plan, StepState::timed_out);
}

std::string plural(std::size_t number, const char* noun) {
  return std::to_string(number) + " " + noun + (number == 1 ? "" : "s");
}

std::string cause_of(const StepRecord& record) {
  if (record.state == StepState::timed_out) return "timed out";
  return record.error.empty() ? "no reason given" : record.error;
}

void append(std::string& list, const std::string& item) {
  if (!list.empty()) list += ", ";
  list += item;
}

}  // namespace

std::string text_of(Duration duration) {
  const std::int64_t ms = std::max<std::int64_t>(0, duration.count());
  if (ms > 0 && ms < 1'000) return std::to_string(ms) + " ms";
  if (ms >= 600'000) return std::to_string(ms / 60'000) + " min";
  const std::int64_t tenths = ms / 100 % 10;
  return std::to_string(ms / 1'000) + (tenths == 0 ? "" : "." + std::to_string(tenths)) + " s";
}

std::string suppressed_line(const std::string& group, const std::string& flag_path) {
  return "⚠️  Redundancy shutdown for '" + group + "' suppressed: flag " + flag_path +
         " already present at first call (startup cleanup bypassed). Will re-arm when quorum "
         "recovers.";
}

std::string re_armed_line(const std::string& group) {
  return "'" + group + "': quorum restored -- re-armed for next event";
}

std::string countdown_line(const std::string& group, const std::string& reason,
                           Duration confirm_for) {
  if (confirm_for <= Duration{0}) return reason + "; shutting down now";
  return reason + "; shutting down in " + text_of(confirm_for) +
         " unless power returns; stop it with: nightwatt abort " + group;
}

std::string step_end_line(const StepRecord& record) {
  const std::string name = "step '" + record.name + "' ";
  const std::string dry = record.dry_run ? " (dry run)" : "";
  const Duration took =
      record.started_at && record.ended_at ? *record.ended_at - *record.started_at : Duration{0};
  const std::string why = record.error.empty() ? "" : ": " + record.error;
  switch (record.state) {
    case StepState::ok: return name + "ok after " + text_of(took) + dry + why;
    case StepState::failed: return name + "failed after " + text_of(took) + dry + why;
    case StepState::timed_out: return name + "timed out after " + text_of(took) + dry + why;
    case StepState::skipped: return name + "skipped" + dry + why;
    case StepState::pending:
    case StepState::running: break;
  }
  return name + "has not ended";
}

std::string plan_end_line(const std::string& group, const char* how, const Plan& plan) {
  std::string failed;
  std::string skipped;
  for (const StepRecord& record : plan.records()) {
    const bool bad = record.state == StepState::failed || record.state == StepState::timed_out;
    if (bad) append(failed, record.name + " (" + cause_of(record) + ")");
    if (record.state == StepState::skipped) append(skipped, record.name);
  }
  return "plan of '" + group + "' " + how + ": " + std::to_string(count(plan, StepState::ok)) +
         " of " + plural(plan.size(), "step") + " ok" + (all_dry_run(plan) ? " (dry run)" : "") +
         (failed.empty() ? "" : "; failed: " + failed) +
         (skipped.empty() ? "" : "; skipped: " + skipped);
}

std::string outcome_of(const Plan& plan) {
  const std::size_t failed = failures(plan);
  const std::size_t skipped = count(plan, StepState::skipped);
  if (failed == 0 && skipped == 0) return "done";
  if (skipped == 0) return "done with " + plural(failed, "failed step");
  if (failed == 0) return "done with " + plural(skipped, "skipped step");
  return "done with " + plural(failed, "failed step") + " and " + plural(skipped, "skipped step");
}

bool all_dry_run(const Plan& plan) {
  const auto& records = plan.records();
  return !records.empty() && std::all_of(records.begin(), records.end(),
                                         [](const StepRecord& record) { return record.dry_run; });
}

}  // namespace nightwatt::core

#include "sim/coverage.h"

#include <string_view>
#include <variant>

namespace nightwatt::sim {
namespace {

struct Mark {
  NoticeKind kind;
  std::string_view words;  // in the message
  const char* name;
};

constexpr Mark marks[] = {
    {NoticeKind::verdict, "quorum lost", "quorum lost"},
    {NoticeKind::verdict, "blind for too long", "blind for too long"},
    {NoticeKind::verdict, "quorum restored", "quorum restored"},
    {NoticeKind::verdict, "-> blind", "blind"},
    {NoticeKind::verdict, "still blind", "dark"},
    {NoticeKind::verdict, "redundancy_lost", "redundancy lost"},
    {NoticeKind::deferred, "cold start", "cold start deferred"},
    {NoticeKind::deferred, "clock gap", "gap deferred"},
    {NoticeKind::deferred, "waits for the plans", "local power-off waited"},
    {NoticeKind::countdown, "shutting down in", "countdown"},
    {NoticeKind::countdown, "cut short", "countdown cut short"},
    {NoticeKind::plan_committed, "committed", "committed"},
    {NoticeKind::plan_committed, "resumed", "resumed"},
    {NoticeKind::plan_done, "done", "plan done"},
    {NoticeKind::plan_done, "abandoned", "abandoned"},
    {NoticeKind::step_ended, "ok after", "step ok"},
    {NoticeKind::step_ended, "failed after", "step failed"},
    {NoticeKind::step_ended, "timed out", "step timed out"},
    {NoticeKind::step_ended, "skipped", "step skipped"},
    {NoticeKind::step_ended, "not waiting any longer", "hurried"},
    {NoticeKind::step_ended, "it is down", "repeated step was down"},
    {NoticeKind::down_confirmed, "", "down confirmed"},
    {NoticeKind::re_armed, "", "re-armed"},
    {NoticeKind::re_armed, "cancelled before any step", "countdown cancelled"},
    {NoticeKind::returned, "", "returned"},
    {NoticeKind::held, "aborted, held", "aborted"},
    {NoticeKind::held, "is held", "held"},
    {NoticeKind::held, "point of no return", "aborted too late"},
    {NoticeKind::released, "", "released"},
    {NoticeKind::suppressed, "", "suppressed"},
    {NoticeKind::refused, "", "refused"},
    {NoticeKind::journal, "did not take the run of", "commit without the disk"},
    {NoticeKind::journal, "within", "answer timed out"},
    {NoticeKind::journal, "could not be written", "flag not written"},
    {NoticeKind::advisory, "Trigger condition met", "advisory"},
    {NoticeKind::reading_rejected, "ignored", "reading rejected"},
    {NoticeKind::path_refused, "", "path refused"},
    {NoticeKind::comm_suspect, "is suspect", "comm device suspect"},
    {NoticeKind::no_path, "does not answer", "no path answers"},
    {NoticeKind::standby, "could not take over", "standby unhealthy"},
    {NoticeKind::frozen, "it was frozen", "frozen"},
    {NoticeKind::would_move, "it is frozen", "move frozen"},
    {NoticeKind::would_move, "dry run", "move dry run"},
};

}  // namespace

void Coverage::note(const Notice& notice) {
  for (const Mark& mark : marks) {
    if (mark.kind != notice.kind) continue;
    if (notice.message.find(mark.words) != std::string::npos) ++counts_[mark.name];
  }
  for (const auto& [key, value] : notice.details) {
    if (notice.kind == NoticeKind::path_changed && key == "cause") ++counts_["move " + value];
    if (notice.kind == NoticeKind::member_state && key == "reasons") {
      for (std::size_t from = 0; from <= value.size();) {
        const std::size_t end = std::min(value.find(',', from), value.size());
        ++counts_["reason " + value.substr(from, end - from)];
        from = end + 1;
      }
    }
  }
}

void Coverage::after_step(const core::Engine&, std::span<const Effect> effects, Instant) {
  for (const Effect& effect : effects) {
    if (const auto* notice = std::get_if<Notice>(&effect)) note(*notice);
  }
}

void Coverage::add(const Coverage& other) {
  for (const auto& [name, count] : other.counts_) counts_[name] += count;
}

std::uint64_t Coverage::count(const std::string& what) const {
  const auto found = counts_.find(what);
  return found == counts_.end() ? 0 : found->second;
}

}  // namespace nightwatt::sim

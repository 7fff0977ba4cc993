#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/shutdown/group_shutdown.h"
#include "tests/core/shutdown/steps.h"

// A test stand for one group: virtual time, a disk that answers (or does not), and a log of effects
// as short lines. It moves time from deadline to deadline, as the engine does.
namespace nightwatt::core::test {

class Stand {
 public:
  explicit Stand(PlanRule rule) : group(GroupId{3}, "rack", rule), steps_(std::move(rule.steps)) {
    around.ready = true;
  }

  GroupShutdown group;
  RunId next_run{1};
  Instant now{};
  Surroundings around{};
  // nullopt: no answer comes.
  std::optional<FlagAnswer> flag = FlagAnswer::created;
  std::string flag_detail{};
  std::optional<bool> journal = true;
  Effects effects{};  // all so far

  // --- time and verdicts ----------------------------------------------------------------------

  // Wakes the group only at its own deadlines: one that it forgets to ask for is missed.
  void until(double second) {
    for (auto due = group.next_deadline(); due && *due <= at(second); due = group.next_deadline()) {
      const Instant before = now;
      now = std::max(now, *due);
      advance();
      spins_ = now == before ? spins_ + 1 : 0;
      ASSERT_LT(spins_, 100) << "a deadline that is over is asked for again and again";
    }
    now = at(second);
  }
  void advance() {
    step([&](Effects& out) { group.advance(around, next_run, now, out); });
  }
  void verdict(Verdict level, const std::string& reason = "") {
    step([&](Effects& out) { group.on_verdict(level, reason, around, next_run, now, out); });
  }
  void lose() { verdict(Verdict::quorum_lost, "quorum lost: 0 healthy, 1 needed"); }
  void restore() { verdict(Verdict::protected_); }

  // --- answers of the world -------------------------------------------------------------------

  StepId id(const std::string& step) const {
    for (std::size_t at = 0; at < steps_.size(); ++at) {
      if (steps_[at].id == step) return StepId{static_cast<std::uint16_t>(at)};
    }
    return StepId{60'000};
  }
  RunId run() const { return RunId{next_run.value - 1}; }
  void ok(const std::string& step) { end(step, StepResult::ok); }
  void fail(const std::string& step, const std::string& why) { end(step, StepResult::failed, why); }
  void end(const std::string& name, StepResult result, const std::string& why = "",
           bool unreachable = false) {
    end_of_run(run(), name, result, why, unreachable);
  }
  void end_of_run(RunId which, const std::string& name, StepResult result,
                  const std::string& why = "", bool unreachable = false) {
    step([&](Effects& out) {
      group.step_ended({which, id(name), result, why, unreachable}, now, out);
    });
    advance();
  }
  void down(const std::string& name) {
    step([&](Effects& out) { group.down_confirmed({run(), id(name)}, now, out); });
    advance();
  }
  void up(const std::string& name) {
    step([&](Effects& out) { group.return_confirmed({GroupId{3}, name}, now, out); });
    advance();
  }
  void answer_flag(FlagAnswer answer) {
    const FlagAnswered event{GroupId{3}, answer, "/run/nw/ups-shutdown-redundancy-rack",
                             flag_detail};
    step([&](Effects& out) { group.flag_answered(event, now, out); });
    advance();
  }
  void answer_journal(RunId which, bool ok) {
    const CommitWritten event{which, ok, ok ? "" : "disk full"};
    step([&](Effects& out) { group.commit_written(event, now, out); });
    advance();
  }

  // --- people and the daemon ------------------------------------------------------------------

  std::string abort(double hold_s = 600) {
    return ask([&](Effects& out) { return group.abort(s(hold_s), now, out); });
  }
  std::string hold(double hold_s) {
    return ask([&](Effects& out) { return group.hold(s(hold_s), now, out); });
  }
  std::string release() {
    return ask([&](Effects& out) { return group.release(now, out); });
  }
  void stop() {
    step([&](Effects& out) { group.stop(now, out); });
    advance();
  }
  void resume(const RunRecord& record) {
    step([&](Effects& out) { group.resume(record, now, out); });
  }

  // --- what came out --------------------------------------------------------------------------

  // The effects since the last take(), without notices.
  Lines take() {
    Lines lines;
    for (; shown_ < effects.size(); ++shown_) {
      if (std::holds_alternative<Notice>(effects[shown_])) continue;
      lines.push_back(std::visit([&](const auto& e) { return text(e); }, effects[shown_]));
    }
    return lines;
  }
  // The messages of all notices of one kind.
  Lines said(NoticeKind kind) const {
    Lines lines;
    for (const Notice* notice : notices(kind)) lines.push_back(notice->message);
    return lines;
  }
  // The n-th of them, from 0.
  std::string said(NoticeKind kind, std::size_t n) const {
    const Lines lines = said(kind);
    return n < lines.size() ? lines[n] : "(nothing)";
  }
  bool alarmed(NoticeKind kind) const {
    const auto found = notices(kind);
    return !found.empty() && found.front()->severity == Severity::alarm;
  }
  std::vector<const Notice*> notices(NoticeKind kind) const {
    std::vector<const Notice*> found;
    for (const Effect& effect : effects) {
      const auto* notice = std::get_if<Notice>(&effect);
      if (notice != nullptr && notice->kind == kind) found.push_back(notice);
    }
    return found;
  }
  RunState state() const { return group.state(); }
  // Of the run that is, else of the last one.
  StepRecord record(const std::string& name) const {
    const RunView view = group.view(now);
    const auto& steps = view.run || !view.last_run ? view.steps : view.last_run->steps;
    return steps[id(name).value];
  }

 private:
  // Does one thing, then lets the disk answer what it asked for.
  template <class F>
  void step(const F& thing) {
    Effects out;
    thing(out);
    effects.insert(effects.end(), out.begin(), out.end());
    for (const Effect& effect : out) answer(effect);
  }
  template <class F>
  std::string ask(const F& question) {
    std::string text;
    step([&](Effects& out) {
      const auto reply = question(out);
      text = reply ? *reply : "refused: " + reply.error();
    });
    advance();
    return text;
  }
  void answer(const Effect& effect) {
    if (std::holds_alternative<ClaimFlag>(effect) && flag) answer_flag(*flag);
    if (const auto* commit = std::get_if<CommitRun>(&effect); commit != nullptr && journal) {
      answer_journal(commit->record.id, *journal);
    }
    const auto* start = std::get_if<StartStep>(&effect);
    if (start != nullptr && start->dry_run) {
      end_of_run(start->run, steps_[start->step.value].id, StepResult::ok);
    }
  }

  std::string id_of(StepId step) const { return steps_[step.value].id; }
  std::string text(const ClaimFlag& e) const {
    return e.replace_stray ? "claim, replacing" : "claim";
  }
  std::string text(const ClearFlag&) const { return "clear"; }
  std::string text(const CommitRun& e) const {
    return "commit " + std::to_string(e.record.id.value);
  }
  std::string text(const RecordStep& e) const {
    return "record " + e.step.id + " " + std::string(to_string(e.step.state)) +
           (e.step.down_confirmed ? " down" : "");
  }
  std::string text(const CloseRun& e) const {
    return "close " + std::to_string(e.run.value) + ": " + e.outcome;
  }
  std::string text(const RecordHold& e) const {
    return "record hold until " + std::to_string(e.hold.until.time_since_epoch().count() / 1000);
  }
  std::string text(const ForgetHold&) const { return "forget hold"; }
  std::string text(const PrepareLink&) const { return "prepare"; }
  std::string text(const RecordAudit&) const { return "audit"; }
  std::string text(const RecordCommState&) const { return "comm state"; }
  std::string text(const StartStep& e) const {
    return "start " + id_of(e.step) + (e.dry_run ? " (dry run)" : "");
  }
  std::string text(const CancelStep& e) const { return "cancel " + id_of(e.step); }
  std::string text(const WatchReturn& e) const { return "watch " + e.step_id; }
  std::string text(const StopWatching& e) const { return "unwatch " + e.step_id; }
  template <class T>
  std::string text(const T&) const {
    return "an effect that shutdown must not have";
  }

  std::vector<StepRule> steps_;
  std::size_t shown_ = 0;
  int spins_ = 0;
};

}  // namespace nightwatt::core::test

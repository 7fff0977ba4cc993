#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "tests/core/shutdown/stand.h"

// Every answer of the world missing once, and every one failing once: the shutdown happens all the
// same, in order, and nothing irreversible starts silently before the journal has the run.
namespace nightwatt::core::test {
namespace {

enum class Fault { missing, failing };

class FaultyWorld {
 public:
  FaultyWorld(int faulty, Fault fault) : faulty_(faulty), fault_(fault) {}

  // False: there are fewer than `faulty` answers in a whole run.
  bool play() {
    Effects out;
    group_.on_verdict(Verdict::quorum_lost, "quorum lost", around_, next_run_, now_, out);
    for (int turn = 0; turn < 1'000 && group_.state() != RunState::done; ++turn) {
      const Effects batch = std::exchange(out, {});
      for (const Effect& effect : batch) carry_out(effect, out);
      if (batch.empty()) {
        const auto due = group_.next_deadline();
        if (!due) break;
        now_ = std::max(now_, *due);
      }
      group_.advance(around_, next_run_, now_, out);
    }
    for (const Effect& effect : out) carry_out(effect, out_of_run_);
    check();
    return answers_ > faulty_;
  }

 private:
  void carry_out(const Effect& effect, Effects& out) {
    if (const auto* notice = std::get_if<Notice>(&effect)) {
      alarmed_ |= notice->kind == NoticeKind::journal && notice->severity == Severity::alarm;
    }
    if (std::holds_alternative<ClaimFlag>(effect) && answers()) {
      const auto answer = fails() ? FlagAnswer::write_failed : FlagAnswer::created;
      group_.flag_answered({GroupId{0}, answer, "/flag", ""}, now_, out);
    }
    if (const auto* commit = std::get_if<CommitRun>(&effect); commit != nullptr && answers()) {
      committed_ = !fails();
      group_.commit_written({commit->record.id, committed_, "disk full"}, now_, out);
    }
    if (const auto* start = std::get_if<StartStep>(&effect)) {
      EXPECT_TRUE(committed_ || alarmed_) << "irreversible, not on disk, and silent";
      ++starts_[start->step.value];
      if (answers()) {
        const auto result = fails() ? StepResult::failed : StepResult::ok;
        group_.step_ended({start->run, start->step, result, "", false}, now_, out);
        if (answers()) group_.down_confirmed({start->run, start->step}, now_, out);
      }
    }
  }
  // Counts; the faulty one does not come.
  bool answers() { return ++answers_ != faulty_ + 1 || fault_ == Fault::failing; }
  bool fails() const { return answers_ == faulty_ + 1 && fault_ == Fault::failing; }

  void check() {
    EXPECT_EQ(group_.state(), RunState::done);
    EXPECT_LE(now_, Instant{} + 2 * answer_wait_max + group_.needed_time());
    int bad = 0;
    for (const StepRecord& step : group_.view(now_).steps) {
      EXPECT_NE(step.state, StepState::pending);
      EXPECT_NE(step.state, StepState::running);
      bad += step.state == StepState::ok ? 0 : 1;
    }
    EXPECT_LE(bad, 1) << "one fault, one step";
    EXPECT_THAT(starts_, testing::ElementsAre(testing::Pair(0, 1), testing::Pair(1, 1),
                                              testing::Pair(2, 1), testing::Pair(3, 1)));
  }

  GroupShutdown group_{GroupId{0}, "rack",
                       plan_of({remote("a", 1), wait_down(remote("b", 1)),
                                after(remote("nas", 2), {"a"}), local()})};
  int faulty_;
  Fault fault_;
  int answers_ = 0;
  bool committed_ = false;
  bool alarmed_ = false;
  Surroundings around_{.ready = true, .other_groups_running = false, .remaining_runtime = {}};
  RunId next_run_{1};
  Instant now_{};
  std::map<int, int> starts_{};
  Effects out_of_run_{};
};

TEST(Faults, every_answer_missing_once_stops_nothing) {
  int faulty = 0;
  while (FaultyWorld(faulty, Fault::missing).play()) {
    ASSERT_FALSE(HasFailure()) << "answer " << faulty;
    ++faulty;
  }
  EXPECT_EQ(faulty, 2 + 4 * 2) << "flag, journal, and the end and the going of each step";
}

TEST(Faults, every_answer_failing_once_stops_nothing) {
  int faulty = 0;
  while (FaultyWorld(faulty, Fault::failing).play()) {
    ASSERT_FALSE(HasFailure()) << "answer " << faulty;
    ++faulty;
  }
  EXPECT_EQ(faulty, 2 + 4 * 2);
}

}  // namespace
}  // namespace nightwatt::core::test

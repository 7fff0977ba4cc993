#include "core/shutdown/texts.h"

#include <gtest/gtest.h>

#include "tests/core/shutdown/steps.h"

namespace nightwatt::core::test {
namespace {

TEST(Texts, durations_as_people_read_them) {
  EXPECT_EQ(text_of(Duration{0}), "0 s");
  EXPECT_EQ(text_of(Duration{-5'000}), "0 s");
  EXPECT_EQ(text_of(Duration{250}), "250 ms");
  EXPECT_EQ(text_of(Duration{1'000}), "1 s");
  EXPECT_EQ(text_of(Duration{1'549}), "1.5 s");
  EXPECT_EQ(text_of(Duration{599'999}), "599.9 s");
  EXPECT_EQ(text_of(Duration{600'000}), "10 min");
  EXPECT_EQ(text_of(Duration{3'659'000}), "60 min");
}

TEST(Texts, outcomes) {
  const auto outcome = [](std::vector<StepResult> results, int skipped) {
    std::vector<StepRule> steps;
    const int count = static_cast<int>(results.size()) + skipped;
    for (int i = 0; i < count; ++i) steps.push_back(remote("s" + std::to_string(i), i));
    Plan plan(steps);
    for (std::size_t i = 0; i < results.size(); ++i) {
      const StepId step{static_cast<std::uint16_t>(i)};
      plan.started(step, at(0));
      plan.finished(step, results[i], "", at(1));
    }
    plan.skip_pending("", at(1));
    return outcome_of(plan);
  };
  EXPECT_EQ(outcome({}, 0), "done");
  EXPECT_EQ(outcome({StepResult::ok}, 0), "done");
  EXPECT_EQ(outcome({StepResult::ok, StepResult::failed}, 0), "done with 1 failed step");
  EXPECT_EQ(outcome({StepResult::timed_out, StepResult::failed}, 0), "done with 2 failed steps");
  EXPECT_EQ(outcome({StepResult::ok}, 1), "done with 1 skipped step");
  EXPECT_EQ(outcome({StepResult::failed}, 2), "done with 1 failed step and 2 skipped steps");
}

TEST(Texts, the_end_of_a_step) {
  StepRecord record;
  record.name = "NAS";
  record.state = StepState::failed;
  record.started_at = at(1);
  record.ended_at = at(4.5);
  EXPECT_EQ(step_end_line(record), "step 'NAS' failed after 3.5 s");
  record.error = "ssh: connection refused";
  EXPECT_EQ(step_end_line(record), "step 'NAS' failed after 3.5 s: ssh: connection refused");
  record.dry_run = true;
  record.state = StepState::skipped;
  EXPECT_EQ(step_end_line(record), "step 'NAS' skipped (dry run): ssh: connection refused");
}

}  // namespace
}  // namespace nightwatt::core::test

#include "core/shutdown/plan.h"

#include <gtest/gtest.h>

#include "base/archive.h"
#include "tests/core/shutdown/steps.h"

namespace nightwatt::core::test {
namespace {

Lines ready(const Plan& plan, double now = 0) {
  Lines ids;
  for (const StepId step : plan.ready(at(now))) ids.push_back(plan.rule(step).id);
  return ids;
}
void start(Plan& plan, const std::string& id, double now = 0) {
  plan.started(*plan.find(id), at(now));
}
bool end(Plan& plan, const std::string& id, double now, StepResult result = StepResult::ok) {
  return plan.finished(*plan.find(id), result, "", at(now));
}
void run(Plan& plan, const std::string& id, StepResult result = StepResult::ok) {
  start(plan, id);
  end(plan, id, 1, result);
}

TEST(Plan, phases_ascend_and_run_in_parallel_inside) {
  Plan plan({remote("late", 7), remote("a", 1), remote("b", 1), remote("middle", 3)});
  EXPECT_EQ(ready(plan), (Lines{"a", "b"}));
  run(plan, "a");
  EXPECT_EQ(ready(plan), (Lines{"b"}));
  run(plan, "b");
  EXPECT_EQ(ready(plan), (Lines{"middle"}));
  run(plan, "middle");
  EXPECT_EQ(ready(plan), (Lines{"late"}));
}

TEST(Plan, a_started_step_is_not_ready_again_and_holds_the_next_phase) {
  Plan plan({remote("a", 1), remote("b", 2)});
  start(plan, "a");
  EXPECT_EQ(ready(plan), Lines{});
}

TEST(Plan, depends_on_orders_inside_a_phase) {
  Plan plan({after(remote("switch", 1), {"nas"}), after(remote("nas", 1), {"host"}),
             remote("host", 1), remote("other", 1)});
  EXPECT_EQ(ready(plan), (Lines{"host", "other"}));
  run(plan, "host");
  EXPECT_EQ(ready(plan), (Lines{"nas", "other"}));
  run(plan, "nas");
  EXPECT_EQ(ready(plan), (Lines{"switch", "other"}));
}

TEST(Plan, local_power_off_is_alone_and_last_whatever_its_phase) {
  Plan plan({local(), remote("a", 5), remote("b", 9)});
  EXPECT_EQ(ready(plan), (Lines{"a"}));
  run(plan, "a");
  start(plan, "b");
  EXPECT_EQ(ready(plan), Lines{});
  EXPECT_TRUE(plan.machines_left());
  end(plan, "b", 5, StepResult::failed);
  EXPECT_EQ(ready(plan), (Lines{"local"}));
  EXPECT_FALSE(plan.machines_left());
  EXPECT_FALSE(plan.everything_done());
}

TEST(Plan, a_failed_or_timed_out_step_stops_nothing_not_even_what_depends_on_it) {
  for (const StepResult result : {StepResult::failed, StepResult::timed_out}) {
    Plan plan({remote("a", 1), after(remote("b", 1), {"a"}), remote("c", 2)});
    run(plan, "a", result);
    EXPECT_EQ(ready(plan), (Lines{"b"}));
    EXPECT_EQ(plan.failed_dependencies(*plan.find("b")), (Lines{"a"}));
    run(plan, "b");
    EXPECT_EQ(ready(plan), (Lines{"c"}));
    EXPECT_TRUE(plan.failed_dependencies(*plan.find("c")).empty());
  }
}

TEST(Plan, wait_down_holds_successors_until_the_machine_is_down) {
  Plan plan({wait_down(remote("a", 1, 60)), remote("b", 2)});
  start(plan, "a", 10);
  end(plan, "a", 15);
  EXPECT_EQ(ready(plan, 20), Lines{});
  EXPECT_EQ(plan.next_deadline(at(20)), at(70));
  EXPECT_TRUE(plan.down_confirmed(*plan.find("a")));
  EXPECT_FALSE(plan.down_confirmed(*plan.find("a"))) << "it is no news twice";
  EXPECT_EQ(ready(plan, 20), (Lines{"b"}));
}

TEST(Plan, wait_down_is_bounded_by_the_steps_own_deadline) {
  Plan plan({wait_down(remote("a", 1, 60)), remote("b", 2)});
  start(plan, "a", 10);
  end(plan, "a", 15);
  EXPECT_EQ(ready(plan, 69.999), Lines{});
  EXPECT_EQ(ready(plan, 70), (Lines{"b"}));
}

TEST(Plan, wait_down_of_a_failed_or_dry_step_waits_for_nothing) {
  Plan failed({wait_down(remote("a", 1)), remote("b", 2)});
  run(failed, "a", StepResult::failed);
  EXPECT_EQ(ready(failed, 2), (Lines{"b"}));
  Plan rehearsal({dry(wait_down(remote("a", 1))), remote("b", 2)});
  run(rehearsal, "a");
  EXPECT_EQ(ready(rehearsal, 2), (Lines{"b"}));
}

TEST(Plan, without_wait_down_the_end_of_the_command_is_enough) {
  Plan plan({remote("a", 1), remote("b", 2)});
  run(plan, "a");
  EXPECT_EQ(ready(plan, 1), (Lines{"b"}));
}

TEST(Plan, a_late_or_unknown_end_changes_nothing) {
  Plan plan({remote("a", 1)});
  EXPECT_FALSE(end(plan, "a", 1)) << "not started";
  run(plan, "a", StepResult::timed_out);
  const std::string before = to_bytes(plan);
  EXPECT_FALSE(end(plan, "a", 9)) << "ended already";
  EXPECT_FALSE(plan.finished(StepId{77}, StepResult::ok, "", at(9)));
  EXPECT_FALSE(plan.down_confirmed(StepId{77}));
  EXPECT_EQ(to_bytes(plan), before);
}

TEST(Plan, overdue_names_running_steps_at_their_deadline) {
  Plan plan({remote("a", 1, 30), remote("b", 1, 50)});
  start(plan, "a", 0);
  start(plan, "b", 0);
  EXPECT_EQ(plan.next_deadline(at(0)), at(30));
  EXPECT_TRUE(plan.overdue(at(29.999)).empty());
  EXPECT_EQ(plan.overdue(at(30)), (std::vector<StepId>{*plan.find("a")}));
  EXPECT_EQ(plan.overdue(at(50)).size(), 2u);
}

TEST(Plan, skip_pending_spares_what_has_started) {
  Plan plan({remote("a", 1), remote("b", 2), local()});
  start(plan, "a");
  const auto skipped = plan.skip_pending("aborted", at(3));
  ASSERT_EQ(skipped.size(), 2u);
  EXPECT_EQ(plan.record(skipped[0]).id, "b");
  EXPECT_EQ(plan.record(skipped[0]).state, StepState::skipped);
  EXPECT_EQ(plan.record(skipped[0]).error, "aborted");
  EXPECT_EQ(plan.record(*plan.find("a")).state, StepState::running);
  EXPECT_FALSE(plan.everything_done());
  end(plan, "a", 4);
  EXPECT_TRUE(plan.everything_done());
}

TEST(Plan, needed_time_is_the_longest_path_of_deadlines) {
  EXPECT_EQ(Plan().needed_time(at(0)), s(0));
  // phase 1: max(30, 20 + 40) = 60; phase 2: 50; local: 10
  const Plan plan({remote("a", 1, 30), after(remote("c", 1, 40), {"b"}), remote("b", 1, 20),
                   remote("d", 2, 50), local(10)});
  EXPECT_EQ(plan.needed_time(at(0)), s(120));
}

TEST(Plan, needed_time_shrinks_with_progress) {
  Plan plan({remote("a", 1, 30), remote("b", 2, 50)});
  start(plan, "a", 100);
  EXPECT_EQ(plan.needed_time(at(110)), s(20 + 50));
  end(plan, "a", 112);
  EXPECT_EQ(plan.needed_time(at(112)), s(50));
  start(plan, "b", 112);
  EXPECT_EQ(plan.needed_time(at(170)), s(0)) << "overdue, never negative";
}

TEST(Plan, needed_time_counts_the_wait_for_down) {
  Plan plan({wait_down(remote("a", 1, 30)), remote("b", 2, 50)});
  start(plan, "a", 0);
  end(plan, "a", 5);
  EXPECT_EQ(plan.needed_time(at(10)), s(20 + 50));
  EXPECT_EQ(plan.stop_waiting(at(10)).size(), 1u);
  EXPECT_EQ(plan.needed_time(at(10)), s(50));
  EXPECT_EQ(ready(plan, 10), (Lines{"b"}));
}

TEST(PlanCycle, none) {
  EXPECT_TRUE(find_cycle({}).empty());
  EXPECT_TRUE(find_cycle({remote("a", 1), after(remote("b", 1), {"a", "a", "nobody"}),
                          after(remote("c", 2), {"a", "b"}), after(local(), {"c"})})
                  .empty());
}

TEST(PlanCycle, a_step_that_depends_on_itself) {
  EXPECT_EQ(find_cycle({after(remote("a", 1), {"a"})}), (Lines{"a"}));
}

TEST(PlanCycle, by_depends_on_only_and_only_the_ids_on_it) {
  EXPECT_EQ(find_cycle({after(remote("entry", 1), {"a"}), after(remote("a", 1), {"b"}),
                        after(remote("b", 1), {"c"}), after(remote("c", 1), {"a"})}),
            (Lines{"a", "b", "c"}));
}

TEST(PlanCycle, a_dependency_against_the_phases) {
  EXPECT_EQ(find_cycle({after(remote("a", 1), {"b"}), remote("b", 2)}), (Lines{"a", "b"}));
}

TEST(PlanCycle, nothing_can_wait_for_the_local_power_off) {
  EXPECT_EQ(find_cycle({after(remote("a", 9), {"local"}), local()}), (Lines{"a", "local"}));
}

TEST(PlanDeathTest, a_cycle_or_a_double_id_is_a_programmer_error_here) {
  EXPECT_DEATH(Plan({after(remote("a", 1), {"a"})}), "find_cycle");
  EXPECT_DEATH(Plan({remote("a", 1), remote("a", 1)}), "check failed");
}

}  // namespace
}  // namespace nightwatt::core::test

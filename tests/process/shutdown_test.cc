// From two failing feeds to real commands on a real machine: once, in order, and only then.
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <fstream>

#include "tests/process/protected_rack.h"

namespace nightwatt::process {
namespace {

using Words = std::vector<std::string>;

TEST_F(ProtectedRack, TimelineToQuorumLostRunsTheCommandsOnceAndInOrder) {
  begin({.servers = server("compute", "compute-down", 1,
                           "        pre_shutdown_commands:\n          - command: \"" +
                               sshd->record("compute-pre") + "\"\n") +
                    server("nas", "nas-down", 2)});
  on_battery(*a);
  ASSERT_TRUE(wait_until([&] { return state_of("UPS-A") == "DEGRADED"; })) << told();
  EXPECT_EQ(verdict(), "protected") << "degraded counts as healthy by default";
  low(*a);
  ASSERT_TRUE(wait_until([&] { return state_of("UPS-A") == "CRITICAL"; })) << told();
  ASSERT_TRUE(verdict_becomes("redundancy_lost")) << told();
  EXPECT_TRUE(daemon.logged("Trigger condition met (advisory, redundancy group): ")) << told();
  on_battery(*b);
  ASSERT_TRUE(wait_until([&] { return state_of("UPS-B") == "DEGRADED"; })) << told();
  EXPECT_TRUE(stays([&] { return sshd->commands().empty(); }, 500ms));
  low(*b);
  ASSERT_TRUE(run_becomes("done")) << told();
  EXPECT_EQ(sshd->commands(), (Words{"compute-pre", "compute-down", "nas-down"})) << told();
  const Json steps = daemon.group("rack")["run"]["steps"];
  ASSERT_EQ(steps.size(), 2u);
  EXPECT_EQ(steps[0]["state"], "ok");
  EXPECT_LE(steps[0]["ended_at"], steps[1]["started_at"]);
  EXPECT_TRUE(stays([&] { return sshd->commands().size() == 3; }, 1s)) << "latched until recovery";
  EXPECT_EQ(daemon.events("plan_committed").size(), 1u);

  on_line(*a);
  on_line(*b);
  ASSERT_TRUE(run_becomes("armed")) << told();
  EXPECT_TRUE(daemon.logged("quorum restored -- re-armed for next event")) << told();
  EXPECT_EQ(daemon.group("rack")["last_run"]["steps"][1]["state"], "ok");

  low(*a);
  low(*b);
  ASSERT_TRUE(wait_until([&] { return sshd->commands().size() == 6; })) << told();
  EXPECT_EQ(daemon.terminate(), 0) << told();
}

TEST_F(ProtectedRack, PowerBackDuringTheCountdownRunsNothing) {
  begin({.group = "    confirm_for: 3s\n"});
  low(*a);
  low(*b);
  ASSERT_TRUE(run_becomes("countdown")) << told();
  on_line(*b);
  ASSERT_TRUE(run_becomes("armed")) << told();
  EXPECT_TRUE(stays([&] { return sshd->commands().empty(); }, 4s)) << told();
  EXPECT_TRUE(daemon.events("plan_committed").empty());
}

TEST_F(ProtectedRack, KilledBetweenTwoStepsItResumesAndRepeatsNothing) {
  const std::string gate = daemon.file("gate");
  const std::string wait_for_gate = "        pre_shutdown_commands:\n          - command: \"" +
                                    sshd->record("waiting") + "; while [ ! -e " + gate +
                                    " ]; do sleep 0.05; done\"\n";
  begin({.servers = server("first", "first-down", 1) +
                    server("second", "second-down", 2, wait_for_gate) +
                    server("third", "third-down", 3)});
  low(*a);
  low(*b);
  ASSERT_TRUE(wait_until([&] { return sshd->commands() == Words{"first-down", "waiting"}; }))
      << told();
  daemon.kill(SIGKILL);
  EXPECT_EQ(daemon.wait_exit(), 128 + SIGKILL);
  std::ofstream(gate).put('x');
  ASSERT_TRUE(daemon.start()) << daemon.log();
  ASSERT_TRUE(run_becomes("done")) << told();
  const Words done = sshd->commands();
  EXPECT_EQ(std::ranges::count(done, "first-down"), 1) << told();
  EXPECT_EQ(std::ranges::count(done, "second-down"), 1) << told();
  EXPECT_EQ(std::ranges::count(done, "third-down"), 1) << told();
  EXPECT_EQ(done.back(), "third-down");
}

}  // namespace
}  // namespace nightwatt::process

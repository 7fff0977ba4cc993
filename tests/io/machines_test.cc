#include "io/machines.h"

#include <gtest/gtest.h>

#include "io/system_clock.h"
#include "tests/io/event_box.h"
#include "tests/peers/real_sshd.h"

namespace nightwatt::io {
namespace {

using io_test::EventBox;
using io_test::NoticeBox;
using peers::RealSshd;

MachineSettings quick(const std::string& known_hosts) {
  MachineSettings settings;
  settings.known_hosts_file = known_hosts;
  settings.user_known_hosts_file = "/nonexistent";
  settings.global_known_hosts_file = "/nonexistent";
  settings.down_poll = Duration(20);
  settings.return_poll = Duration(20);
  return settings;
}

StartStep step_of(StepAction action, std::uint16_t step = 0) {
  StartStep start;
  start.run = RunId{1};
  start.step = StepId{step};
  start.action = std::move(action);
  start.deadline = Duration(60'000);
  return start;
}

class MachinesTest : public testing::Test {
 protected:
  peers::TempDir dir_;
  EventBox events_;
  NoticeBox notices_;
  std::unique_ptr<StepThreads> machines_ = std::make_unique<StepThreads>(
      quick(dir_.file("known_hosts")), events_.sink(), notices_.sink());
};

TEST_F(MachinesTest, RunsACommand) {
  machines_->start(step_of(CommandAction{{"true"}}, 3));
  const auto ended = events_.next_as<StepEnded>();
  ASSERT_TRUE(ended.has_value());
  EXPECT_EQ(ended->run, RunId{1});
  EXPECT_EQ(ended->step, StepId{3});
  EXPECT_EQ(ended->result, StepResult::ok);
}

TEST_F(MachinesTest, DryRunTouchesNothing) {
  StartStep start = step_of(CommandAction{{"touch", dir_.file("touched")}});
  start.dry_run = true;
  machines_->start(start);
  const auto ended = events_.next_as<StepEnded>();
  ASSERT_TRUE(ended.has_value());
  EXPECT_EQ(ended->result, StepResult::ok);
  machines_.reset();
  EXPECT_FALSE(std::filesystem::exists(dir_.file("touched")));
}

// A step that is repeated after a restart counts as done when its machine is down already: the core
// hears it from this mark alone.
TEST_F(MachinesTest, SaysThatAMachineCannotBeReachedAtAll) {
  RemoteAction closed;
  closed.host = "127.0.0.1";
  closed.port = 1;  // tcpmux: nobody listens
  closed.user = "root";
  machines_->start(step_of(closed, 1));
  const auto refused = events_.next_as<StepEnded>();
  ASSERT_TRUE(refused.has_value());
  EXPECT_EQ(refused->result, StepResult::failed);
  EXPECT_TRUE(refused->unreachable);
  RemoteAction nameless = closed;
  nameless.host = "no-such-host.invalid";
  machines_->start(step_of(nameless, 2));
  const auto unknown = events_.next_as<StepEnded>();
  ASSERT_TRUE(unknown.has_value());
  EXPECT_FALSE(unknown->unreachable) << "a name server that is gone says nothing of the machine";
  machines_->start(step_of(CommandAction{{"false"}}, 3));
  const auto failed = events_.next_as<StepEnded>();
  ASSERT_TRUE(failed.has_value());
  EXPECT_FALSE(failed->unreachable);
}

TEST_F(MachinesTest, OneThatHangsDelaysNoOther) {
  machines_->start(step_of(CommandAction{{"sleep", "1000"}}, 1));
  machines_->start(step_of(CommandAction{{"true"}}, 2));
  const auto ended = events_.next_as<StepEnded>();
  ASSERT_TRUE(ended.has_value());
  EXPECT_EQ(ended->step, StepId{2});
}

TEST_F(MachinesTest, ACancelledStepSaysNothingMore) {
  machines_->start(step_of(CommandAction{{"sleep", "1000"}}, 1));
  machines_->cancel({RunId{1}, StepId{1}});
  machines_->cancel({RunId{9}, StepId{9}});
  machines_.reset();
  EXPECT_TRUE(events_.empty());
}

TEST_F(MachinesTest, EndsPromptlyWithEverythingRunning) {
  const SystemClock clock;
  RemoteAction nowhere;
  nowhere.host = "192.0.2.1";  // TEST-NET-1: nobody answers
  nowhere.user = "root";
  nowhere.connect_timeout = Duration(60'000);
  for (std::uint16_t i = 0; i < 10; ++i) {
    machines_->start(step_of(CommandAction{{"sleep", "1000"}}, i));
    machines_->start(step_of(nowhere, static_cast<std::uint16_t>(100 + i)));
    machines_->watch_return({GroupId{0}, "step" + std::to_string(i), nowhere});
  }
  const Instant begin = clock.now();
  machines_.reset();
  EXPECT_LT(clock.now() - begin, Duration(10'000));
}

TEST_F(MachinesTest, SeesAMachineGoAndComeBack) {
  if (const std::string why = RealSshd::missing(); !why.empty()) GTEST_SKIP() << why;
  RealSshd sshd;
  RemoteAction action = sshd.action();
  action.known_hosts_file.clear();
  machines_->start(step_of(action, 5));
  const auto ended = events_.next_as<StepEnded>();
  ASSERT_TRUE(ended.has_value());
  EXPECT_EQ(ended->result, StepResult::ok) << ended->error;
  EXPECT_TRUE(std::filesystem::exists(dir_.file("known_hosts")));  // learnt in our own file
  EXPECT_TRUE(events_.empty());
  sshd.stop();
  const auto down = events_.next_as<DownConfirmed>();
  ASSERT_TRUE(down.has_value());
  EXPECT_EQ(down->step, StepId{5});

  machines_->watch_return({GroupId{2}, "remote:compute-1", action});
  EXPECT_FALSE(events_.next(Duration(200)).has_value());
  sshd.start();
  const auto back = events_.next_as<ReturnConfirmed>();
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(back->group, GroupId{2});
  EXPECT_EQ(back->step_id, "remote:compute-1");
}

TEST_F(MachinesTest, AStoppedWatchSaysNothingMore) {
  if (const std::string why = RealSshd::missing(); !why.empty()) GTEST_SKIP() << why;
  RealSshd sshd;
  sshd.stop();
  machines_->watch_return({GroupId{2}, "remote:compute-1", sshd.action()});
  machines_->stop_watching({GroupId{2}, "remote:compute-1"});
  sshd.start();
  EXPECT_FALSE(events_.next(Duration(200)).has_value());
}

TEST_F(MachinesTest, ManyRemoteStepsRunAtOnce) {
  if (const std::string why = RealSshd::missing(); !why.empty()) GTEST_SKIP() << why;
  RealSshd sshd;
  for (std::uint16_t i = 0; i < 8; ++i) {
    RemoteAction action = sshd.action();
    action.shutdown.command = sshd.record(std::to_string(i));
    machines_->start(step_of(action, i));
  }
  std::set<std::uint16_t> seen;
  for (int i = 0; i < 8; ++i) {
    const auto ended = events_.next_as<StepEnded>();
    ASSERT_TRUE(ended.has_value());
    EXPECT_EQ(ended->result, StepResult::ok) << ended->error;
    seen.insert(ended->step.value);
  }
  EXPECT_EQ(seen.size(), 8u);
  EXPECT_EQ(sshd.commands().size(), 8u);
}

}  // namespace
}  // namespace nightwatt::io

#include <gtest/gtest.h>

#include <atomic>

#include "io/database.h"
#include "io/journal.h"
#include "tests/io/event_box.h"
#include "tests/peers/temp_dir.h"

// What devices knew of their paths, over restarts of the daemon and of the machine.
namespace nightwatt::io {
namespace {

using io_test::EventBox;
using io_test::NoticeBox;

struct TestClock : ports::Clock {
  Instant now() const override { return Instant(boot.load()); }
  WallTime wall_now() const override { return WallTime(wall.load()); }
  // The journal's thread looks at it as well.
  std::atomic<Duration> boot{Duration(1'000'000)};
  std::atomic<Duration> wall{Duration(1'763'633'700'000)};
};

class CommJournal : public testing::Test {
 protected:
  void open(const std::string& boot) {
    journal_.reset();  // writes what is queued
    auto opened =
        SqliteJournal::open({dir_.path(), boot, {}}, clock_, events_.sink(), notices_.sink());
    ASSERT_TRUE(opened.has_value()) << opened.error().what;
    journal_ = std::move(*opened);
  }
  void pass(Duration time) {
    clock_.boot = clock_.boot.load() + time;
    clock_.wall = clock_.wall.load() + time;
  }
  const std::vector<CommMemory>& found() const { return journal_->contents().comm; }

  peers::TempDir dir_;
  TestClock clock_;
  EventBox events_;
  NoticeBox notices_;
  std::unique_ptr<SqliteJournal> journal_;
};

CommMemory failed_over(const std::string& device) {
  CommMemory memory;
  memory.device = device;
  memory.active_comm = "nut-2";
  memory.active_unit = "ups";
  memory.left_primary_ago = Duration(60'000);
  memory.frozen_for = Duration(600'000);
  memory.failed_over = true;
  memory.flaps = 3;
  memory.paths = {{"nut-1", "ups", Duration(90'000), Duration(61'000), 4, true},
                  {"nut-2", "ups", Duration(0), std::nullopt, 0, false}};
  memory.last_move = MoveMemory{Duration(60'000), 1, 2, MoveCause::fail,
                                "a message failed (it said: 'no') and initial fail is 0"};
  memory.decisions = {
      {Duration(70'000), 1, 2, MoveCause::forced, DecisionOutcome::frozen, 0, 0, {5, -1}},
      {Duration(60'000), 1, 2, MoveCause::fail, DecisionOutcome::moved, 2'500, 2'000, {30'000, 0}}};
  return memory;
}

TEST_F(CommJournal, ARestartOfTheDaemonAddsTheTimeThatItTook) {
  open("boot-1");
  EXPECT_TRUE(found().empty());
  journal_->record_comm({{failed_over("b"), failed_over("a")}});
  pass(Duration(30'000));
  open("boot-1");
  ASSERT_EQ(found().size(), 2u);
  const CommMemory& memory = found()[0];
  EXPECT_EQ(memory.device, "a");
  EXPECT_EQ(memory.active_comm, "nut-2");
  EXPECT_EQ(memory.active_unit, "ups");
  EXPECT_EQ(memory.left_primary_ago, Duration(90'000));
  EXPECT_EQ(memory.frozen_for, Duration(570'000));
  EXPECT_TRUE(memory.failed_over);
  EXPECT_EQ(memory.flaps, 3);
  ASSERT_EQ(memory.paths.size(), 2u);
  EXPECT_EQ(memory.paths[0].comm, "nut-1");
  EXPECT_EQ(memory.paths[0].last_ok_ago, Duration(120'000));
  EXPECT_EQ(memory.paths[0].failed_ago, Duration(91'000));
  EXPECT_TRUE(memory.paths[0].unproven);
  EXPECT_EQ(memory.paths[1].failed_ago, std::nullopt);
  EXPECT_EQ(memory.paths[0].failovers, 4u);
  ASSERT_TRUE(memory.last_move);
  EXPECT_EQ(memory.last_move->ago, Duration(90'000));
  EXPECT_EQ(memory.last_move->from, 1);
  EXPECT_EQ(memory.last_move->to, 2);
  EXPECT_EQ(memory.last_move->cause, MoveCause::fail);
  EXPECT_EQ(memory.last_move->why, "a message failed (it said: 'no') and initial fail is 0");
  ASSERT_EQ(memory.decisions.size(), 2u);
  EXPECT_EQ(memory.decisions[0].outcome, DecisionOutcome::frozen);
  EXPECT_EQ(memory.decisions[0].ok_age_ms, (std::vector<std::int32_t>{5, -1}));
  EXPECT_EQ(memory.decisions[1].ago, Duration(90'000));
  EXPECT_EQ(memory.decisions[1].cause, MoveCause::fail);
  EXPECT_EQ(memory.decisions[1].elapsed_ms, 2'500);
  EXPECT_EQ(memory.decisions[1].threshold_ms, 2'000);
}

TEST_F(CommJournal, WhatSomebodyElseWroteIntoTheDecisionsIsPassedOver) {
  open("boot-1");
  journal_->record_comm({{failed_over("a")}});
  journal_.reset();
  {
    auto database = Database::open(dir_.file("journal.db"), {});
    ASSERT_TRUE(
        database->run("UPDATE comm_memory_moves SET cause = 'whim', decisions = 'x' || "
                      "char(10) || '1 99 2 fail moved 0 0' || char(10) || decisions"));
  }
  open("boot-1");
  EXPECT_FALSE(found()[0].last_move);
  EXPECT_EQ(found()[0].decisions.size(), 2u);
}

TEST_F(CommJournal, AJournalOfBeforeKnowsNoMovesAndGetsThem) {
  open("boot-1");
  journal_->record_comm({{failed_over("a")}});
  journal_.reset();
  {
    auto database = Database::open(dir_.file("journal.db"), {});
    ASSERT_TRUE(database->run("DROP TABLE comm_memory_moves; DROP TABLE comm_by_hand"));
  }
  open("boot-1");
  ASSERT_EQ(found().size(), 1u);
  EXPECT_FALSE(found()[0].last_move);
  journal_->record_comm({{failed_over("a")}});
  open("boot-1");
  EXPECT_TRUE(found()[0].last_move);
}

TEST_F(CommJournal, CommDevicesTakenOutByHandAreKeptUntilTheyAreBack) {
  open("boot-1");
  journal_->record_comm_state({{"nut-1", CommState::out_of_service, "root", Duration{}}});
  journal_->record_comm_state({{"nut-2", CommState::disabled, "", Duration{}}});
  journal_->record_comm_state({{"nut-2", CommState::ok, "", Duration{}}});
  pass(Duration(90'000));
  open("boot-1");
  ASSERT_EQ(journal_->contents().out_by_hand.size(), 1u);
  const HandRecord& hand = journal_->contents().out_by_hand[0];
  EXPECT_EQ(hand.comm, "nut-1");
  EXPECT_EQ(hand.state, CommState::out_of_service);
  EXPECT_EQ(hand.who, "root");
  EXPECT_EQ(hand.ago, Duration(90'000));
  journal_->record_comm_state({{"nut-1", CommState::ok, "", Duration{}}});
  open("boot-1");
  EXPECT_TRUE(journal_->contents().out_by_hand.empty());
}

TEST_F(CommJournal, MaintenanceIsKeptUntilItIsEnded) {
  open("boot-1");
  const Instant until = clock_.now() + Duration(3'600'000);
  journal_->record_maintenance({"UPS-A", until});
  journal_->record_maintenance({"UPS-B", until});
  journal_->record_maintenance({"UPS-B", std::nullopt});
  pass(Duration(60'000));
  open("boot-1");
  ASSERT_EQ(journal_->contents().maintenance.size(), 1u);
  EXPECT_EQ(journal_->contents().maintenance[0].device, "UPS-A");
  EXPECT_EQ(journal_->contents().maintenance[0].until, until);
  clock_.boot = Duration(5'000);  // the machine was restarted, in no time
  open("boot-2");
  ASSERT_EQ(journal_->contents().maintenance.size(), 1u);
  EXPECT_EQ(journal_->contents().maintenance[0].until, clock_.now() + Duration(3'540'000));
}

// The clock's battery was empty after the outage: an hour stays an hour at most.
TEST_F(CommJournal, AWallClockThatWasSetBackLengthensNothingThatWasAskedFor) {
  open("boot-1");
  const Instant until = clock_.now() + Duration(3'600'000);
  journal_->record_maintenance({"UPS-A", until});
  journal_->record_hold({{"rack", until}});
  journal_.reset();
  clock_.boot = Duration(5'000);
  clock_.wall = clock_.wall.load() - Duration(20LL * 86'400'000);
  open("boot-2");
  const Instant end = clock_.now() + Duration(3'600'000);
  ASSERT_EQ(journal_->contents().maintenance.size(), 1u);
  EXPECT_EQ(journal_->contents().maintenance[0].until, end);
  EXPECT_EQ(journal_->contents().holds, (std::vector<HoldRecord>{{"rack", end}}));
}

// What is cut stays cut; a clock that is ahead for one boot takes nothing away for good.
TEST_F(CommJournal, AClockThatIsAheadForOneBootShortensNothingForGood) {
  open("boot-1");
  journal_->record_hold({{"rack", clock_.now() + Duration(28'800'000)}});
  journal_.reset();
  clock_.boot = Duration(5'000);
  clock_.wall = clock_.wall.load() + Duration(18'000'000);
  open("boot-2");
  EXPECT_EQ(journal_->contents().holds[0].until, clock_.now() + Duration(10'800'000));
  journal_.reset();
  clock_.wall = clock_.wall.load() - Duration(18'000'000);
  open("boot-3");
  EXPECT_EQ(journal_->contents().holds[0].until, clock_.now() + Duration(28'800'000));
}

// Behind until the network tells the time: the end that was asked for is not forgotten.
TEST_F(CommJournal, AClockThatIsBehindForOneBootShortensNothingForGood) {
  open("boot-1");
  const Instant until = clock_.now() + Duration(28'800'000);
  journal_->record_hold({{"rack", until}});
  journal_->record_maintenance({"UPS-A", until});
  journal_.reset();
  const Duration right = clock_.wall.load();
  clock_.boot = Duration(5'000);
  clock_.wall = Duration(0);
  open("boot-2");
  EXPECT_EQ(journal_->contents().holds[0].until, clock_.now() + Duration(28'800'000));
  journal_.reset();
  clock_.boot = Duration(5'000);
  clock_.wall = right + Duration(600'000);
  open("boot-3");
  EXPECT_EQ(journal_->contents().holds[0].until, clock_.now() + Duration(28'200'000));
  EXPECT_EQ(journal_->contents().maintenance[0].until, clock_.now() + Duration(28'200'000));
}

// Set back once, it goes on from there.
TEST_F(CommJournal, WhatWasCutOnceIsNotGrantedAgainByTheNextBoot) {
  open("boot-1");
  journal_->record_hold({{"rack", clock_.now() + Duration(3'600'000)}});
  journal_.reset();
  clock_.boot = Duration(5'000);
  clock_.wall = Duration(0);
  open("boot-2");
  ASSERT_EQ(journal_->contents().holds.size(), 1u);
  EXPECT_EQ(journal_->contents().holds[0].until, clock_.now() + Duration(3'600'000));
  pass(Duration(3'000'000));
  journal_.reset();
  clock_.boot = Duration(5'000);
  open("boot-3");
  EXPECT_EQ(journal_->contents().holds[0].until, clock_.now() + Duration(600'000));
}

// An earlier program knows no lengths; what it asks for is not cut to what we asked for before.
TEST_F(CommJournal, ALengthBelongsToTheEndItWasKeptWith) {
  open("boot-1");
  journal_->record_hold({{"rack", clock_.now() + Duration(60'000)}});
  journal_.reset();
  const Instant until = clock_.now() + Duration(7'200'000);
  {
    auto database = Database::open(dir_.file("journal.db"), {});
    ASSERT_TRUE(database->run("UPDATE holds SET until_boot = " +
                              std::to_string(until.time_since_epoch().count())));
  }
  open("boot-1");
  EXPECT_EQ(journal_->contents().holds, (std::vector<HoldRecord>{{"rack", until}}));
}

TEST_F(CommJournal, AfterARebootTheWallClockCounts) {
  open("boot-1");
  journal_->record_comm({{failed_over("a")}});
  journal_.reset();
  clock_.boot = Duration(5'000);
  clock_.wall = clock_.wall.load() + Duration(200'000);
  open("boot-2");
  ASSERT_EQ(found().size(), 1u);
  EXPECT_EQ(found()[0].left_primary_ago, Duration(260'000));
}

TEST_F(CommJournal, AWallClockThatWasSetBackMakesNothingYoung) {
  open("boot-1");
  journal_->record_comm({{failed_over("a")}});
  journal_.reset();
  clock_.wall = clock_.wall.load() - Duration(3'600'000);
  open("boot-2");
  EXPECT_EQ(found()[0].left_primary_ago, Duration(60'000));
}

TEST_F(CommJournal, ANewRecordReplacesTheOldOne) {
  open("boot-1");
  journal_->record_comm({{failed_over("a")}});
  CommMemory back = failed_over("a");
  back.active_comm = "nut-1";
  back.left_primary_ago.reset();
  back.paths.pop_back();
  journal_->record_comm({{back}});
  open("boot-1");
  ASSERT_EQ(found().size(), 1u);
  EXPECT_EQ(found()[0].active_comm, "nut-1");
  EXPECT_EQ(found()[0].left_primary_ago, std::nullopt);
  EXPECT_EQ(found()[0].paths.size(), 1u);
}

TEST_F(CommJournal, DevicesNotHeardOfForLongAreForgotten) {
  open("boot-1");
  journal_->record_comm({{failed_over("old")}});
  pass(Duration(91LL * 86'400'000));
  journal_->record_comm({{failed_over("new")}});
  open("boot-1");
  open("boot-1");
  ASSERT_EQ(found().size(), 1u);
  EXPECT_EQ(found()[0].device, "new");
}

}  // namespace
}  // namespace nightwatt::io

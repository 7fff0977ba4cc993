#include "io/journal.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>

#include "io/database.h"
#include "tests/io/event_box.h"
#include "tests/io/small_disk.h"
#include "tests/io/sync_count.h"
#include "tests/peers/temp_dir.h"

namespace nightwatt::io {
namespace {

using io_test::EventBox;
using io_test::NoticeBox;
using io_test::SmallDisk;
using io_test::syncs;
using peers::write_file;

struct TestClock : ports::Clock {
  Instant now() const override { return Instant(boot.load()); }
  WallTime wall_now() const override { return WallTime(wall.load()); }
  // The journal's thread looks at it as well.
  std::atomic<Duration> boot{Duration(1'000'000)};
  std::atomic<Duration> wall{Duration(1'763'633'700'000)};
};

Instant at(std::int64_t ms) { return Instant(Duration(ms)); }

StepRecord step(const std::string& id, StepState state) {
  StepRecord record;
  record.id = id;
  record.name = "name of " + id;
  record.state = state;
  return record;
}

RunRecord run_of(std::uint64_t id, const std::string& group) {
  RunRecord run;
  run.id = RunId{id};
  run.group = group;
  run.reason = "quorum lost: 0 healthy, 1 needed";
  run.state = RunState::committed;
  run.committed_at = at(999'000);
  run.steps = {step("z-first", StepState::pending), step("a-second", StepState::pending)};
  return run;
}

class Journal : public testing::Test {
 protected:
  void open(const std::string& boot = "boot-1") {
    journal_.reset();
    auto opened =
        SqliteJournal::open({dir_.path(), boot, {}}, clock_, events_.sink(), notices_.sink());
    ASSERT_TRUE(opened.has_value()) << opened.error().what;
    journal_ = std::move(*opened);
  }
  void commit(const RunRecord& run) {
    journal_->commit_run({run});
    const auto written = events_.next_as<CommitWritten>();
    ASSERT_TRUE(written.has_value());
    EXPECT_TRUE(written->ok) << written->error;
    EXPECT_EQ(written->run, run.id);
  }
  const ports::JournalContents& found() const { return journal_->contents(); }

  peers::TempDir dir_;
  TestClock clock_;
  EventBox events_;
  NoticeBox notices_;
  std::unique_ptr<SqliteJournal> journal_;
};

TEST_F(Journal, BeginsEmpty) {
  open();
  EXPECT_TRUE(found().unfinished.empty());
  EXPECT_TRUE(found().last_closed.empty());
  EXPECT_TRUE(found().holds.empty());
  EXPECT_EQ(found().greatest, RunId{0});
  EXPECT_TRUE(notices_.empty());
}

TEST_F(Journal, GivesAnUnfinishedRunBackAsItWas) {
  open();
  RunRecord run = run_of(4, "rack-1");
  commit(run);
  run.steps[1].state = StepState::failed;
  run.steps[1].started_at = at(999'100);
  run.steps[1].ended_at = at(999'900);
  run.steps[1].error = "exit status 1: 'quoted', gr\xc3\xbcn";
  run.steps[1].dry_run = true;
  run.steps[1].down_confirmed = true;
  journal_->record_step({RunId{4}, run.steps[1]});
  clock_.wall = clock_.wall.load() +
                Duration(3'600'000);  // a step of the wall clock changes nothing in this boot
  open();
  run.state = RunState::running;
  ASSERT_EQ(found().unfinished.size(), 1u);
  EXPECT_EQ(found().unfinished[0], run);
  EXPECT_EQ(found().greatest, RunId{4});
}

TEST_F(Journal, KeepsTheLastClosedRunOfEachGroup) {
  open();
  for (const auto& [id, group] : {std::pair(1, "rack-1"), {2, "rack-2"}, {3, "rack-1"}}) {
    commit(run_of(static_cast<std::uint64_t>(id), group));
    journal_->close_run({RunId{static_cast<std::uint64_t>(id)}, "done " + std::to_string(id)});
  }
  open();
  EXPECT_TRUE(found().unfinished.empty());
  ASSERT_EQ(found().last_closed.size(), 2u);
  EXPECT_EQ(found().last_closed[0].record.id, RunId{2});
  EXPECT_EQ(found().last_closed[1].record.id, RunId{3});
  EXPECT_EQ(found().last_closed[1].outcome, "done 3");
  EXPECT_EQ(found().last_closed[1].record.state, RunState::done);
  EXPECT_EQ(found().last_closed[1].record.ended_at, at(1'000'000));
}

TEST_F(Journal, KeepsWhichMachineOfAClosedRunIsUpAgain) {
  open();
  RunRecord run = run_of(4, "rack-1");
  commit(run);
  journal_->close_run({RunId{4}, "done"});
  run.steps[0].returned = true;
  run.steps[1].down_confirmed = true;
  for (const StepRecord& step : run.steps) journal_->record_step({RunId{4}, step});
  open();
  EXPECT_TRUE(found().unfinished.empty()) << "progress after the end does not open it again";
  ASSERT_EQ(found().last_closed.size(), 1u);
  EXPECT_EQ(found().last_closed[0].record.steps, run.steps);
}

TEST_F(Journal, ClosesRunsOfAnotherBoot) {
  open();
  commit(run_of(4, "rack-1"));
  clock_.boot = Duration(5'000);
  clock_.wall = clock_.wall.load() + Duration(60'000);
  open("boot-2");
  EXPECT_TRUE(found().unfinished.empty());
  ASSERT_EQ(found().last_closed.size(), 1u);
  EXPECT_EQ(found().last_closed[0].outcome, "interrupted by a restart of the machine");
  // Committed a second before the first boot's "now", that is 61 s before this one's.
  EXPECT_EQ(found().last_closed[0].record.committed_at, at(5'000 - 61'000));
  EXPECT_EQ(found().greatest, RunId{4});
}

TEST_F(Journal, ConvertsHoldsOfAnotherBoot) {
  open();
  journal_->record_hold({{"rack-1", at(1'600'000)}});
  journal_->record_hold({{"rack-2", at(1'700'000)}});
  journal_->record_hold({{"rack-1", at(1'900'000)}});
  journal_->forget_hold({"rack-2"});
  open();
  EXPECT_EQ(found().holds, (std::vector<HoldRecord>{{"rack-1", at(1'900'000)}}));
  clock_.boot = Duration(5'000);
  clock_.wall = clock_.wall.load() + Duration(60'000);
  open("boot-2");
  EXPECT_EQ(found().holds, (std::vector<HoldRecord>{{"rack-1", at(5'000 + 900'000 - 60'000)}}));
}

TEST_F(Journal, KnowsForEverWhichMembersWereRead) {
  open();
  journal_->record_read({{"UPS-B|ups1@10.0.0.11:3493", "UPS-A|ups1@10.0.0.10:3493"}});
  journal_->record_read({{"UPS-A|ups1@10.0.0.10:3493"}});
  open("boot-2");
  EXPECT_EQ(found().read_members,
            (std::vector<std::string>{"UPS-A|ups1@10.0.0.10:3493", "UPS-B|ups1@10.0.0.11:3493"}));
}

TEST_F(Journal, SyncsEveryCommitBeforeItAnswers) {
  open();
  commit(run_of(1, "rack-1"));
  for (std::uint64_t id = 2; id < 6; ++id) {
    const int before = syncs();
    commit(run_of(id, "rack-1"));
    EXPECT_GT(syncs(), before);
  }
}

TEST_F(Journal, SyncsAnOrderBeforeItAnswers) {
  open();
  commit(run_of(1, "rack-1"));
  for (std::uint64_t id = 1; id < 4; ++id) {
    const int before = syncs();
    journal_->record_audit({.record = {.id = id, .device = "UPS-A"}, .answer = true});
    const auto written = events_.next_as<AuditWritten>();
    ASSERT_TRUE(written.has_value());
    EXPECT_TRUE(written->ok) << written->error;
    EXPECT_EQ(written->order, id);
    EXPECT_GT(syncs(), before);
  }
  journal_->record_audit({.record = {.id = 9, .device = "UPS-A"}});
  commit(run_of(2, "rack-1"));  // the next answer is this one's
}

TEST_F(Journal, ReadsTheAuditBehindWhatWasAskedBefore) {
  open();
  journal_->record_audit({.record = {.id = 7, .device = "UPS-A", .name = "x"}});
  io_test::Box<expected<std::vector<AuditEntry>, Error>> answers;
  journal_->read_audit(10, answers.sink());
  const auto rows = answers.next();
  ASSERT_TRUE(rows && *rows);
  ASSERT_EQ((*rows)->size(), 1u);
  EXPECT_EQ((**rows)[0].record.id, 7u);
}

TEST_F(Journal, AStepOfAnUnknownRunDoesNotHoldUpTheOthers) {
  open();
  journal_->record_step({RunId{77}, step("x", StepState::ok)});
  commit(run_of(5, "rack-1"));
  open();
  EXPECT_EQ(found().unfinished.size(), 1u);
}

void expect_moved_aside(const peers::TempDir& dir, const std::string& prefix) {
  int found = 0;
  for (const auto& entry : std::filesystem::directory_iterator(dir.path()))
    if (entry.path().filename().string().starts_with(prefix)) ++found;
  EXPECT_EQ(found, 1);
}

TEST_F(Journal, ThatIsNotADatabaseIsMovedAside) {
  write_file(dir_.file("journal.db"), std::string(100'000, 'x'));
  open();
  expect_moved_aside(dir_, "journal.db.corrupt-20251120T101500Z");
  const auto notice = notices_.next();
  ASSERT_TRUE(notice.has_value());
  EXPECT_EQ(notice->severity, Severity::alarm);
  EXPECT_EQ(notice->kind, NoticeKind::journal);
  EXPECT_NE(notice->message.find("journal.db.corrupt-20251120T101500Z"), std::string::npos);
  commit(run_of(1, "rack-1"));
}

TEST_F(Journal, ThatIsEmptySaysSo) {
  std::ofstream(dir_.file("journal.db")).flush();
  ASSERT_TRUE(
      SqliteJournal::open({dir_.path(), "boot-1", {}}, clock_, events_.sink(), notices_.sink()));
  const auto notice = notices_.next();
  ASSERT_TRUE(notice.has_value());
  EXPECT_EQ(notice->message, dir_.file("journal.db") +
                                 " was there and empty: what it knew of runs and holds is gone");
}

TEST_F(Journal, WithDamagedPagesIsMovedAside) {
  open();
  for (std::uint64_t id = 1; id < 40; ++id) commit(run_of(id, "rack-" + std::to_string(id)));
  journal_.reset();
  const std::string path = dir_.file("journal.db");
  std::string bytes = peers::read_file(path);
  ASSERT_GT(bytes.size(), 12'288u);
  for (std::size_t i = 4'096; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 7);
  write_file(path, bytes);
  open();
  expect_moved_aside(dir_, "journal.db.corrupt-");
  EXPECT_EQ(found().greatest, RunId{0});
  commit(run_of(1, "rack-1"));
}

TEST_F(Journal, OfALaterProgramIsMovedAside) {
  open();
  journal_.reset();
  {
    auto database = Database::open(dir_.file("journal.db"), {});
    ASSERT_TRUE(database->run("PRAGMA user_version = 99").has_value());
  }
  open();
  expect_moved_aside(dir_, "journal.db.version-99-");
  commit(run_of(1, "rack-1"));
}

TEST_F(Journal, RefusesADirectoryThatIsNotThere) {
  const std::string nowhere = dir_.file("nowhere");
  const auto opened =
      SqliteJournal::open({nowhere, "boot-1", {}}, clock_, events_.sink(), notices_.sink());
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().what,
            "journal directory " + nowhere + " cannot be written: no such file or directory");
}

// The tables that are missing cannot be added yet: that is a full disk and no damage.
TEST_F(Journal, OfAnEarlierProgramOnAFullDiskIsNotMovedAside) {
  const std::string small = dir_.file("small");
  const SmallDisk disk(small);
  if (!disk.mounted()) GTEST_SKIP() << "mounting a small tmpfs is not allowed here";
  const JournalSettings settings{small, "boot-1", {}};
  {
    auto opened = SqliteJournal::open(settings, clock_, events_.sink(), notices_.sink());
    (*opened)->commit_run({run_of(1, "rack-1")});
    ASSERT_TRUE(events_.next_as<CommitWritten>());
  }
  {
    auto database = Database::open(small + "/journal.db", {});
    ASSERT_TRUE(
        database->run("DROP TABLE comm_memory_moves; ALTER TABLE audit DROP COLUMN policy; "
                      "PRAGMA wal_checkpoint(TRUNCATE)"));
  }
  const std::string ballast = small + "/ballast";
  write_file(ballast, std::string(1'000'000, 'x'));
  auto opened = SqliteJournal::open(settings, clock_, events_.sink(), notices_.sink());
  ASSERT_TRUE(opened.has_value());
  EXPECT_EQ((*opened)->contents().unfinished.size(), 1u) << "what stands there is read";
  (*opened)->record_comm({{CommMemory{.device = "UPS-A"}}});
  (*opened)->record_audit({.record = {.id = 3, .device = "UPS-A"}, .answer = true});
  const auto not_audited = events_.next_as<AuditWritten>();
  ASSERT_TRUE(not_audited.has_value());
  EXPECT_FALSE(not_audited->ok);
  ASSERT_EQ(::unlink(ballast.c_str()), 0);
  const auto alarm = notices_.next();
  ASSERT_TRUE(alarm.has_value());
  EXPECT_NE(alarm->message.find("takes no records"), std::string::npos) << alarm->message;
  const auto again = notices_.next();
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->message, small + "/journal.db takes records again");
  opened->reset();
  for (const auto& file : std::filesystem::directory_iterator(small))
    EXPECT_EQ(file.path().string().find("corrupt"), std::string::npos) << file.path();
  auto database = Database::open(small + "/journal.db", {});
  EXPECT_EQ(database->integer("SELECT count(*) FROM audit WHERE policy IS NULL").value_or(-1), 1);
  EXPECT_EQ(database->integer("SELECT count(*) FROM comm_memory_moves").value_or(-1), 1);
}

TEST_F(Journal, SaysThatTheDiskIsFullAndWritesLater) {
  const std::string small = dir_.file("small");
  const SmallDisk disk(small);
  if (!disk.mounted()) GTEST_SKIP() << "mounting a small tmpfs is not allowed here";
  const JournalSettings settings{small, "boot-1", {}};
  {
    auto opened = SqliteJournal::open(settings, clock_, events_.sink(), notices_.sink());
    ASSERT_TRUE(opened.has_value());
    const std::string ballast = small + "/ballast";
    write_file(ballast, std::string(1'000'000, 'x'));
    (*opened)->commit_run({run_of(1, "rack-1")});
    const auto refused = events_.next_as<CommitWritten>();
    ASSERT_TRUE(refused.has_value());
    EXPECT_FALSE(refused->ok);
    EXPECT_NE(refused->error, "");
    (*opened)->record_audit({.record = {.id = 3, .device = "UPS-A"}, .answer = true});
    const auto not_audited = events_.next_as<AuditWritten>();
    ASSERT_TRUE(not_audited.has_value());
    EXPECT_FALSE(not_audited->ok) << "an order waits for this answer, good or bad";
    const auto alarm = notices_.next();
    ASSERT_TRUE(alarm.has_value());
    EXPECT_EQ(alarm->severity, Severity::alarm);
    ASSERT_EQ(::unlink(ballast.c_str()), 0);
    const auto again = notices_.next();  // by itself, without another write
    ASSERT_TRUE(again.has_value());
    EXPECT_EQ(again->message, small + "/journal.db takes records again");
    (*opened)->record_step({RunId{1}, step("z-first", StepState::ok)});
  }
  auto opened = SqliteJournal::open(settings, clock_, events_.sink(), notices_.sink());
  ASSERT_EQ((*opened)->contents().unfinished.size(), 1u);
  EXPECT_EQ((*opened)->contents().unfinished[0].steps[0].state, StepState::ok);
  EXPECT_TRUE(events_.empty());
}

}  // namespace
}  // namespace nightwatt::io

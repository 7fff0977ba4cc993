#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <future>

#include "io/journal.h"
#include "io/journal_queue.h"
#include "io/system_clock.h"
#include "tests/io/event_box.h"
#include "tests/io/small_disk.h"
#include "tests/io/sync_count.h"
#include "tests/peers/temp_dir.h"

// Whoever asks for what is refused, faster than the disk syncs, holds up no record that somebody
// waits for.
namespace nightwatt::io {
namespace {

class BusyJournal : public testing::Test {
 protected:
  // Its thread is held by the answer to an order's record until let_go().
  BusyJournal() {
    auto sink = [this, told = events.sink()](Event event) mutable {
      if (const auto* written = std::get_if<AuditWritten>(&event); written && written->order == 1) {
        held.set_value();
        go_on.wait();
      }
      told(std::move(event));
    };
    auto opened = SqliteJournal::open({dir.path(), "boot", {}}, clock, sink, notices.sink());
    EXPECT_TRUE(opened) << opened.error().what;
    journal = std::move(*opened);
    journal->record_audit({.record = record(1), .answer = true});
    held.get_future().wait();
  }
  static AuditRecord record(std::uint64_t id) {
    AuditRecord made{.id = id, .device = "UPS-A", .name = "load.off"};
    made.outcome = ControlOutcome::refused;
    return made;
  }
  void let_go() { release.set_value(); }
  std::vector<AuditEntry> audit() {
    io_test::Box<expected<std::vector<AuditEntry>, Error>> answers;
    journal->read_audit(10'000, answers.sink());
    auto rows = answers.next();
    EXPECT_TRUE(rows && *rows);
    return rows && *rows ? std::move(**rows) : std::vector<AuditEntry>();
  }

  peers::TempDir dir;
  SystemClock clock;
  io_test::EventBox events;
  io_test::NoticeBox notices;
  std::promise<void> held;
  std::promise<void> release;
  std::shared_future<void> go_on{release.get_future()};
  std::unique_ptr<SqliteJournal> journal;
};

TEST_F(BusyJournal, ACommitBehindAThousandRefusalsWaitsForOneSync) {
  for (std::uint64_t id = 2; id <= 1'000; ++id) journal->record_audit({.record = record(id)});
  RunRecord run;
  run.id = RunId{1};
  run.group = "rack-1";
  journal->commit_run({run});
  const int before = io_test::syncs();
  let_go();
  ASSERT_TRUE(events.next_as<AuditWritten>());
  const auto written = events.next_as<CommitWritten>();
  ASSERT_TRUE(written);
  EXPECT_TRUE(written->ok) << written->error;
  EXPECT_LE(io_test::syncs() - before, 4) << "a checkpoint of the log may be among them";
  EXPECT_EQ(audit().size(), 1'000u);
  EXPECT_TRUE(notices.empty());
}

TEST_F(BusyJournal, KeepsSoManyRefusalsAndSaysHowManyItDropped) {
  constexpr std::size_t asked = journal_refusals_max + 500;
  for (std::uint64_t id = 2; id < 2 + asked; ++id) journal->record_audit({.record = record(id)});
  AuditRecord sent = record(9'000);
  sent.path = "its primary path (nut-a1)";
  sent.outcome = ControlOutcome::ok;
  journal->record_audit({.record = sent});
  journal->record_audit({.record = record(9'001), .answer = true});
  let_go();
  ASSERT_TRUE(events.next_as<AuditWritten>());
  ASSERT_TRUE(events.next_as<AuditWritten>());
  const auto rows = audit();
  EXPECT_EQ(rows.size(), 1 + journal_refusals_max + 2);
  EXPECT_TRUE(std::ranges::any_of(rows, [](const auto& row) { return row.record.id == 9'000; }));
  const auto notice = notices.next();
  ASSERT_TRUE(notice);
  EXPECT_EQ(notice->severity, Severity::warning);
  EXPECT_EQ(notice->message,
            "500 orders that were refused or dry runs are not in the audit: they came faster than "
            "the disk takes them");
  EXPECT_TRUE(notices.empty());
}

// They came back to a disk that had room again and filled it before anything else was written.
TEST(FullJournal, RefusalsDoNotKeepADiskFull) {
  const peers::TempDir dir;
  const std::string small = dir.file("small");
  const io_test::SmallDisk disk(small);
  if (!disk.mounted()) GTEST_SKIP() << "mounting a small tmpfs is not allowed here";
  SystemClock clock;
  io_test::EventBox events;
  io_test::NoticeBox notices;
  auto opened = SqliteJournal::open({small, "boot", {}}, clock, events.sink(), notices.sink());
  ASSERT_TRUE(opened) << opened.error().what;
  const std::string ballast = small + "/ballast";
  std::ofstream(ballast) << std::string(1'000'000, 'x');
  (*opened)->record_hold({{"rack", clock.now() + Duration(3'600'000)}});
  for (std::uint64_t id = 2; id < 3'000; ++id) {
    AuditRecord refused{.id = id, .device = "UPS-A", .name = "load.off"};
    refused.outcome = ControlOutcome::refused;
    refused.text = std::string(400, 'x');
    (*opened)->record_audit({.record = refused});
    if (id % 500 != 0) continue;
    io_test::Box<expected<std::vector<AuditEntry>, Error>> taken;  // what was asked before is
    (*opened)->read_audit(1, taken.sink());
    ASSERT_TRUE(taken.next());
  }
  ASSERT_EQ(::unlink(ballast.c_str()), 0);
  opened->reset();  // writes what is left
  opened = SqliteJournal::open({small, "boot", {}}, clock, events.sink(), notices.sink());
  ASSERT_TRUE(opened) << opened.error().what;
  EXPECT_EQ((*opened)->contents().holds.size(), 1u);
}

}  // namespace
}  // namespace nightwatt::io

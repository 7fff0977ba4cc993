#include "io/history.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "io/database.h"
#include "tests/io/event_box.h"
#include "tests/peers/temp_dir.h"

namespace nightwatt::io {
namespace {

using io_test::NoticeBox;

Notice notice_of(const std::string& subject) {
  return {Severity::warning,
          NoticeKind::verdict,
          subject,
          "message of " + subject,
          {{"b", "2"}, {"a", "quote \" and gr\xc3\xbcn"}}};
}

class History : public testing::Test {
 protected:
  void open() {
    history_.reset();
    history_ = std::make_unique<SqliteHistory>(settings_, notices_.sink());
  }
  void add(int count) {
    for (int i = 0; i < count; ++i)
      history_->add(notice_of(std::to_string(history_->last_id() + 1)), WallTime(Duration(1'234)));
  }

  peers::TempDir dir_;
  NoticeBox notices_;
  HistorySettings settings_{dir_.path(), 100'000, 2'000, 10'000, {}};
  std::unique_ptr<SqliteHistory> history_;
};

TEST_F(History, SurvivesARestart) {
  open();
  EXPECT_EQ(history_->last_id(), 0u);
  add(3);
  open();
  EXPECT_EQ(history_->last_id(), 3u);
  const auto entries = history_->after(1, 10);
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[1].id, 3u);
  EXPECT_EQ(entries[1].time, WallTime(Duration(1'234)));
  EXPECT_EQ(entries[1].severity, Severity::warning);
  EXPECT_EQ(entries[1].kind, "verdict");
  EXPECT_EQ(entries[1].subject, "3");
  EXPECT_EQ(entries[1].message, "message of 3");
  EXPECT_EQ(entries[1].details, notice_of("3").details);
  add(1);
  EXPECT_EQ(history_->last_id(), 4u);
}

TEST_F(History, AnswersFromMemory) {
  settings_.kept_in_memory = 5;
  open();
  add(8);
  EXPECT_EQ(history_->after(0, 100).size(), 5u);
  EXPECT_EQ(history_->after(0, 2).back().id, 5u);
  EXPECT_TRUE(history_->after(8, 100).empty());
  EXPECT_TRUE(history_->after(99, 100).empty());
  EXPECT_EQ(history_->newest(2).front().id, 7u);
  EXPECT_EQ(history_->newest(100).size(), 5u);
}

TEST_F(History, KeepsTheNewestOnDisk) {
  settings_.kept_on_disk = 10;
  open();
  add(25);
  open();
  const auto entries = history_->after(0, 100);
  ASSERT_EQ(entries.size(), 10u);
  EXPECT_EQ(entries.front().id, 16u);
}

TEST_F(History, WithoutADiskWorksFromMemoryAndCountsWhatIsDropped) {
  settings_.directory = dir_.file("nowhere");
  settings_.queue_max = 3;
  open();
  const auto said = notices_.next();
  ASSERT_TRUE(said.has_value());
  EXPECT_NE(said->message.find("nowhere/history.db takes no entries"), std::string::npos);
  add(5);
  EXPECT_EQ(history_->after(0, 10).size(), 5u);
  EXPECT_EQ(history_->dropped(), 2u);
  EXPECT_EQ(notices_.next()->message, "the disk cannot keep up; the oldest entries are dropped");
  // The disk comes back: what still waits is written with the next entry.
  ::mkdir(settings_.directory.c_str(), 0700);
  add(1);
  const auto again = notices_.next();
  ASSERT_TRUE(again.has_value());
  EXPECT_NE(again->message.find("takes entries again"), std::string::npos);
}

TEST_F(History, ThatIsDamagedIsMovedAside) {
  peers::write_file(dir_.file("history.db"), std::string(50'000, 'x'));
  open();
  add(1);
  open();
  EXPECT_EQ(history_->last_id(), 1u);
  const auto said = notices_.next();
  ASSERT_TRUE(said.has_value());
  EXPECT_NE(said->message.find("history.db.corrupt-"), std::string::npos);
}

}  // namespace
}  // namespace nightwatt::io

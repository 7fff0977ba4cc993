#include "io/recent_entries.h"

#include <gtest/gtest.h>

#include <string>

namespace nightwatt::io {
namespace {

using ports::HistoryEntry;

HistoryEntry entry_of(std::uint64_t id, std::size_t text = 40) {
  return {id,
          WallTime(Duration(static_cast<std::int64_t>(1'000 * id))),
          Severity::warning,
          "member_state",
          "UPS-" + std::to_string(id),
          std::string(text, 'x'),
          {{"from", "HEALTHY"}, {"reasons", std::string("a\0b", 3)}}};
}

std::vector<std::uint64_t> ids_of(const std::vector<HistoryEntry>& entries) {
  std::vector<std::uint64_t> out;
  for (const HistoryEntry& each : entries) out.push_back(each.id);
  return out;
}

using Ids = std::vector<std::uint64_t>;

TEST(RecentEntries, GiveBackWhatWasPutIn) {
  RecentEntries recent(10);
  EXPECT_TRUE(recent.newest(5).empty());
  EXPECT_TRUE(recent.after(0, 5).empty());
  recent.add(entry_of(7));
  const auto found = recent.newest(5);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].id, 7u);
  EXPECT_EQ(found[0].time, entry_of(7).time);
  EXPECT_EQ(found[0].severity, Severity::warning);
  EXPECT_EQ(found[0].kind, "member_state");
  EXPECT_EQ(found[0].subject, "UPS-7");
  EXPECT_EQ(found[0].message, entry_of(7).message);
  EXPECT_EQ(found[0].details, entry_of(7).details);
}

TEST(RecentEntries, TheNewestAreKeptOverManyBlocks) {
  constexpr std::size_t kept = 500;
  RecentEntries recent(kept);
  for (std::uint64_t id = 1; id <= 5'000; ++id) {
    recent.add(entry_of(2 * id));  // ids have gaps: some were dropped before a restart
    const std::size_t size = std::min<std::size_t>(id, kept);
    ASSERT_EQ(recent.size(), size);
    if (id % 97 != 0) continue;
    const auto all = ids_of(recent.newest(10'000));
    ASSERT_EQ(all.size(), size);
    ASSERT_EQ(all.front(), 2 * (id - size + 1));
    ASSERT_EQ(all.back(), 2 * id);
    ASSERT_EQ(ids_of(recent.newest(2)), (Ids{2 * id - 2, 2 * id}));
    ASSERT_EQ(ids_of(recent.after(0, 10'000)), all);
    ASSERT_EQ(ids_of(recent.after(2 * id - 5, 10)), (Ids{2 * id - 4, 2 * id - 2, 2 * id}));
    ASSERT_EQ(ids_of(recent.after(2 * id - 6, 2)), (Ids{2 * id - 4, 2 * id - 2}));
    ASSERT_TRUE(recent.after(2 * id, 10).empty());
  }
}

TEST(RecentEntries, OneMayBeLargerThanABlock) {
  RecentEntries recent(3);
  for (std::uint64_t id = 1; id <= 9; ++id) {
    recent.add(entry_of(id, id % 2 == 0 ? 100'000 : 10));
  }
  EXPECT_EQ(ids_of(recent.newest(9)), (Ids{7, 8, 9}));
  EXPECT_EQ(recent.newest(2)[0].message.size(), 100'000u);
  EXPECT_TRUE(recent.newest(0).empty());
  EXPECT_TRUE(recent.after(0, 0).empty());
}

TEST(RecentEntries, AFloodOfLargeOnesLeavesNoRoomBehind) {
  RecentEntries recent(200);
  const std::size_t at_first = recent.room();
  std::uint64_t id = 0;
  for (const std::size_t text : {100'000, 9'000}) {
    for (int i = 0; i < 400; ++i) recent.add(entry_of(++id, text));
    EXPECT_GT(recent.room(), 200 * text);
    for (int i = 0; i < 400; ++i) recent.add(entry_of(++id));
    EXPECT_LT(recent.room(), 3 * at_first + 20'000);
  }
  EXPECT_EQ(recent.newest(1).at(0).id, id);
}

}  // namespace
}  // namespace nightwatt::io

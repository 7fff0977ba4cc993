#include "core/comm/agenda.h"

#include <gtest/gtest.h>

#include <map>
#include <tuple>

#include "base/archive.h"
#include "base/rng.h"

namespace nightwatt::core {
namespace {

Instant at(int ms) { return Instant{} + Duration(ms); }

TEST(Agenda, GivesWhatIsDueInOrderOfTimeThenOrderThenSlot) {
  Agenda agenda(4);
  agenda.set(3, at(10), 0);
  agenda.set(2, at(10), 7);
  agenda.set(1, at(10), 7);
  agenda.set(0, at(5), 9);
  EXPECT_EQ(agenda.next(), at(5));
  EXPECT_EQ(agenda.pop_due(at(4)), std::nullopt);
  EXPECT_EQ(agenda.pop_due(at(10)), 0u);
  EXPECT_EQ(agenda.pop_due(at(10)), 3u);
  EXPECT_EQ(agenda.pop_due(at(10)), 1u);
  EXPECT_EQ(agenda.pop_due(at(10)), 2u);
  EXPECT_EQ(agenda.pop_due(at(10)), std::nullopt);
  EXPECT_EQ(agenda.next(), std::nullopt);
}

TEST(Agenda, KeepsTimesOfAllSignsAndEveryKindOfOrder) {
  constexpr std::uint64_t kind = std::uint64_t{1} << 62;
  constexpr std::uint64_t greatest = (std::uint64_t{1} << 50) - 1;
  Agenda agenda(8);
  agenda.set(0, at(1), 3 * kind | greatest);
  agenda.set(1, at(1), 3 * kind);
  agenda.set(2, at(1), 2 * kind | greatest);
  agenda.set(3, at(1), greatest);
  agenda.set(4, at(-1), 3 * kind | greatest);
  agenda.set(5, Instant::max(), 0);
  agenda.set(6, Instant::min(), 0);
  agenda.set(7, at(0), greatest);
  EXPECT_EQ(agenda.at(4), at(-1));
  EXPECT_EQ(agenda.at(0), at(1));
  EXPECT_GT(*agenda.at(5), at(0) + std::chrono::hours(24 * 365 * 200));
  for (const std::uint32_t next : {6u, 4u, 7u, 3u, 2u, 1u, 0u, 5u}) {
    EXPECT_EQ(agenda.pop_due(Instant::max()), next);
  }
  EXPECT_EQ(agenda.pop_due(Instant::max()), std::nullopt);
}

TEST(Agenda, AgreesWithAPlainMapOverRandomWork) {
  Rng rng(7);
  constexpr std::uint32_t slots = 50;
  Agenda agenda(slots);
  std::map<std::uint32_t, std::pair<Instant, std::uint64_t>> plain;
  for (int i = 0; i < 20'000; ++i) {
    const auto slot = static_cast<std::uint32_t>(rng.between(0, slots - 1));
    if (rng.chance_percent(50)) {
      const Instant when = at(static_cast<int>(rng.between(0, 1000)));
      const auto order = static_cast<std::uint64_t>(rng.between(0, 3));
      agenda.set(slot, when, order);
      plain[slot] = {when, order};
    } else if (rng.chance_percent(50)) {
      agenda.clear(slot);
      plain.erase(slot);
    } else if (!plain.empty()) {
      auto first = plain.begin();
      for (auto it = plain.begin(); it != plain.end(); ++it) {
        if (it->second < first->second) first = it;
      }
      ASSERT_EQ(agenda.next(), first->second.first);
      ASSERT_EQ(agenda.pop_due(at(2000)), first->first);
      plain.erase(first);
    }
  }
}

}  // namespace
}  // namespace nightwatt::core

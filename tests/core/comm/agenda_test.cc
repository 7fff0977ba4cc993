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

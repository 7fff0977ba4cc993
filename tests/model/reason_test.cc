// Reasons and numbers as people read them: the sentences are part of the log.
#include "model/power.h"
#include "model/quantity.h"

namespace nightwatt {
namespace {

TEST(Quantity, OneDecimalAtMost) {
  EXPECT_EQ(quantity(14), "14");
  EXPECT_EQ(quantity(14.26), "14.3");
  EXPECT_EQ(quantity(0), "0");
  EXPECT_EQ(quantity(-0.04), "0");
  EXPECT_EQ(quantity(-1.5), "-1.5");
  EXPECT_EQ(quantity(99.96), "100");
  EXPECT_EQ(quantity(1e9), "1000000000");
  EXPECT_EQ(quantity(1.0 / 0.0), "?");
  EXPECT_EQ(quantity(0.0 / 0.0), "?");
  EXPECT_EQ(quantity(1.7e308).size(), 309u);
  EXPECT_EQ(quantity(80, "%"), "80 %");
}

std::string said(ReasonKind kind, double value = 0, double limit = 0) {
  return sentence({kind, value, limit});
}

TEST(Sentence, NamesTheValueAndItsLimit) {
  EXPECT_EQ(said(ReasonKind::low_battery, 14, 20), "battery.charge 14 % is below 20 %");
  EXPECT_EQ(said(ReasonKind::critical_runtime, 599, 600), "battery.runtime 599 s is below 600 s");
  EXPECT_EQ(said(ReasonKind::depletion, 18.25, 15),
            "battery.charge falls by 18.2 %/min, more than 15 %/min");
  EXPECT_EQ(said(ReasonKind::extended_time, 901, 900), "on battery for 901 s, more than 900 s");
  EXPECT_EQ(said(ReasonKind::overload, 120, 105),
            "overloaded (OVER): ups.load 120 % is at or above 105 %");
  EXPECT_EQ(said(ReasonKind::input_voltage, 165, 207), "input.voltage 165 V is below 207 V");
  EXPECT_EQ(said(ReasonKind::input_voltage, 260, 253), "input.voltage 260 V is above 253 V");
  EXPECT_EQ(said(ReasonKind::failsafe, 3, 3),
            "lost from sight while on battery: 3 polls without a reading");
  EXPECT_EQ(said(ReasonKind::failsafe, 1, 3),
            "lost from sight while on battery: 1 poll without a reading");
  EXPECT_EQ(said(ReasonKind::sight_lost_grace, 5, 60), "no reading for 5 s (grace 60 s)");
  EXPECT_EQ(said(ReasonKind::sight_lost, 65), "not seen for 65 s");
  EXPECT_EQ(said(ReasonKind::on_battery, 0), "on battery for 0 s");
  EXPECT_EQ(said(ReasonKind::output_off, 1, 2), "one reading says that the output is off (OFF)");
  EXPECT_EQ(said(ReasonKind::output_off, 2, 2), "the output is off (OFF)");
  EXPECT_EQ(said(ReasonKind::maintenance, 600), "in maintenance for another 600 s");
}

TEST(Sentence, OfAConditionNamesItsNumberAndUnit) {
  const Reason hot{ReasonKind::condition_critical, 46.2, 45, "hot: ups.temperature", false};
  EXPECT_EQ(sentence(hot), "hot: ups.temperature 46.2 °C is above 45 °C");
  const Reason wire{ReasonKind::condition_degraded, 79.26, 80, "comm.success.hour", true};
  EXPECT_EQ(sentence(wire), "comm.success.hour 79.26 % is below 80 %");
  const Reason tank{ReasonKind::condition_degraded, 0.05, 0.04, "tank.1.level", true};
  EXPECT_EQ(sentence(tank), "tank.1.level was below 0.04 and is 0.05");
  const Reason slow{ReasonKind::condition_degraded, 250, 100, "comm.path.2.latency_ms", false};
  EXPECT_EQ(sentence(slow), "comm.path.2.latency_ms 250 ms is above 100 ms");
}

TEST(Quantity, FineWithThreeDecimalsAtMost) {
  EXPECT_EQ(fine_quantity(0.0504, ""), "0.05");
  EXPECT_EQ(fine_quantity(-0.0001, "V"), "0 V");
  EXPECT_EQ(fine_quantity(1200, ""), "1200");
}

TEST(Sentence, EveryKindHasItsWordItsSentenceAndItsEnd) {
  std::set<std::string_view> words;
  for (int i = 0; i <= static_cast<int>(ReasonKind::maintenance); ++i) {
    const auto kind = static_cast<ReasonKind>(i);
    EXPECT_NE(to_string(kind), "?");
    EXPECT_TRUE(words.insert(to_string(kind)).second) << to_string(kind);
    EXPECT_GT(said(kind).size(), 8u) << to_string(kind);
    const auto end = how_it_clears(kind);
    EXPECT_TRUE(end.starts_with("clears when ") || end.starts_with("ends ")) << end;
    for (const char c : said(kind)) EXPECT_NE(c, '\n');
  }
}

TEST(Words, OfTheInterface) {
  EXPECT_EQ(to_string(MemberState::healthy), "HEALTHY");
  EXPECT_EQ(to_string(MemberState::maintenance), "MAINTENANCE");
  EXPECT_EQ(to_string(Verdict::protected_), "protected");
  EXPECT_EQ(to_string(Verdict::redundancy_lost), "redundancy_lost");
  EXPECT_EQ(to_string(Verdict::blind), "blind");
  EXPECT_EQ(to_string(Verdict::quorum_lost), "quorum_lost");
  EXPECT_LT(Verdict::protected_, Verdict::redundancy_lost);
  EXPECT_LT(Verdict::redundancy_lost, Verdict::blind);
  EXPECT_LT(Verdict::blind, Verdict::quorum_lost);
}

}  // namespace
}  // namespace nightwatt

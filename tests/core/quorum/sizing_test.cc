// Could the remaining feeds carry the load? (power-quorum, section 3, "Sizing")
#include "core/quorum/sizing.h"

#include "base/rng.h"

namespace nightwatt::core {
namespace {

Reading reading(std::initializer_list<std::pair<Variable, double>> values) {
  Reading out;
  out.status = parse_status("OL");
  for (const auto& [variable, value] : values) out.values.set(variable, value);
  return out;
}

FeedLoad feed(std::string_view name, double percent, double watts, double runtime_s = 1800) {
  MemberRule rule;
  rule.nominal_power = watts;
  const Reading now =
      reading({{Variable::ups_load, percent}, {Variable::battery_runtime, runtime_s}});
  return feed_of(name, true, &now, rule);
}

Sizing sized(std::vector<FeedLoad> feeds, double headroom = 0) {
  QuorumRule rule;
  rule.headroom = headroom;
  return size_up(rule, feeds);
}

TEST(Sizing, TwoEqualFeedsAddUp) {
  const Sizing sizing = sized({feed("UPS-A", 45, 1000), feed("UPS-B", 30, 1000)});
  EXPECT_DOUBLE_EQ(sizing.single_feed_load.value(), 75);
  EXPECT_DOUBLE_EQ(sizing.member_load.value(), 45);
  EXPECT_EQ(sizing.most_loaded, "UPS-A");
}

TEST(Sizing, TheWorstFailureIsThatOfTheLargest) {
  const Sizing sizing = sized({feed("UPS-A", 20, 1000), feed("UPS-B", 20, 3000)});
  EXPECT_EQ(sizing.worst_failure, "UPS-B");
  EXPECT_DOUBLE_EQ(sizing.single_feed_load.value(), 80);
}

TEST(Sizing, ThreeFeedsShare) {
  const Sizing sizing =
      sized({feed("UPS-A", 40, 1000), feed("UPS-B", 40, 1000), feed("UPS-C", 40, 1000)});
  EXPECT_DOUBLE_EQ(sizing.single_feed_load.value(), 60);
}

TEST(Sizing, RuntimeOfTheSurvivorFallsFasterThanItsLoadRises) {
  const Sizing sizing = sized({feed("UPS-A", 30, 1000, 1800), feed("UPS-B", 30, 1000, 1200)});
  EXPECT_EQ(sizing.worst_failure, "UPS-A");
  EXPECT_NEAR(sizing.post_transfer_runtime_s.value(), 1200 * 0.406, 1);
}

TEST(Sizing, ALoneFeedIsSingleFeedOperationAlready) {
  std::vector<FeedLoad> feeds{feed("UPS-A", 70, 1000, 900), feed("UPS-B", 0, 1000)};
  feeds[1].feeding = false;
  const Sizing sizing = sized(feeds);
  EXPECT_DOUBLE_EQ(sizing.single_feed_load.value(), 70);
  EXPECT_DOUBLE_EQ(sizing.post_transfer_runtime_s.value(), 900);
  EXPECT_EQ(sizing.worst_failure, "");
  EXPECT_FALSE(sizing.member_load.has_value()) << "the 50 % rule is for normal operation";
}

TEST(Sizing, WhatIsNotReportedIsNotKnown) {
  const Reading bare = reading({{Variable::ups_load, 30}});
  const Sizing sizing = sized({feed_of("UPS-A", true, &bare, {}), feed("UPS-B", 30, 1000)});
  EXPECT_FALSE(sizing.single_feed_load.has_value());
  EXPECT_EQ(sentence(sizing),
            "single-feed load not known, post-transfer runtime not known; load of UPS-A 30 % "
            "(limit 50 %)");
  EXPECT_EQ(sentence(sized({feed_of("UPS-A", false, nullptr, {})})),
            "single-feed load not known, post-transfer runtime not known; member load not known");
}

TEST(Sizing, WattsAreTakenAsReported) {
  const Reading now = reading({{Variable::ups_realpower, 250},
                               {Variable::ups_realpower_nominal, 1000},
                               {Variable::ups_load, 99}});
  const FeedLoad load = feed_of("UPS-A", true, &now, {});
  EXPECT_DOUBLE_EQ(load.watts.value(), 250);
  EXPECT_DOUBLE_EQ(load.watts_nominal.value(), 1000);
}

TEST(Sizing, VoltAmperesServeWhenAllHaveThem) {
  const Reading now = reading({{Variable::ups_load, 35}, {Variable::ups_power_nominal, 1500}});
  const Sizing sizing = sized({feed_of("UPS-A", true, &now, {}), feed_of("UPS-B", true, &now, {})});
  EXPECT_DOUBLE_EQ(sizing.single_feed_load.value(), 70);
  const Sizing mixed = sized({feed_of("UPS-A", true, &now, {}), feed("UPS-B", 35, 1500)});
  EXPECT_FALSE(mixed.single_feed_load.has_value()) << "watts and volt-amperes do not add up";
}

TEST(Sizing, SaysAllInOneSentence) {
  EXPECT_EQ(sentence(sized({feed("UPS-A", 46, 1000), feed("UPS-B", 46, 1000)}, 10)),
            "single-feed load 92 % if UPS-A fails (limit 70 %), post-transfer runtime 731 s; load "
            "of UPS-A 46 % (limit 40 %)");
}

std::vector<std::string> told(Effects& effects) {
  std::vector<std::string> out;
  for (const Effect& effect : effects) out.push_back(std::get<Notice>(effect).message);
  effects.clear();
  return out;
}

TEST(Sizing, AlarmsAtTheLimitsWithHysteresis) {
  SizingWatch watch;
  Effects effects;
  const auto see = [&](double a, double b) {
    observe(watch, "rack-1", sized({feed("UPS-A", a, 1000), feed("UPS-B", b, 1000)}), effects);
    return told(effects);
  };
  EXPECT_TRUE(see(50, 30).empty()) << "at the limits, not above";
  EXPECT_EQ(see(46, 46),
            std::vector<std::string>{"rack-1: single-feed load 92 % if UPS-A fails (limit 80 %); "
                                     "only less load or a larger UPS cures it"});
  EXPECT_TRUE(see(46, 47).empty());
  EXPECT_TRUE(see(40, 39).empty()) << "79 % is not yet well below";
  EXPECT_EQ(see(40, 38),
            std::vector<std::string>{"rack-1: single-feed load 78 % if UPS-A fails (limit 80 %)"});
  EXPECT_EQ(see(10, 51), std::vector<std::string>{"rack-1: load of UPS-B 51 % (limit 50 %); only "
                                                  "less load or a larger UPS cures it"});
}

TEST(Sizing, UnknownValuesChangeNothing) {
  SizingWatch watch;
  watch.single_feed_over = true;
  Effects effects;
  observe(watch, "rack-1", sized({feed_of("UPS-A", true, nullptr, {})}), effects);
  EXPECT_TRUE(effects.empty());
  EXPECT_TRUE(watch.single_feed_over);
}

// settled() is a shortcut, so it must agree with what observe() does, for whatever is known.
TEST(Sizing, SettledSaysWhetherObserveWouldChangeAnything) {
  Rng rng(20);
  const auto maybe = [&rng](double low, double high) -> std::optional<double> {
    if (rng.chance_percent(12)) return std::nullopt;
    return low + (high - low) * static_cast<double>(rng.between(0, 1'000)) / 1'000;
  };
  int edges = 0;
  SizingWatch watch;
  for (int i = 0; i < 20'000; ++i) {
    std::vector<FeedLoad> feeds(static_cast<std::size_t>(rng.between(0, 3)));
    for (FeedLoad& feed : feeds) {
      feed.name = "UPS";
      feed.feeding = !rng.chance_percent(16);
      feed.load_percent = maybe(0, 90);
      feed.watts_nominal = maybe(500, 3'000);
      if (feed.watts_nominal) feed.watts = maybe(0, *feed.watts_nominal);
      feed.volt_amperes_nominal = maybe(500, 3'000);
      if (feed.volt_amperes_nominal) feed.volt_amperes = maybe(0, *feed.volt_amperes_nominal);
      feed.runtime_s = maybe(0, 3'600);
    }
    QuorumRule rule;
    const SizingWatch before = watch;
    const bool said = settled(watch, rule, feeds);
    Effects effects;
    observe(watch, "rack", size_up(rule, feeds), effects);
    ASSERT_EQ(said, watch == before && effects.empty()) << "case " << i;
    edges += said ? 0 : 1;
  }
  EXPECT_GT(edges, 100);
}

}  // namespace
}  // namespace nightwatt::core

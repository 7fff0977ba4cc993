#include <gtest/gtest.h>

#include "base/rng.h"
#include "config/duration.h"
#include "config/nearest.h"
#include "tests/config/support.h"

// Durations, near words, and texts that are damaged at random.
namespace nightwatt::config::test {
namespace {

using namespace std::chrono_literals;

TEST(Durations, WhatIsRead) {
  const auto in_seconds = [](std::string_view text) { return parse_duration(text, 1s); };
  EXPECT_EQ(in_seconds("30"), 30s);
  EXPECT_EQ(in_seconds("0"), 0s);
  EXPECT_EQ(in_seconds("1.5"), 1500ms);
  EXPECT_EQ(in_seconds("500ms"), 500ms);
  EXPECT_EQ(in_seconds("30s"), 30s);
  EXPECT_EQ(in_seconds("30 s"), 30s);
  EXPECT_EQ(in_seconds("5m"), 5min);
  EXPECT_EQ(in_seconds("5min"), 5min);
  EXPECT_EQ(in_seconds("2h"), 2h);
  EXPECT_EQ(in_seconds("1d"), 24h);
  EXPECT_EQ(parse_duration("250", 1ms), 250ms);
  for (const char* bad :
       {"", "s", "-1", "+1", "1x", "1  s", "1.2.3", "1e3", "inf", "nan", "1s1", "99999999d"}) {
    EXPECT_FALSE(in_seconds(bad).has_value()) << bad;
  }
}

TEST(Durations, WhatIsShown) {
  EXPECT_EQ(show(0ms), "0 s");
  EXPECT_EQ(show(20ms), "20 ms");
  EXPECT_EQ(show(1500ms), "1.5 s");
  EXPECT_EQ(show(90s), "90 s");
  EXPECT_EQ(show(300s), "5 min");
  EXPECT_EQ(show(2h), "2 h");
  EXPECT_EQ(show(48h), "2 d");
}

TEST(Nearest, OneMistakeIsFoundAndAnotherWordIsNot) {
  constexpr std::string_view words[] = {"min_healthy", "ups_sources", "name", "host"};
  EXPECT_EQ(nearest("min_helthy", words), "min_healthy");
  EXPECT_EQ(nearest("min-healthy", words), "min_healthy");
  EXPECT_EQ(nearest("MinHealthy", words), "min_healthy");
  EXPECT_EQ(nearest("nmae", words), "name");
  EXPECT_EQ(nearest("hosts", words), "host");
  EXPECT_EQ(nearest("port", words), "");
  EXPECT_EQ(nearest("", words), "");
}

// Whatever is cut, doubled or changed, loading ends with a Config or with an error that has a text.
TEST(Damage, NeverMoreThanADiagnostic) {
  Rng rng(20'260'711);
  const std::string original(starter());
  for (int round = 0; round < 3'000; ++round) {
    std::string text = original;
    for (std::int64_t edits = rng.between(1, 4); edits > 0; --edits) {
      const auto at =
          static_cast<std::size_t>(rng.between(0, static_cast<std::int64_t>(text.size()) - 1));
      const auto length = static_cast<std::size_t>(rng.between(1, 30));
      switch (rng.between(0, 2)) {
        case 0: text.erase(at, length); break;
        case 1: text.insert(at, text.substr(at, length)); break;
        default: text[at] = "\t\n :-[]{}#'\"&*0a"[rng.between(0, 16)];
      }
      if (text.empty()) text = "a";
    }
    const Loaded loaded = load_text(text);
    ASSERT_EQ(loaded.config.has_value(), loaded.diagnostics.ok()) << text;
    for (const Diagnostic& each : loaded.diagnostics.list()) {
      ASSERT_FALSE(each.message.empty()) << text;
      ASSERT_FALSE(render(each, "site.yaml", text).empty());
    }
    if (loaded.config) {
      ASSERT_FALSE(summary(*loaded.config).empty());
    }
  }
}

}  // namespace
}  // namespace nightwatt::config::test

#include <gtest/gtest.h>

#include "tests/config/support.h"

// The YAML layer: what is no document, and what libyaml alone would accept in silence.
namespace nightwatt::config::test {
namespace {

TEST(Document, EmptyFileIsRefused) {
  const std::string expected =
      "site.yaml: error: the file is empty\n"
      "    hint: 'nightwatt init' writes one to start from\n";
  EXPECT_EQ(problems(""), expected);
  EXPECT_EQ(problems("# only a comment\n"), expected);
  EXPECT_EQ(problems("---\n"), expected);
}

TEST(Document, BrokenYamlHasAPlace) {
  EXPECT_EQ(
      problems("ups:\n  - name: a: b\n"),
      "site.yaml:2:12: error: this is not YAML: mapping values are not allowed in this context\n"
      "      - name: a: b\n"
      "               ^\n"
      "    hint: text that contains ': ' needs quotes; otherwise look at the indentation of the "
      "lines above\n");
  EXPECT_EQ(
      problems("ups: [a, b\nc: d\n"),
      "site.yaml:2:2: error: this is not YAML: did not find expected ',' or ']' while parsing a "
      "flow sequence that begins in line 1\n"
      "    c: d\n"
      "     ^\n"
      "    hint: text that contains ': ' needs quotes; otherwise look at the indentation of the "
      "lines above\n");
}

TEST(Document, TabsGetAHintOfTheirOwn) {
  EXPECT_EQ(problems("ups:\n\tname: x\n"),
            "site.yaml:2:1: error: this is not YAML: found character that cannot start any token\n"
            "    \tname: x\n"
            "    ^\n"
            "    hint: indent with blanks: YAML allows no tabs there\n");
}

TEST(Document, AForgottenQuoteIsFoundAlthoughTheParserSwallowsTheRest) {
  EXPECT_EQ(problems("ups:\n  name: \"A@h\nbehavior: {dry_run: true}\n"),
            "site.yaml:2:9: error: this quoted text is never closed\n"
            "      name: \"A@h\n"
            "            ^\n");
  EXPECT_EQ(errors("ups: {name: 'it''s@h'}\n"),
            "'it's@h' is neither NAME@HOST[:PORT] nor has 'paths'\n");
  EXPECT_EQ(errors("ups: {name: \"A@h\", display_name: \"a \\\" b\"}\n"), "");
}

TEST(Document, DuplicateKeysAreFound) {
  EXPECT_EQ(problems("ups: {name: A@h}\n"
                     "behavior: {dry_run: true}\n"
                     "triggers:\n"
                     "  low_battery_threshold: 20\n"
                     "behavior: {dry_run: false}\n"),
            "site.yaml:5:1: error: key 'behavior' is written twice in this mapping\n"
            "    behavior: {dry_run: false}\n"
            "    ^\n"
            "    hint: the first one is in line 2\n");
}

TEST(Document, OnlyOneDocument) {
  EXPECT_EQ(errors("ups: {name: A@h}\n---\nups: {name: B@h}\n"), "a second document starts here\n");
}

TEST(Document, TheTopMustBeAMapping) {
  EXPECT_EQ(errors("- a\n- b\n"), "the file must be a mapping, got a list\n");
  EXPECT_EQ(errors("hello\n"), "the file must be a mapping, got 'hello'\n");
  EXPECT_EQ(errors("? [a, b]\n: c\n"), "a key must be text, got a list\n");
}

TEST(Document, UnknownTopLevelKeysAndTheUsersOwn) {
  EXPECT_EQ(problems("ups: {name: A@h}\nredundency_groups: []\n"),
            "site.yaml:2:1: error: unknown top-level key 'redundency_groups'\n"
            "    redundency_groups: []\n"
            "    ^\n"
            "    hint: did you mean 'redundancy_groups'?\n");
  EXPECT_EQ(errors("ups: {name: A@h}\nx-mine: {any: thing}\n"), "");
  EXPECT_EQ(errors("ups: {name: A@h, x-mine: 1}\n"), "unknown key 'x-mine' in ups['A@h']\n");
}

TEST(Document, AliasesAndMergeKeysMeanWhatYamlSays) {
  const Config config = good(
      "x-slow: &slow {check_interval: 10, display_name: slow}\n"
      "ups:\n"
      "  - {name: A@h1, <<: *slow}\n"
      "  - {name: B@h2, check_interval: 3, <<: [*slow, {auto_failover: false}]}\n");
  EXPECT_EQ(device(config, "A@h1").poll_interval, std::chrono::seconds(10));
  EXPECT_EQ(device(config, "B@h2").poll_interval, std::chrono::seconds(3));
  EXPECT_EQ(device(config, "B@h2").display_name.text(), "slow");
  EXPECT_FALSE(device(config, "B@h2").auto_failover);
}

TEST(Document, AliasesCannotGrowWithoutBoundOrContainThemselves) {
  std::string bomb = "x-0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n";
  for (int i = 1; i <= 9; ++i) {
    const std::string below = "*a" + std::to_string(i - 1);
    bomb += "x-" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + below;
    for (int j = 1; j < 10; ++j) bomb += ", " + below;
    bomb += "]\n";
  }
  EXPECT_EQ(errors(bomb), "more than 4000000 values, counting what aliases stand for\n");
  EXPECT_EQ(errors("ups: &a [*a]\n"), "this alias stands for something that contains it\n");
  EXPECT_EQ(errors("ups: &a {<<: *a}\n"), "this alias stands for something that contains it\n");
}

TEST(Document, DepthAndSizeHaveLimits) {
  EXPECT_EQ(errors("ups: " + std::string(40, '[') + std::string(40, ']') + "\n"),
            "nested deeper than 32 levels\n");
  EXPECT_EQ(errors("# " + std::string((16u << 20) + 1, 'x')), "the file is larger than 16 MiB\n");
  EXPECT_FALSE(load_text("ups: " + std::string(100'000, '[')).config.has_value());
}

TEST(Document, OnlyUtf8WithoutControlCharacters) {
  EXPECT_EQ(errors(std::string("ups: {name: A\0@h}\n", 18)),
            "a control character (0) is not allowed\n");
  EXPECT_EQ(errors("ups: {name: \x1b[31mA@h}\n"), "a control character (27) is not allowed\n");
  for (const char* bad : {"\xff\xfe", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82"}) {
    EXPECT_EQ(errors(std::string("ups: {name: ") + bad + "}\n"), "this is not UTF-8\n") << bad;
  }
  EXPECT_EQ(errors("ups: {name: A@h, display_name: Zürich ⚡}\r\n"), "");
  EXPECT_EQ(errors("\xef\xbb\xbfups: {name: A@h}\n"), "");
}

TEST(Document, WhatOnlyYamlTakesForAnEndOfLineIsRefused) {
  for (const char* odd : {"\r", "\xc2\x85", "\xe2\x80\xa8", "\xe2\x80\xa9"}) {
    EXPECT_EQ(errors(std::string("# a") + odd + "b\nups: {name: A@h}\n"),
              "an end of line that not every program takes for one is not allowed\n");
  }
}

TEST(Document, SomebodyElsesTagsAreRefusedAndTheOrdinaryOnesMeanWhatTheySay) {
  EXPECT_EQ(errors("ups: {name: A@h, display_name: !secret ups_name}\n"),
            "the tag !secret means nothing here\n");
  EXPECT_EQ(errors("ups: !include ups.yaml\n"), "the tag !include means nothing here\n");
  EXPECT_EQ(errors("ups: !mine {name: A@h}\n"), "the tag !mine means nothing here\n");
  EXPECT_EQ(errors("ups: !!map {name: !!str A@h, check_interval: !!int 2}\n"), "");
  EXPECT_EQ(errors("ups: {name: A@h, check_interval: !!str 2}\n"),
            errors("ups: {name: A@h, check_interval: \"2\"}\n"));
  EXPECT_NE(errors("ups: {name: A@h, check_interval: !!str 2}\n"), "");
}

TEST(Document, SyntaxErrorsSayWhatProbablyWentWrong) {
  EXPECT_EQ(problems("ups: {name: A@h, display_name: ::1}\n"),
            "site.yaml:1:32: error: this is not YAML: did not find expected node content\n"
            "    ups: {name: A@h, display_name: ::1}\n"
            "                                   ^\n"
            "    hint: text that starts with ':' needs quotes inside {} and []\n");
  EXPECT_EQ(
      problems("ups: {name: A@h, display_name: \"C:\\w\"}\n"),
      "site.yaml:1:35: error: this is not YAML: found unknown escape character\n"
      "    ups: {name: A@h, display_name: \"C:\\w\"}\n"
      "                                      ^\n"
      "    hint: a backslash in double quotes needs a second one; single quotes take it as it "
      "is\n");
}

// yaml-cpp read such a file for ever, and so did a daemon that was told to reload it.
TEST(Document, AForgottenCommaBehindTheWholeIsAnErrorAndNoEndlessLoop) {
  EXPECT_TRUE(errors("{ups: {name: A@h}},\n").starts_with("this is not YAML: "))
      << errors("{ups: {name: A@h}},\n");
}

TEST(Document, AnAliasNeedsSomethingThatItNames) {
  EXPECT_EQ(errors("ups: {name: A@h, display_name: *nobody}\n"),
            "nothing above is named '&nobody'\n");
}

TEST(Document, JsonAndBlockTextAreYaml) {
  EXPECT_EQ(errors("{\"ups\":{\"name\":\"A@h\",\"check_interval\":2}}\n"), "");
  const Config config = good("ups:\n  name: A@h:3493\n  display_name: >-\n    two\n    words\n");
  EXPECT_EQ(device(config, "A@h:3493").display_name.text(), "two words");
}

TEST(Document, TheCaretStandsUnderWhatItMeans) {
  EXPECT_EQ(problems("ups: {display_name: Zürich ⚡, name: A@h, bogus: 1}\n"),
            "site.yaml:1:45: error: unknown key 'bogus' in ups['A@h']\n"
            "    ups: {display_name: Zürich ⚡, name: A@h, bogus: 1}\n"
            "                                             ^\n");
}

TEST(Document, AWholeSiteInOneLineHasItsPlacesToo) {
  std::string text = "{\"x-a\": [";
  for (int i = 0; i < 200'000; ++i) text += "\"\u00fc\", ";
  text += "1], \"ups\": {\"name\": \"A@h\", \"bogus\": 1}}\n";
  const std::string found = problems(text);
  const std::size_t column = text.find("\"bogus\"") + 1;
  EXPECT_TRUE(found.starts_with("site.yaml:1:" + std::to_string(column) + ": error: unknown key"))
      << found.substr(0, 200);
}

TEST(Document, ALongLineIsCutAroundTheCaret) {
  const std::string text =
      "ups: {name: A@h, display_name: " + std::string(100, 'x') + ", bogus: 1, is_local: true}\n";
  EXPECT_EQ(problems(text),
            "site.yaml:1:134: error: unknown key 'bogus' in ups['A@h']\n"
            "    ..." +
                std::string(45, 'x') + ", bogus: 1, is_local: true}\n" +
                "                                                      ^\n");
}

TEST(Document, ManyProblemsEndWithOneLineThatSaysSo) {
  std::string text = "ups:\n";
  for (int i = 0; i < 1'000; ++i) text += "  - {name: U" + std::to_string(i) + "@h, bogus: 1}\n";
  const Loaded loaded = load_text(text);
  EXPECT_FALSE(loaded.config.has_value());
  EXPECT_EQ(loaded.diagnostics.errors(), 1'000u);
  ASSERT_EQ(loaded.diagnostics.list().size(), 202u);
  EXPECT_EQ(loaded.diagnostics.list().back().message, "more problems than are shown here");
}

}  // namespace
}  // namespace nightwatt::config::test

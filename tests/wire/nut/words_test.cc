#include "wire/nut/words.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/rng.h"

namespace nightwatt::wire::nut {
namespace {

std::vector<std::string> split(std::string_view line) {
  Words words;
  EXPECT_EQ(words.split(line), LineFault::none) << line;
  std::vector<std::string> out;
  for (std::size_t i = 0; i < words.size(); ++i) out.emplace_back(words[i]);
  return out;
}

LineFault fault_of(std::string_view line) {
  Words words;
  return words.split(line);
}

using List = std::vector<std::string>;

TEST(Words, AreSeparatedByAnyBlanks) {
  EXPECT_EQ(split("VAR ups1 ups.status"), (List{"VAR", "ups1", "ups.status"}));
  EXPECT_EQ(split("  VAR \t ups1  "), (List{"VAR", "ups1"}));
  EXPECT_EQ(split("OK\r"), List{"OK"});
  EXPECT_EQ(split("OK\r\r"), List{"OK"});
  EXPECT_EQ(split(""), List{});
  EXPECT_EQ(split(" \r"), List{});
}

TEST(Words, QuotesKeepBlanksAndEmptyWords) {
  EXPECT_EQ(split(R"(VAR u ups.status "OL CHRG")"), (List{"VAR", "u", "ups.status", "OL CHRG"}));
  EXPECT_EQ(split(R"(VAR u v "")"), (List{"VAR", "u", "v", ""}));
  EXPECT_EQ(split("\" a\tb \""), List{" a\tb "});
}

TEST(Words, ABackslashTakesTheNextByteAsItIs) {
  EXPECT_EQ(split(R"("Smart \"1500\"")"), List{R"(Smart "1500")"});
  EXPECT_EQ(split(R"("C:\\ups \#1")"), List{R"(C:\ups #1)"});
  EXPECT_EQ(split(R"(a\ b\"c)"), List{R"(a b"c)"});
  EXPECT_EQ(split(R"("a\"" "b\"" c\\)"), (List{"a\"", "b\"", "c\\"}));
}

TEST(Words, TextInQuotesMayBeHigh) {
  EXPECT_EQ(split("\"caf\xc3\xa9\""), List{"caf\xc3\xa9"});
  EXPECT_EQ(fault_of("caf\xc3\xa9"), LineFault::high_byte);
  EXPECT_EQ(fault_of("a\\\xff"), LineFault::high_byte);
}

TEST(Words, AnOpenQuoteIsNoLine) {
  EXPECT_EQ(fault_of("\""), LineFault::open_quote);
  EXPECT_EQ(fault_of("VAR \"abc"), LineFault::open_quote);
  EXPECT_EQ(fault_of("\"abc\\\""), LineFault::open_quote);
  EXPECT_EQ(fault_of("\"abc\\"), LineFault::open_quote);
  EXPECT_EQ(fault_of("abc\\"), LineFault::open_quote);
}

TEST(Words, ThirtyTwoAreALineAndOneMoreIsNot) {
  std::string line = "a";
  for (std::size_t i = 1; i < words_max; ++i) line += " a";
  EXPECT_EQ(split(line).size(), words_max);
  EXPECT_EQ(split(line + " ").size(), words_max);
  EXPECT_EQ(fault_of(line + " a"), LineFault::too_many_words);
}

TEST(Words, ALongestLineOfEscapesFits) {
  std::string line = "\"";
  while (line.size() + 3 <= line_bytes_max) line += "\\\"";
  line += '"';
  EXPECT_EQ(split(line).at(0).size(), (line.size() - 2) / 2);
}

TEST(Words, BeyondTheLastOneThereAreEmptyOnes) {
  Words words;
  ASSERT_EQ(words.split("a"), LineFault::none);
  EXPECT_EQ(words[1], "");
  EXPECT_EQ(words[1'000], "");
}

TEST(Words, WhatIsAppendedIsReadBack) {
  for (const std::string word :
       {"ups1", "", "a b", "a\"b", "a\\b", "a#b", "VER=1", "#", "\\", "\""}) {
    std::string line;
    append_word(line, word);
    EXPECT_EQ(split(line), List{word}) << line;
    line.clear();
    append_quoted(line, word);
    EXPECT_EQ(split(line), List{word}) << line;
  }
  std::string line;
  append_word(line, "ups1");
  EXPECT_EQ(line, "ups1");
  line.clear();
  append_quoted(line, R"(a"b\c#d)");
  EXPECT_EQ(line, R"("a\"b\\c\#d")");
}

TEST(Words, AnyPrintableTextSurvivesTheWayThroughALine) {
  Rng rng(4);
  for (int round = 0; round < 2'000; ++round) {
    List sent;
    std::string line;
    for (auto n = rng.between(1, 6); n > 0; --n) {
      std::string word;
      for (auto m = rng.between(0, 20); m > 0; --m)
        word += static_cast<char>(rng.between(0x20, 0x7e));
      if (!line.empty()) line += ' ';
      append_word(line, word);
      sent.push_back(word);
    }
    ASSERT_EQ(split(line), sent) << line;
  }
}

TEST(Words, SendableIsWhatUpsdWouldNotDrop) {
  EXPECT_TRUE(sendable("ups 1 \"x\""));
  EXPECT_TRUE(sendable(""));
  EXPECT_FALSE(sendable("a\nLIST UPS"));
  EXPECT_FALSE(sendable("\xc3\xa9"));
  EXPECT_FALSE(sendable(std::string_view("a\0b", 3)));
  EXPECT_FALSE(sendable("\x7f"));
  EXPECT_TRUE(sendable(std::string(256, 'a')));
  EXPECT_FALSE(sendable(std::string(257, 'a')));
}

TEST(Words, AreTheSameInAnyCase) {
  EXPECT_TRUE(same_word("UPS.Status", "ups.sTATUS"));
  EXPECT_FALSE(same_word("ups", "ups1"));
  EXPECT_FALSE(same_word("a[", "A{"));
}

}  // namespace
}  // namespace nightwatt::wire::nut

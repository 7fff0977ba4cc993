#include <gtest/gtest.h>

#include <string>

#include "wire/nut/limits.h"
#include "wire/nut/reply.h"

// What a list brings besides the variables that decisions use.
namespace nightwatt::wire::nut {
namespace {

constexpr VariableId shutdown_delay{first_other_variable + 1};
constexpr VariableId humidity{first_other_variable};

const std::string list =
    "BEGIN LIST VAR ups1\n"
    "VAR ups1 UPS.delay.shutdown \"33\"\n"
    "VAR ups1 ambient.humidity \"41.5\"\n"
    "VAR ups1 ambient.temperature \"22\"\n"
    "VAR ups1 battery.charge \"87\"\n"
    "VAR ups1 device.model \"Smart \\\"1500\\\"\"\n"
    "VAR ups1 ups.firmware \"B\xc3\xa9 7\"\n"
    "VAR ups1 ups.status \"OL\"\n"
    "END LIST VAR ups1\n";

profile::KeptNames names() {
  profile::KeptNames out;
  out.add("ups.delay.shutdown", shutdown_delay);
  out.add("ambient.humidity", humidity);
  return out;
}

void read(ReplyReader& reader, std::string_view bytes) {
  ASSERT_EQ(reader.feed(bytes), Progress::done) << reader.text();
}

TEST(Kept, NothingUnlessSomebodyAsks) {
  ReplyReader reader;
  reader.expect_list_var("ups1");
  read(reader, list);
  EXPECT_TRUE(reader.reading().others.empty());
  EXPECT_TRUE(reader.texts().empty());
  EXPECT_EQ(reader.ignored(), 5u);
}

TEST(Kept, NamesThatWereAskedForAscendingByNumber) {
  const profile::KeptNames kept = names();
  ReplyReader reader;
  reader.expect_list_var("ups1", &kept);
  read(reader, list);
  EXPECT_EQ(reader.reading().others,
            (std::vector<OtherValue>{{humidity, 41.5}, {shutdown_delay, 33}}));
  EXPECT_EQ(reader.ignored(), 3u);
}

TEST(Kept, WhatIsNoNumberIsAbsent) {
  const profile::KeptNames kept = names();
  for (const char* text : {"", "no", "nan", "inf", "3 s"}) {
    ReplyReader reader;
    reader.expect_list_var("ups1", &kept);
    read(reader, "BEGIN LIST VAR ups1\nVAR ups1 ambient.humidity \"" + std::string(text) +
                     "\"\nEND LIST VAR ups1\n");
    EXPECT_TRUE(reader.reading().others.empty()) << text;
  }
}

TEST(Kept, TheNameplateIsWhatIsPrintedOnTheDevice) {
  ReplyReader reader;
  reader.expect_list_var("ups1", nullptr, Texts::nameplate);
  read(reader, list);
  EXPECT_EQ(reader.texts(), (std::vector<TextValue>{{"device.model", "Smart \"1500\""},
                                                    {"ups.firmware", "B\xc3\xa9 7"}}));
}

TEST(Kept, AllMeansWhatNoReadingTakes) {
  const profile::KeptNames kept = names();
  ReplyReader reader;
  reader.expect_list_var("ups1", &kept, Texts::all);
  read(reader, list);
  ASSERT_EQ(reader.texts().size(), 3u);
  EXPECT_EQ(reader.texts().front(), (TextValue{"ambient.temperature", "22"}));
}

TEST(Kept, ALimitOnTexts) {
  std::string many = "BEGIN LIST VAR ups1\n";
  const std::string text(text_bytes_max + 50, 'x');
  for (std::size_t i = 0; i < texts_max + 5; ++i) {
    many += "VAR ups1 outlet." + std::to_string(i) + ".desc \"" + text + "\"\n";
  }
  ReplyReader reader;
  reader.expect_list_var("ups1", nullptr, Texts::all);
  read(reader, many + "END LIST VAR ups1\n");
  EXPECT_EQ(reader.texts().size(), texts_max);
  EXPECT_EQ(reader.texts().front().text.size(), text_bytes_max);
}

TEST(Kept, NothingOfOneReplyIsInTheNext) {
  const profile::KeptNames kept = names();
  ReplyReader reader;
  reader.expect_list_var("ups1", &kept, Texts::all);
  read(reader, list);
  reader.expect_list_var("ups1");
  read(reader, list);
  EXPECT_TRUE(reader.reading().others.empty());
  EXPECT_TRUE(reader.texts().empty());
}

}  // namespace
}  // namespace nightwatt::wire::nut

// What a device sent, taken apart: status words, numbers, and what counts as a reading at all.
#include "model/reading.h"

#include "base/archive.h"
#include "base/rng.h"

namespace nightwatt {
namespace {

TEST(Status, WordsInAnyOrderAndCase) {
  const auto words = parse_status("  ol  CHRG\tlb ");
  EXPECT_TRUE(words.has(StatusWord::OL));
  EXPECT_TRUE(words.has(StatusWord::CHRG));
  EXPECT_TRUE(words.has(StatusWord::LB));
  EXPECT_FALSE(words.has(StatusWord::OB));
  EXPECT_FALSE(words.has(StatusWord::other));
  EXPECT_EQ(parse_status("OL CHRG LB"), words);
}

TEST(Status, NothingIsNothing) {
  EXPECT_EQ(parse_status("").bits, 0u);
  EXPECT_EQ(parse_status("   ").bits, 0u);
}

TEST(Status, OnlyWholeWordsCount) {
  EXPECT_EQ(parse_status("OLX").bits, static_cast<std::uint32_t>(StatusWord::other));
  EXPECT_EQ(parse_status("O").bits, static_cast<std::uint32_t>(StatusWord::other));
  EXPECT_EQ(parse_status("OL,OB").bits, static_cast<std::uint32_t>(StatusWord::other));
}

TEST(Status, EveryWordReadsBackByItsName) {
  for (const char* name : {"OL", "OB", "LB", "HB", "RB", "CHRG", "DISCHRG", "BYPASS", "CAL", "OFF",
                           "OVER", "TRIM", "BOOST", "FSD", "ALARM", "WAIT", "TEST", "ECO"}) {
    const auto words = parse_status(name);
    EXPECT_FALSE(words.has(StatusWord::other)) << name;
    EXPECT_EQ(word_name(static_cast<StatusWord>(words.bits)), name);
  }
  EXPECT_EQ(word_name(StatusWord::other), "?");
}

TEST(Status, RubbishNeitherCrashesNorMeansAnything) {
  Rng rng(7);
  for (int i = 0; i < 2000; ++i) {
    std::string text;
    for (auto left = rng.between(0, 40); left > 0; --left) {
      text += static_cast<char>(rng.between(0, 255));
    }
    (void)parse_status(text);
  }
}

TEST(Usable, NeedsAWordAboutThePower) {
  const auto usable = [](std::string_view status) {
    Reading reading;
    reading.status = parse_status(status);
    return reading.usable();
  };
  for (const char* status : {"OL", "OB", "OL CHRG", "OB LB", "OFF", "BYPASS", "FSD", "OL GHOST"}) {
    EXPECT_TRUE(usable(status)) << status;
  }
  for (const char* status : {"", "WAIT", "OL WAIT", "ALARM", "CHRG", "LB", "RB", "GHOST", "TEST"}) {
    EXPECT_FALSE(usable(status)) << status;
  }
}

TEST(Variables, NamesReadBack) {
  for (std::size_t i = 0; i < variable_count; ++i) {
    const auto variable = static_cast<Variable>(i);
    EXPECT_EQ(variable_named(variable_name(variable)), variable);
  }
  EXPECT_EQ(variable_named("battery.date"), std::nullopt);
  EXPECT_EQ(variable_named(""), std::nullopt);
}

TEST(Values, NumbersAreTaken) {
  Values values;
  EXPECT_EQ(values.set_text(Variable::battery_charge, "14"), ValueResult::accepted);
  EXPECT_EQ(values.get(Variable::battery_charge), 14);
  EXPECT_EQ(values.set_text(Variable::input_voltage, " 230.5 "), ValueResult::accepted);
  EXPECT_EQ(values.get(Variable::input_voltage), 230.5);
  EXPECT_EQ(values.get(Variable::ups_load), std::nullopt);
  EXPECT_FALSE(values.rejected(Variable::ups_load)) << "missing is not rejected";
}

TEST(Values, ChargeUpTo110IsFull) {
  Values values;
  EXPECT_EQ(values.set_text(Variable::battery_charge, "105"), ValueResult::accepted);
  EXPECT_EQ(values.get(Variable::battery_charge), 100);
  EXPECT_EQ(values.set_text(Variable::battery_charge, "111"), ValueResult::absurd);
}

TEST(Values, WhatIsNoNumberIsAbsentAndMarked) {
  for (const char* text :
       {"", "nan", "NaN", "inf", "-inf", "abc", "5%", "1,5", "0x10", "5 5", "--5", "1e999", "."}) {
    Values values;
    values.set(Variable::battery_charge, 50);
    EXPECT_NE(values.set_text(Variable::battery_charge, text), ValueResult::accepted) << text;
    EXPECT_EQ(values.get(Variable::battery_charge), std::nullopt) << text;
    EXPECT_TRUE(values.rejected(Variable::battery_charge)) << text;
  }
}

TEST(Values, WhatCannotBeIsAbsurd) {
  Values values;
  EXPECT_EQ(values.set_text(Variable::battery_charge, "-5"), ValueResult::absurd);
  EXPECT_EQ(values.set_text(Variable::battery_runtime, "1000000000"), ValueResult::absurd);
  EXPECT_EQ(values.set_text(Variable::ups_load, "65535"), ValueResult::absurd);
  EXPECT_EQ(values.set_text(Variable::input_voltage, "-1"), ValueResult::absurd);
  EXPECT_EQ(values.set_text(Variable::input_voltage_nominal, "0"), ValueResult::absurd);
  EXPECT_EQ(values.set_text(Variable::ups_temperature, "-20"), ValueResult::accepted);
}

TEST(Values, AGoodValueEndsTheMark) {
  Values values;
  (void)values.set_text(Variable::ups_load, "x");
  EXPECT_EQ(values.rejected_bits(), 1u << static_cast<unsigned>(Variable::ups_load));
  (void)values.set_text(Variable::ups_load, "10");
  EXPECT_EQ(values.rejected_bits(), 0u);
}

TEST(Reading, IsAValue) {
  Reading reading;
  reading.at = Instant(Duration(123'456));
  reading.path = PathRank{2};
  reading.status = parse_status("OB LB");
  (void)reading.values.set_text(Variable::battery_charge, "14");
  (void)reading.values.set_text(Variable::ups_load, "nan");
  Reader reader(to_bytes(reading));
  Reading copy;
  reader(copy);
  EXPECT_TRUE(reader.ok() && reader.at_end());
  EXPECT_EQ(copy, reading);
}

}  // namespace
}  // namespace nightwatt

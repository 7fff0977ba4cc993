#include "app/nameplates.h"

#include <gtest/gtest.h>

#include "io/system_clock.h"

namespace nightwatt::app {
namespace {

constexpr DeviceId first{0};
constexpr DeviceId second{1};

class NameplatesTest : public testing::Test {
 protected:
  NameplatesTest() { plates.watch(2); }
  io::SystemClock clock{};
  Nameplates plates{clock};
};

TEST_F(NameplatesTest, KeepWhatWasSaidLast) {
  plates.said(first, {{"device.model", "Old"}, {"ups.serial", "1"}});
  plates.said(second, {{"ups.serial", "2"}});
  const std::vector<TextValue> now{{"ups.serial", "\xc3\xa9 3"}, {"device.model", ""}};
  plates.said(first, now);
  EXPECT_EQ(plates.of(first).texts, now);
  EXPECT_EQ(plates.of(second).texts, (std::vector<TextValue>{{"ups.serial", "2"}}));
}

TEST_F(NameplatesTest, AreDueOnceAndThenEveryTenMinutes) {
  const Instant now = clock.now();
  EXPECT_TRUE(plates.due(first, now));
  EXPECT_TRUE(plates.due(first, now)) << "until one was said";
  plates.said(first, {});
  EXPECT_FALSE(plates.due(first, now));
  EXPECT_FALSE(plates.due(first, now + std::chrono::minutes(9)));
  EXPECT_TRUE(plates.due(first, now + std::chrono::minutes(11)));
  plates.watch(2);
  EXPECT_TRUE(plates.due(first, now)) << "after a reload";
}

TEST_F(NameplatesTest, ANameIsKeptOnceHoweverOftenItIsSaid) {
  plates.said(first, {{"a.b", "1"}, {"a.b", "2"}});
  EXPECT_EQ(plates.of(first).texts, (std::vector<TextValue>{{"a.b", "1"}}));
}

TEST_F(NameplatesTest, AnEmptyOneReplacesNothing) {
  const std::vector<TextValue> known{{"ups.serial", "1"}};
  plates.said(first, known);
  const Instant at = plates.of(first).at;
  plates.said(first, {});
  EXPECT_EQ(plates.of(first).texts, known);
  EXPECT_EQ(plates.of(first).at, at);
}

TEST_F(NameplatesTest, NamesThatAreNoneAreLeftOut) {
  plates.said(first, {{"a b", "1"}, {"a\n", "2"}, {"\xc3\xa9", "3"}, {"", "4"}, {"a.b", "5"}});
  EXPECT_EQ(plates.of(first).texts, (std::vector<TextValue>{{"a.b", "5"}}));
}

TEST_F(NameplatesTest, UpsesOfOneModelSayTheirOwnAndKeepTheirOrder) {
  const auto said = [](const std::string& model, const std::string& serial) {
    return std::vector<TextValue>{{"device.mfr", "Maker"},  {"ups.serial", serial},
                                  {"device.model", model},  {"ups.firmware", ""},
                                  {"battery.date", "2024"}, {"ups.id", "rack " + serial}};
  };
  plates.said(first, said("1500", "A1"));
  plates.said(second, said("1500", "B2"));
  EXPECT_EQ(plates.of(first).texts, said("1500", "A1"));
  EXPECT_EQ(plates.of(second).texts, said("1500", "B2"));
  plates.said(first, said("3000", "C3"));  // replaced by another model
  EXPECT_EQ(plates.of(first).texts, said("3000", "C3"));
  EXPECT_EQ(plates.of(second).texts, said("1500", "B2"));
  plates.said(second, said("3000", "B2"));  // the last one of its model
  EXPECT_EQ(plates.of(first).texts, said("3000", "C3"));
  EXPECT_EQ(plates.of(second).texts, said("3000", "B2"));
}

// No driver hands one over; what is packed here must not depend on that.
TEST_F(NameplatesTest, ATextEndsWithItsFirstNul) {
  const auto with = [](const char* text) { return std::string(text) + '\0' + "zzzz"; };
  plates.said(first, {{"device.model", with("1500")}, {"ups.serial", with("A1")}, {"a.b", "2"}});
  EXPECT_EQ(plates.of(first).texts,
            (std::vector<TextValue>{{"device.model", "1500"}, {"ups.serial", "A1"}, {"a.b", "2"}}));
}

TEST_F(NameplatesTest, ADeviceThatIsGoneIsNobody) {
  plates.said(DeviceId{2}, {{"a.b", "1"}});
  EXPECT_TRUE(plates.of(DeviceId{2}).texts.empty());
  EXPECT_FALSE(plates.due(DeviceId{2}, clock.now()));
}

TEST_F(NameplatesTest, InventedNamesHaveALimit) {
  std::vector<TextValue> many;
  for (int i = 0; i < 5'000; ++i) many.push_back({"outlet." + std::to_string(i), "x"});
  plates.said(first, many);
  EXPECT_EQ(plates.of(first).texts.size(), 4'096u);
}

}  // namespace
}  // namespace nightwatt::app

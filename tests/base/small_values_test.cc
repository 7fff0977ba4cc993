#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "base/archive.h"
#include "base/boxed.h"
#include "base/brief_duration.h"
#include "base/optional_instant.h"
#include "base/rare_list.h"

// Values that are mostly absent, in little room: they must be what std::optional would be.
namespace nightwatt {
namespace {

Instant at(int ms) { return Instant(Duration(ms)); }

TEST(OptionalInstant, NothingAndAnInstantAreWhatStdOptionalMakesOfThem) {
  static_assert(sizeof(OptionalInstant) == sizeof(Instant));
  const std::optional<Instant> none;
  OptionalInstant when;
  EXPECT_FALSE(when);
  EXPECT_EQ(when, none);
  EXPECT_EQ(when.value_or(at(3)), at(3));
  when = at(0);
  EXPECT_TRUE(when);
  EXPECT_EQ(*when, at(0));
  EXPECT_NE(when, none);
  EXPECT_EQ(std::optional<Instant>(when), std::optional(at(0)));
  when = none;
  EXPECT_FALSE(when.has_value());
  when = std::optional(at(5));
  EXPECT_EQ(when, at(5));
  when.reset();
  EXPECT_EQ(when, std::nullopt);
}

TEST(OptionalInstant, NothingIsBeforeEveryInstant) {
  EXPECT_LT(OptionalInstant(), OptionalInstant(at(-5)));
  EXPECT_LT(OptionalInstant(at(-5)), OptionalInstant(at(0)));
  EXPECT_FALSE(OptionalInstant() < OptionalInstant());
}

TEST(OptionalInstant, ItsValueIsAskedForOnlyWhenThereIsOne) {
  EXPECT_DEATH(static_cast<void>(*OptionalInstant()), "check failed");
}

TEST(Boxed, IsCopiedAndComparedWithWhatItHolds) {
  Boxed<std::string> box;
  EXPECT_FALSE(box);
  EXPECT_EQ(box, Boxed<std::string>());
  box = std::string("a");
  Boxed<std::string> copy = box;
  EXPECT_EQ(copy, box);
  *copy = "b";
  EXPECT_EQ(*box, "a");
  EXPECT_NE(copy, box);
  box = copy;
  EXPECT_EQ(*box, "b");
  const Boxed<std::string>& same = box;
  box = same;
  EXPECT_EQ(*box, "b");
  box = std::nullopt;
  EXPECT_FALSE(box.has_value());
  EXPECT_NE(copy, box);
  copy.reset();
  EXPECT_EQ(copy, box);
}

TEST(Boxed, AnEmptyOneHoldsNothingToBeAskedFor) {
  EXPECT_DEATH(static_cast<void>(*Boxed<std::string>()), "check failed");
}

TEST(RareText, IsTheTextThatWasPut) {
  RareText text;
  EXPECT_TRUE(text.empty());
  EXPECT_EQ(text.text(), "");
  text = "connection refused";
  EXPECT_EQ(text.text(), "connection refused");
  EXPECT_NE(text, RareText());
  text = std::string();
  EXPECT_EQ(text, RareText());
}

struct Few {
  OptionalInstant at{};
  Boxed<std::string> box{};
  RareText text{};
  template <class A>
  void fields(A& a) {
    a(at, box, text);
  }
  friend bool operator==(const Few&, const Few&) = default;
};

TEST(Boxed, TheArchiveBringsBackWhatIsThereAndWhatIsNot) {
  const Few full{at(7), std::string("x"), std::string("y")};
  for (const Few& from : {full, Few{}}) {
    for (Few to : {full, Few{}}) {
      Reader reader(to_bytes(from));
      reader(to);
      EXPECT_TRUE(reader.ok() && reader.at_end());
      EXPECT_EQ(to, from);
    }
  }
}

TEST(BriefDuration, IsTheDurationThatItWasMadeOf) {
  static_assert(sizeof(BriefDuration) == 4);
  using namespace std::chrono_literals;
  for (const Duration each :
       {Duration(0), Duration(1), Duration(30'000), Duration(2'147'483'647)}) {
    EXPECT_EQ(BriefDuration(each).get(), each);
    EXPECT_EQ(BriefDuration(each).count(), each.count());
  }
  EXPECT_EQ(BriefDuration(300s) + BriefDuration(20ms), Duration(300'020));
  EXPECT_EQ(3 * BriefDuration(2s), Duration(6'000));
  EXPECT_EQ(BriefDuration(2s) * 3, Duration(6'000));
  EXPECT_EQ(at(5) + BriefDuration(2s), at(2'005));
  EXPECT_EQ(Duration(-5) + BriefDuration(10ms), Duration(5));
  EXPECT_EQ(BriefDuration(10ms) + Duration(-5), Duration(5));
  EXPECT_LT(BriefDuration(2s), BriefDuration(Duration(2'001)));
  EXPECT_EQ(BriefDuration(), Duration::zero());
}

TEST(BriefDuration, LongOnesAreWholeSecondsAndTheLongestStandForAll) {
  using namespace std::chrono_literals;
  EXPECT_EQ(BriefDuration(Duration(2'147'483'648)).get(), Duration(2'147'484'000));
  EXPECT_EQ(BriefDuration(Duration(2'147'484'001)).get(), Duration(2'147'485'000));
  EXPECT_EQ(BriefDuration(std::chrono::days(36'500 / 2)).get(), std::chrono::days(36'500 / 2));
  EXPECT_EQ(BriefDuration(std::chrono::days(36'500)).get(), 2'147'483'647s);
  for (Duration each(2'147'483'640); each < Duration(2'147'483'660); ++each) {
    const BriefDuration it = each, next = each + Duration(1);
    EXPECT_LE(it, next) << each.count();
    EXPECT_EQ(it == next, !(it < next)) << each.count();
  }
  EXPECT_EQ(BriefDuration(Duration(-5)).get(), Duration::zero());
}

TEST(BriefDuration, IsComparedWithADurationInFull) {
  const BriefDuration month = Duration(std::chrono::days(30));
  EXPECT_GT(std::chrono::days(30) + Duration(1), month);
  EXPECT_NE(std::chrono::days(30) + Duration(1), month);
  EXPECT_EQ(std::chrono::days(30), month);
  EXPECT_LT(Duration(-5), BriefDuration());
  EXPECT_GE(month, std::chrono::hours(720));
}

TEST(RareList, IsTheVectorThatItHolds) {
  static_assert(sizeof(RareList<int>) == sizeof(void*));
  RareList<std::string> list;
  EXPECT_TRUE(list.empty());
  EXPECT_EQ(list.size(), 0u);
  EXPECT_EQ(list.begin(), list.end());
  list.push_back("a");
  list.push_back("b");
  EXPECT_EQ(std::vector<std::string>(list), (std::vector<std::string>{"a", "b"}));
  const RareList<std::string> copy = list;
  EXPECT_EQ(list, copy);
  list[0] = "c";
  EXPECT_EQ(copy.front(), "a");
  EXPECT_NE(list, copy);
  EXPECT_EQ(list.take_front(), "c");
  EXPECT_EQ(list.erase_if([](const std::string& each) { return each == "x"; }), 0u);
  EXPECT_EQ(list.erase_if([](const std::string& each) { return each == "b"; }), 1u);
  EXPECT_TRUE(list.empty());
  EXPECT_EQ(list, RareList<std::string>());
  EXPECT_EQ(list, RareList<std::string>(std::vector<std::string>{}));
}

TEST(RareList, IsEmptyAfterInputThatWasCutOff) {
  RareList<std::string> list{"x"};
  const std::string bytes = to_bytes(RareList<std::string>{"a"});
  Reader reader(bytes.substr(0, 1));
  reader(list);
  EXPECT_FALSE(reader.ok());
  EXPECT_TRUE(list.empty());
  EXPECT_EQ(list.size(), 0u);
}

TEST(RareList, TheArchiveBringsBackWhatIsThereAndWhatIsNot) {
  const RareList<std::string> two{"a", "b"};
  for (const RareList<std::string>& from : {two, RareList<std::string>()}) {
    for (RareList<std::string> to :
         {RareList<std::string>{"x", "y", "z"}, RareList<std::string>()}) {
      Reader reader(to_bytes(from));
      reader(to);
      EXPECT_TRUE(reader.ok() && reader.at_end());
      EXPECT_EQ(to, from);
    }
  }
}

}  // namespace
}  // namespace nightwatt

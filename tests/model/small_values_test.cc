#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "base/archive.h"
#include "base/boxed.h"
#include "base/optional_instant.h"

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

}  // namespace
}  // namespace nightwatt

#include "io/hub/spares.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace nightwatt::io {
namespace {

struct Thing {
  std::string text{};
  std::shared_ptr<int> held{};
};

TEST(Spares, TheLastOneBackIsTheFirstOut) {
  Spares<Thing> spares;
  auto first = spares.lend({.text = "first"});
  auto second = spares.lend({.text = "second"});
  const Thing* const a = first.get();
  const Thing* const b = second.get();
  EXPECT_NE(a, b);
  first.reset();
  second.reset();
  const auto third = spares.lend({.text = "third"});
  EXPECT_EQ(third.get(), b);
  EXPECT_EQ(third->text, "third");
  EXPECT_EQ(spares.lend({}).get(), a);
}

TEST(Spares, KeepNothingOfWhatTheyWereLentFor) {
  Spares<Thing> spares;
  const auto held = std::make_shared<int>(1);
  auto loan = spares.lend({.text = "x", .held = held});
  EXPECT_EQ(held.use_count(), 2);
  loan.reset();
  EXPECT_EQ(held.use_count(), 1);
}

TEST(Spares, ANewLoanEndsTheOneBefore) {
  Spares<Thing> spares;
  const auto held = std::make_shared<int>(1);
  auto loan = spares.lend({.held = held});
  loan = spares.lend({.text = "next"});
  EXPECT_EQ(held.use_count(), 1);
  EXPECT_EQ(loan->text, "next");
  EXPECT_FALSE(std::exchange(loan, nullptr) == nullptr);
  EXPECT_FALSE(loan);
}

TEST(Spares, ABurstIsServedAndGivesItsRoomBack) {
  Spares<Thing> spares;
  std::vector<Spares<Thing>::Loan> burst;
  for (int i = 0; i < 1'000; ++i) burst.push_back(spares.lend({.text = std::to_string(i)}));
  EXPECT_EQ(burst[999]->text, "999");
  burst.clear();
  EXPECT_LE(spares.kept(), 256u);
  EXPECT_GT(spares.kept(), 0u);
}

}  // namespace
}  // namespace nightwatt::io

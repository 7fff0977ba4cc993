#include "base/brief_text.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace nightwatt {
namespace {

// Of every length around the 15 characters that lie in it, and one far above.
std::vector<std::string> texts() {
  std::vector<std::string> out;
  for (std::size_t size = 0; size <= 33; ++size) out.emplace_back(size, 'a');
  out.push_back(std::string(100'000, 'b'));
  out.push_back(std::string("a\0b", 3));
  return out;
}

TEST(BriefText, IsReadAsItWasWritten) {
  for (const std::string& text : texts()) {
    const BriefText brief(text);
    EXPECT_EQ(brief.view(), text);
    EXPECT_EQ(brief.text(), text);
    EXPECT_EQ(brief.empty(), text.empty());
    EXPECT_EQ(brief, text);
    EXPECT_FALSE(brief == text + "c");
  }
  EXPECT_TRUE(BriefText().empty());
}

TEST(BriefText, IsAValue) {
  for (const std::string& text : texts()) {
    for (const std::string& before : texts()) {
      BriefText first(text);
      BriefText copy(before);
      copy = first;
      first = BriefText("another that is longer than fifteen");
      EXPECT_EQ(copy, text);
      BriefText moved(std::move(copy));
      BriefText target(before);
      target = std::move(moved);
      EXPECT_EQ(target, text);
      const BriefText& itself = target;
      target = itself;
      EXPECT_EQ(target, text);
    }
  }
}

}  // namespace
}  // namespace nightwatt

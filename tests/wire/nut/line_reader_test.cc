#include "wire/nut/line_reader.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace nightwatt::wire::nut {
namespace {

struct Outcome {
  std::vector<std::string> lines;
  LineFault fault = LineFault::none;
  bool inside = false;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

Outcome read(std::string_view bytes, std::size_t portion) {
  LineReader reader;
  Outcome out;
  while (!bytes.empty() && reader.fault() == LineFault::none) {
    std::string_view chunk = bytes.substr(0, portion);
    bytes.remove_prefix(chunk.size());
    while (const auto line = reader.next(chunk)) out.lines.emplace_back(*line);
  }
  out.fault = reader.fault();
  out.inside = reader.inside_line();
  return out;
}

using List = std::vector<std::string>;

TEST(LineReader, GivesEachLineWithoutItsNewline) {
  const Outcome out = read("a\n\nbc\r\nd", 100);
  EXPECT_EQ(out.lines, (List{"a", "", "bc\r"}));
  EXPECT_TRUE(out.inside);
}

TEST(LineReader, DoesNotCareHowTheBytesAreCut) {
  const std::string good =
      "BEGIN LIST VAR a\nVAR a b \"c d\"\n\tx\r\n\n" + std::string(500, 'y') + "\nrest";
  const Outcome whole = read(good, good.size());
  ASSERT_EQ(whole.lines.size(), 5u);
  for (std::size_t portion = 1; portion < good.size(); ++portion) {
    ASSERT_EQ(read(good, portion), whole) << portion;
  }
}

TEST(LineReader, RefusesEveryByteThatIsNoTextWhereverItStands) {
  for (int byte = 0; byte < 256; ++byte) {
    if (byte == '\n') continue;
    const bool text = (byte >= 0x20 && byte != 0x7f) || byte == '\t' || byte == '\r';
    for (std::size_t before = 0; before < 20; ++before) {
      const std::string line = std::string(before, 'x') + static_cast<char>(byte) + "tail of it\n";
      const Outcome out = read(line, line.size());
      ASSERT_EQ(out.fault, text ? LineFault::none : LineFault::control_byte)
          << byte << " at " << before;
      ASSERT_EQ(read(line, 1).fault, out.fault);
      ASSERT_EQ(out.lines.size(), text ? 1u : 0u);
    }
  }
}

TEST(LineReader, TheLongestLinePassesAndOneByteMoreDoesNot) {
  const std::string longest(line_bytes_max, 'x');
  for (const std::size_t portion : {std::size_t{1}, std::size_t{7}, std::size_t{5'000}}) {
    EXPECT_EQ(read(longest + "\n", portion).lines, List{longest});
    EXPECT_EQ(read(longest + "x\n", portion).fault, LineFault::line_too_long);
    EXPECT_EQ(read(longest + "x", portion).fault,
              LineFault::line_too_long);  // no need to wait for its end
    EXPECT_EQ(read(longest, portion).fault, LineFault::none);
  }
}

TEST(LineReader, TheFirstOffendingByteDecides) {
  const std::string late = std::string(line_bytes_max + 5, 'x') + "\x01";
  const std::string at_the_limit = std::string(line_bytes_max, 'x') + "\x01";
  for (const std::size_t portion : {std::size_t{1}, std::size_t{100}, std::size_t{5'000}}) {
    EXPECT_EQ(read(late, portion).fault, LineFault::line_too_long);
    EXPECT_EQ(read(at_the_limit, portion).fault, LineFault::control_byte);
  }
}

TEST(LineReader, AfterAFaultNothingMoreComesBeforeReset) {
  LineReader reader;
  std::string_view bad("a\x01\nb\n");
  EXPECT_FALSE(reader.next(bad));
  EXPECT_FALSE(reader.next(bad));
  reader.reset();
  std::string_view good = "b\n";
  EXPECT_EQ(reader.next(good), "b");
}

}  // namespace
}  // namespace nightwatt::wire::nut

#include "wire/snmp/ber.h"

#include <gtest/gtest.h>

#include <limits>

namespace nightwatt::wire::snmp {
namespace {

std::string integer(std::int64_t number) {
  std::string out;
  append_integer(out, tag::integer, number);
  return out;
}

TEST(Ber, IntegersComeBackInTheirShortestForm) {
  for (const std::int64_t number :
       {std::int64_t{0}, std::int64_t{1}, std::int64_t{-1}, std::int64_t{127}, std::int64_t{128},
        std::int64_t{-128}, std::int64_t{-129}, std::int64_t{255}, std::int64_t{65'535},
        std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min()}) {
    const std::string bytes = integer(number);
    Elements elements(bytes);
    EXPECT_EQ(elements.expect_integer(), number);
    EXPECT_TRUE(elements.at_end());
  }
  EXPECT_EQ(integer(127).size(), 3u);
  EXPECT_EQ(integer(128).size(), 4u);
  EXPECT_EQ(integer(-128).size(), 3u);
}

TEST(Ber, UnsignedNumbersMayFillAllTheirBits) {
  for (const std::uint64_t number :
       {std::uint64_t{0}, std::uint64_t{127}, std::uint64_t{128}, std::uint64_t{4'294'967'295},
        std::numeric_limits<std::uint64_t>::max()}) {
    std::string bytes;
    append_unsigned(bytes, tag::counter64, number);
    Elements elements(bytes);
    const auto body = elements.expect(tag::counter64);
    ASSERT_TRUE(body);
    EXPECT_EQ(read_unsigned(*body), number);
  }
  EXPECT_EQ(read_unsigned(std::string_view("\xFF\xFF\xFF\xFF", 4)), 4'294'967'295u)
      << "some agents forget the zero byte";
}

TEST(Ber, NamesComeBack) {
  for (const char* text : {"0.0", "1.3.6.1.2.1.33.1.2.4.0", "2.999.1", "1.3.4294967295",
                           "2.4294967215.1", "1.3.128.16383.16384"}) {
    const auto oid = parse_oid(text);
    ASSERT_TRUE(oid) << text;
    std::string bytes;
    append_oid(bytes, *oid);
    Elements elements(bytes);
    const auto body = elements.expect(tag::oid);
    ASSERT_TRUE(body);
    EXPECT_EQ(read_oid(*body), oid) << text;
    EXPECT_EQ(to_string(*oid), text);
  }
}

TEST(Ber, NoNameIsNoName) {
  for (const char* text : {"", ".", "1", "1.", "1..3", "1.3.x", "1.3 ", "-1.3", "3.1", "1.40",
                           "1.3.4294967296", "sysUpTime.0"}) {
    EXPECT_FALSE(parse_oid(text)) << text;
  }
  std::string deep = "1";
  for (int i = 0; i < 127; ++i) deep += ".3";
  EXPECT_TRUE(parse_oid(deep));
  EXPECT_FALSE(parse_oid(deep + ".3"));
  EXPECT_TRUE(parse_oid(".1.3"));
}

TEST(Ber, LengthsThatLieAreSeen) {
  using namespace std::string_view_literals;
  for (const auto bytes :
       {"\x02"sv, "\x02\x01"sv, "\x02\x80\x00\x00"sv, "\x02\x85\x00\x00\x00\x00\x01\x01"sv,
        "\x04\x7F"
        "abc"sv,
        "\x04\x82\x01"sv, "\x1F\x01\x00"sv}) {
    Elements elements(bytes);
    EXPECT_FALSE(elements.next());
    EXPECT_TRUE(elements.bad());
    EXPECT_FALSE(elements.at_end());
    EXPECT_FALSE(elements.next()) << "and stays so";
  }
}

TEST(Ber, LongBodiesHaveLongLengths) {
  for (const std::size_t size : {0u, 127u, 128u, 255u, 256u, 65'535u, 65'536u}) {
    std::string bytes;
    append_element(bytes, tag::octets, std::string(size, 'x'));
    Elements elements(bytes);
    const auto body = elements.expect(tag::octets);
    ASSERT_TRUE(body) << size;
    EXPECT_EQ(body->size(), size);
    EXPECT_TRUE(elements.at_end());
  }
}

TEST(Ber, NamesThatAreCutOffOrTooBigAreNone) {
  using namespace std::string_view_literals;
  EXPECT_FALSE(read_oid(""sv));
  EXPECT_FALSE(read_oid("\x2B\x86"sv));
  EXPECT_FALSE(read_oid("\x2B\x90\x80\x80\x80\x00"sv)) << "2^32";
  EXPECT_FALSE(read_integer(""sv));
  EXPECT_FALSE(read_integer("123456789"sv));
}

}  // namespace
}  // namespace nightwatt::wire::snmp

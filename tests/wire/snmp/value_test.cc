#include "wire/snmp/value.h"

#include <gtest/gtest.h>

#include <cmath>

namespace nightwatt::wire::snmp {
namespace {

TEST(SnmpValue, NumbersComeFromEveryKindThatCountsSomething) {
  EXPECT_EQ(number_of(integer_value(-40)), -40);
  EXPECT_EQ(number_of(gauge_value(4'294'967'295)), 4'294'967'295.0);
  EXPECT_EQ(number_of({.kind = ValueKind::ticks, .integer = 100}), 100);
  EXPECT_EQ(number_of({.kind = ValueKind::counter64, .counter = 1ull << 40}), 1099511627776.0);
  EXPECT_EQ(number_of({.kind = ValueKind::real, .real = 27.5}), 27.5);
  EXPECT_EQ(number_of(octets_value("27.3")), 27.3);
  EXPECT_EQ(number_of(octets_value(" +27.3 \r\n")), 27.3);
}

TEST(SnmpValue, WhatIsNoNumberIsNone) {
  for (const char* text : {"", " ", "87 %", "nan", "inf", "0x10", "1e999", "on battery"}) {
    EXPECT_FALSE(number_of(octets_value(text))) << text;
  }
  EXPECT_FALSE(number_of({.kind = ValueKind::real, .real = NAN}));
  EXPECT_FALSE(number_of({}));
  EXPECT_FALSE(number_of({.kind = ValueKind::no_such_instance}));
  EXPECT_FALSE(number_of({.kind = ValueKind::oid, .oid = {1, 3}}));
}

TEST(SnmpValue, TextIsWhatAPersonWouldWrite) {
  EXPECT_EQ(text_of(octets_value("Smart-UPS 1500 \0")), "Smart-UPS 1500");
  EXPECT_EQ(text_of(octets_value(std::string("AS\0", 3))), "AS");
  EXPECT_EQ(text_of(octets_value(std::string("\x00\xC0\xB7", 3))), "0x00c0b7");
  EXPECT_EQ(text_of({.kind = ValueKind::oid, .oid = {1, 3, 6}}), "1.3.6");
  EXPECT_EQ(text_of({.kind = ValueKind::address, .octets = std::string("\x7F\0\0\1", 4)}),
            "127.0.0.1");
  EXPECT_EQ(text_of({.kind = ValueKind::real, .real = 27.5}), "27.5");
  EXPECT_EQ(text_of({.kind = ValueKind::end_of_mib_view}), "endOfMibView");
  EXPECT_TRUE(text_of(octets_value(std::string(1'000, '\1'))).ends_with("..."));
}

TEST(SnmpValue, AFloatInsideAnOpaqueIsRead) {
  using namespace std::string_view_literals;
  EXPECT_EQ(opaque_real("\x9F\x78\x04\x41\xDC\x00\x00"sv), 27.5);
  EXPECT_EQ(opaque_real("\x9F\x79\x08\x40\x3B\x80\x00\x00\x00\x00\x00"sv), 27.5);
  for (const auto bytes : {""sv, "\x9F\x78\x04\x41\xDC\x00"sv, "\x9F\x78\x05\x41\xDC\x00\x00\x00"sv,
                           "\x9F\x77\x04\x41\xDC\x00\x00"sv}) {
    EXPECT_FALSE(opaque_real(bytes));
  }
}

}  // namespace
}  // namespace nightwatt::wire::snmp

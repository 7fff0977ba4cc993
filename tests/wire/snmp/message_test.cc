#include "wire/snmp/message.h"

#include <gtest/gtest.h>

#include "base/rng.h"
#include "wire/snmp/ber.h"

namespace nightwatt::wire::snmp {
namespace {

Message every_kind() {
  Message message{.version = Version::v2c,
                  .community = "public",
                  .type = PduType::response,
                  .request_id = 0x12345678};
  const std::vector<Value> values = {
      {},
      integer_value(-5),
      gauge_value(4'294'967'295),
      {.kind = ValueKind::counter, .integer = 7},
      {.kind = ValueKind::ticks, .integer = 8'640'000},
      {.kind = ValueKind::counter64, .counter = 1ull << 63},
      octets_value("Smart-UPS"),
      {.kind = ValueKind::oid, .oid = *parse_oid("1.3.6.1.4.1.318")},
      {.kind = ValueKind::address, .octets = std::string("\x7F\0\0\1", 4)},
      {.kind = ValueKind::real, .real = 27.5},
      {.kind = ValueKind::opaque, .octets = "abc"},
      {.kind = ValueKind::no_such_object},
      {.kind = ValueKind::no_such_instance},
      {.kind = ValueKind::end_of_mib_view},
  };
  Oid name = *parse_oid("1.3.6.1.2.1.33.1.0");
  for (const Value& value : values) {
    ++name.back();
    message.varbinds.push_back({name, value});
  }
  return message;
}

TEST(Message, EveryKindOfValueComesBack) {
  const Message message = every_kind();
  EXPECT_EQ(parse_message(encode_message(message)), message);
}

TEST(Message, EveryCutIsNoMessage) {
  const std::string datagram = encode_message(every_kind());
  for (std::size_t size = 0; size < datagram.size(); ++size) {
    EXPECT_FALSE(parse_message(std::string_view(datagram).substr(0, size))) << size;
  }
  EXPECT_FALSE(parse_message(datagram + '\0')) << "and so is more";
}

TEST(Message, RandomDamageIsHarmless) {
  const std::string datagram = encode_message(every_kind());
  Rng rng(7);
  for (int i = 0; i < 20'000; ++i) {
    std::string damaged = datagram;
    for (int hits = 0; hits < 3; ++hits) {
      const auto at =
          static_cast<std::size_t>(rng.between(0, static_cast<std::int64_t>(damaged.size()) - 1));
      damaged[at] = static_cast<char>(rng.between(0, 255));
    }
    const auto message = parse_message(damaged);
    EXPECT_TRUE(!message || message->varbinds.size() <= varbinds_max);
    peek_sender(damaged);
  }
}

TEST(Message, BytesOfARealAgentAreUnderstood) {
  // snmpget -v2c -c public ... 1.3.6.1.2.1.33.1.2.4.0 answered with INTEGER 87.
  using namespace std::string_view_literals;
  const auto message = parse_message(
      "\x30\x2A\x02\x01\x01\x04\x06public\xA2\x1D\x02\x04\x1B\x2C\x3D\x4E\x02\x01\x00\x02\x01\x00"
      "\x30\x0F\x30\x0D\x06\x08\x2B\x06\x01\x02\x01\x21\x01\x00\x02\x01\x57"sv);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->community, "public");
  EXPECT_EQ(message->type, PduType::response);
  ASSERT_EQ(message->varbinds.size(), 1u);
  EXPECT_EQ(to_string(message->varbinds[0].name), "1.3.6.1.2.1.33.1.0");
  EXPECT_EQ(message->varbinds[0].value, integer_value(87));
}

TEST(Message, ErrorsHaveTheNamesOfTheStandard) {
  EXPECT_EQ(error_name(0), "noError");
  EXPECT_EQ(error_name(5), "genErr");
  EXPECT_EQ(error_name(17), "notWritable");
  EXPECT_EQ(error_name(18), "inconsistentName");
  EXPECT_EQ(error_name(42), "error 42");
  EXPECT_EQ(error_name(-1), "error -1");
}

TEST(Message, TheSenderIsReadOfEveryVersion) {
  Message message = every_kind();
  message.version = Version::v1;
  const auto v1 = peek_sender(encode_message(message));
  ASSERT_TRUE(v1);
  EXPECT_EQ(v1->version, Version::v1);
  EXPECT_EQ(v1->community, "public");

  std::string fields;
  append_element(fields, tag::octets, "\x80\x01\x02\x03\x04");
  append_integer(fields, tag::integer, 1);
  append_integer(fields, tag::integer, 9);
  append_element(fields, tag::octets, "trapper");
  std::string security, global, body, datagram;
  append_element(security, tag::sequence, fields);
  append_integer(global, tag::integer, 77);
  append_integer(global, tag::integer, 65'507);
  append_element(global, tag::octets, "\x07");
  append_integer(global, tag::integer, 3);
  append_integer(body, tag::integer, 3);
  append_element(body, tag::sequence, global);
  append_element(body, tag::octets, security);
  append_element(body, tag::octets, "encrypted");
  append_element(datagram, tag::sequence, body);
  const auto v3 = peek_sender(datagram);
  ASSERT_TRUE(v3);
  EXPECT_EQ(v3->version, Version::v3);
  EXPECT_EQ(v3->user, "trapper");
  EXPECT_EQ(v3->engine_id, "\x80\x01\x02\x03\x04");
  for (std::size_t size = 0; size < datagram.size(); ++size) {
    EXPECT_FALSE(peek_sender(std::string_view(datagram).substr(0, size))) << size;
  }
}

}  // namespace
}  // namespace nightwatt::wire::snmp

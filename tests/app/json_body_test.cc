// Bodies of requests: how deep, how long, and as they were written.
#include "app/json_body.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "app/order_json.h"

namespace nightwatt::app {
namespace {

std::string nested(std::size_t levels) {
  return std::string(levels, '[') + std::string(levels, ']');
}

expected<ControlRequested, std::string> order(const std::string& body) {
  return asked_order(body, DeviceId{0}, "root");
}

// Copying, printing and comparing JSON is recursive: so deep a value ends the process.
TEST(JsonBody, WhatIsNestedDeeplyIsRefusedAndNeverBuilt) {
  for (const std::size_t levels : {8UL, 9UL, 500'000UL}) {
    const auto body = JsonBody::parse(R"({"path":)" + nested(levels) + "}", {"path"});
    ASSERT_FALSE(body) << levels;
    EXPECT_EQ(body.error(), "the body is nested more than 8 levels deep");
  }
  const auto half = JsonBody::parse(R"({"path":)" + std::string(500'000, '['), {"path"});
  ASSERT_FALSE(half);
  const auto unknown = JsonBody::parse(R"({"x":)" + nested(500'000) + "}", {"path"});
  ASSERT_FALSE(unknown);
  const auto seven = JsonBody::parse(R"({"path":)" + nested(7) + "}", {"path"});
  ASSERT_TRUE(seven) << seven.error();
  ASSERT_NE(seven->value("path"), nullptr);
  EXPECT_TRUE(seven->value("path")->is_array());
  EXPECT_EQ(seven->value("state"), nullptr);
}

TEST(JsonBody, ANumberIsSentAsItWasWritten) {
  for (const char* number : {"60", "-5", "12.5", "12.50", "1e3", "0.1234567890123456789",
                             "18446744073709551616", "1E-2"}) {
    const auto asked = order(R"({"variable":"x","value":)" + std::string(number) + "}");
    ASSERT_TRUE(asked) << asked.error();
    EXPECT_EQ(asked->value, number);
  }
  const auto text = order(R"({"variable":"x","value":"007"})");
  ASSERT_TRUE(text);
  EXPECT_EQ(text->value, "007");
  // Of the key at the top, not of another one inside.
  const auto inside = order(R"({"value":1e3,"variable":[{"value":2e3}]})");
  ASSERT_FALSE(inside);
}

TEST(OrderBody, NamesAndValuesHaveALimit) {
  const std::string most(core::order_text_max, 'x');
  EXPECT_TRUE(order(R"({"variable":")" + most + R"(","value":")" + most + R"("})"));
  const auto name = order(R"({"command":"x)" + most + R"("})");
  ASSERT_FALSE(name);
  EXPECT_EQ(name.error(), "command has at most 256 characters");
  const auto variable = order(R"({"variable":"x)" + most + R"(","value":1})");
  ASSERT_FALSE(variable);
  EXPECT_EQ(variable.error(), "variable has at most 256 characters");
  const auto value = order(R"({"command":"x","value":"x)" + most + R"("})");
  ASSERT_FALSE(value);
  EXPECT_EQ(value.error(), "value has at most 256 characters");
  const auto number = order(R"({"variable":"x","value":1)" + std::string(1'000, '0') + ".0}");
  EXPECT_FALSE(number);
}

// "accepted_at" is what asked_at was called first: nothing is renamed within v1.
TEST(OrderJson, BothNamesOfTheTimeItWasAskedAt) {
  AuditEntry entry;
  entry.asked = WallTime(std::chrono::milliseconds(1'000));
  const auto json = audit_json(entry);
  EXPECT_EQ(json.at("asked_at"), "1970-01-01T00:00:01.000Z");
  EXPECT_EQ(json.at("accepted_at"), json.at("asked_at"));
}

}  // namespace
}  // namespace nightwatt::app

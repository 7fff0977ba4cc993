#include "wire/mqtt/payload.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace nightwatt::wire::mqtt {
namespace {

using profile::Item;
using profile::MapKind;

Item number(Variable variable, std::string pointer) {
  Item item;
  item.variable = id_of(variable);
  item.source = profile::MqttSource{"state", std::move(pointer)};
  return item;
}

Item status(std::string pointer) {
  Item item;
  item.variable = status_variable;
  item.source = profile::MqttSource{"state", std::move(pointer)};
  return item;
}

Item mapped_status(std::string pointer) {
  Item item = status(std::move(pointer));
  item.map = MapKind::values;
  item.meanings = {{.raw = 0, .words = parse_status("OB")},
                   {.raw = 1, .words = parse_status("OL")}};
  return item;
}

struct Read {
  Reading reading{};
  std::string error{};
};

Read read(std::string_view payload, const std::vector<Item>& items) {
  std::vector<const Item*> all;
  for (const Item& item : items) all.push_back(&item);
  Read out;
  if (auto taken = read_payload(payload, all, out.reading); !taken) out.error = taken.error();
  return out;
}

TEST(Payload, ThatIsTheValueItself) {
  const auto words = read(" OL CHRG \n", {status("")});
  EXPECT_EQ(words.error, "");
  EXPECT_EQ(words.reading.status, parse_status("OL CHRG"));
  EXPECT_EQ(read("87.5", {number(Variable::battery_charge, "")})
                .reading.values.get(Variable::battery_charge),
            87.5);
}

TEST(Payload, OfJsonFillsAllItsItems) {
  const auto got = read(
      R"({"ups":{"status":"OB LB"},"battery":[{"charge":42},{"charge":"17"}],"a/b":{"m~n":230.5}})",
      {status("/ups/status"), number(Variable::battery_charge, "/battery/0/charge"),
       number(Variable::battery_runtime, "/battery/1/charge"),
       number(Variable::input_voltage, "/a~1b/m~0n")});
  EXPECT_EQ(got.error, "");
  EXPECT_EQ(got.reading.status, parse_status("OB LB"));
  EXPECT_EQ(got.reading.values.get(Variable::battery_charge), 42);
  EXPECT_EQ(got.reading.values.get(Variable::battery_runtime), 17);
  EXPECT_EQ(got.reading.values.get(Variable::input_voltage), 230.5);
}

TEST(Payload, BooleansAndNumbersAreLookedUp) {
  EXPECT_EQ(read(R"({"mains":true})", {mapped_status("/mains")}).reading.status,
            parse_status("OL"));
  EXPECT_EQ(read(R"({"mains":0})", {mapped_status("/mains")}).reading.status, parse_status("OB"));
  EXPECT_EQ(read(R"({"mains":"1"})", {mapped_status("/mains")}).reading.status, parse_status("OL"));
}

TEST(Payload, ANullIsAValueThatTheDeviceDoesNotHave) {
  const auto got =
      read(R"({"c":null,"s":"OL"})", {number(Variable::battery_charge, "/c"), status("/s")});
  EXPECT_EQ(got.error, "");
  EXPECT_FALSE(got.reading.values.get(Variable::battery_charge));
  EXPECT_FALSE(got.reading.values.rejected(Variable::battery_charge));
}

TEST(Payload, AnAbsurdNumberIsMarkedAndFailsNothing) {
  const auto got =
      read(R"({"c":-5,"s":"OL"})", {number(Variable::battery_charge, "/c"), status("/s")});
  EXPECT_EQ(got.error, "");
  EXPECT_TRUE(got.reading.values.rejected(Variable::battery_charge));
  EXPECT_TRUE(got.reading.usable());
}

TEST(Payload, GarbageIsSaidToBeGarbage) {
  const std::vector<Item> charge{number(Variable::battery_charge, "/c")};
  const std::vector<Item> plain{number(Variable::battery_charge, "")};
  EXPECT_EQ(read("{\"c\":", charge).error, "not JSON: '{\"c\":'");
  EXPECT_EQ(read("hello", charge).error, "not JSON: 'hello'");
  EXPECT_EQ(read("{\"c\":1}x", charge).error, "not JSON: '{\"c\":1}x'");
  EXPECT_EQ(read("{\"c\":1e999}", charge).error, "not JSON: '{\"c\":1e999}'");
  EXPECT_EQ(read("{\"d\":1}", charge).error, "nothing at /c");
  EXPECT_EQ(read("[1]", charge).error, "nothing at /c");
  EXPECT_EQ(read("7", charge).error, "nothing at /c");
  EXPECT_EQ(read("{\"c\":{\"v\":1}}", charge).error, "/c: is an object");
  EXPECT_EQ(read("{\"c\":[1]}", charge).error, "/c: is an array");
  EXPECT_EQ(read("{\"c\":\"full\"}", charge).error, "/c: 'full' is no number");
  EXPECT_EQ(read("full", plain).error, "'full' is no number");
  EXPECT_EQ(read("", plain).error, "an empty message");
  EXPECT_EQ(read(" \n", charge).error, "an empty message");
  EXPECT_EQ(read(std::string_view("8\0", 2), plain).error, "not text");
  EXPECT_EQ(read("\x01\x02", charge).error, "not text");
  EXPECT_EQ(read("\xff\xfe", charge).error, "not JSON: '?\?'");
  EXPECT_EQ(read(std::string(60'000, '['), charge).error,
            "not JSON: '" + std::string(120, '[') + "...'");
}

TEST(Payload, AnArrayHasNoSuchPlace) {
  for (const char* pointer : {"/01", "/-", "/-1", "/2", "/x", "/99999999999999999999", "/"}) {
    EXPECT_EQ(read("[1,2]", {number(Variable::battery_charge, pointer)}).error,
              std::string("nothing at ") + pointer);
  }
}

TEST(Payload, AStateThatIsNotListedFailsTheReading) {
  EXPECT_EQ(read(R"({"m":7})", {mapped_status("/m")}).error,
            "/m: '7' is no value that the profile knows");
  EXPECT_EQ(read(R"({"m":0.5})", {mapped_status("/m")}).error,
            "/m: '0.5' is no value that the profile knows");
  EXPECT_EQ(read("7", {status("/m")}).error, "nothing at /m");
  EXPECT_EQ(read(R"({"m":7})", {status("/m")}).error, "/m: '7' is no value that the profile knows");
}

TEST(Payload, OfACommand) {
  profile::WriteStep step;
  step.target = profile::MqttSource{"set", ""};
  step.text = "start";
  EXPECT_EQ(command_payload(step, ""), "start");
  step.text.reset();
  step.number = 1;
  EXPECT_EQ(command_payload(step, ""), "1");
  step.number.reset();
  step.scale = 0.1;
  EXPECT_EQ(command_payload(step, "30"), "300");
  step.target = profile::MqttSource{"set", "/a~1b/delay"};
  step.scale = 1;
  EXPECT_EQ(command_payload(step, "2.5"), "{\"a/b\":{\"delay\":2.5}}");
  EXPECT_EQ(command_payload(step, "soon").error(), "'soon' is no number");
  EXPECT_EQ(command_payload(step, "inf").error(), "'inf' is no number");
  EXPECT_EQ(command_payload(step, "").error(), "'' is no number");
  step.text = "a\"b\xff";
  EXPECT_EQ(command_payload(step, ""), "{\"a/b\":{\"delay\":\"a\\\"b\xef\xbf\xbd\"}}");
}

TEST(Payload, WordsAreComparedWithoutCase) {
  EXPECT_TRUE(says_ok(" OK\n"));
  EXPECT_FALSE(says_ok("ok then"));
  EXPECT_FALSE(says_ok(""));
  EXPECT_TRUE(says("Offline", "offline"));
}

TEST(Payload, IsQuotedFitForALog) {
  EXPECT_EQ(quotable("a\nb\x1b[0m\xc3\xa4"), "'a?b?[0m?\?'");
  EXPECT_EQ(quotable(std::string(500, 'x')), "'" + std::string(120, 'x') + "...'");
}

}  // namespace
}  // namespace nightwatt::wire::mqtt

#include "profile/profile.h"

#include <gtest/gtest.h>

#include "profile/plan_table.h"

namespace nightwatt::profile {
namespace {

Item holding(std::uint16_t address, VariableId variable, NumberType type = NumberType::u16) {
  Item item;
  item.variable = variable;
  item.source = ModbusSource{.address = address, .type = type};
  return item;
}

Item status_of(MapKind map, std::vector<Meaning> meanings) {
  Item item;
  item.variable = status_variable;
  item.map = map;
  item.meanings = std::move(meanings);
  return item;
}

StatusWords words(std::string_view text) { return parse_status(text); }

TEST(ProfileTake, ScalesNumbersIntoVariables) {
  Item item = holding(0, id_of(Variable::input_voltage));
  item.scale = 0.1;
  Reading reading;
  EXPECT_EQ(take(item, 2301, reading), Taken::taken);
  EXPECT_NEAR(*reading.values.get(Variable::input_voltage), 230.1, 1e-4);
}

TEST(ProfileTake, KeepsVariablesThatDecisionsDoNotUse) {
  const VariableId level{first_other_variable + 3};
  const VariableId flow{first_other_variable + 1};
  Reading reading;
  EXPECT_EQ(take(holding(0, level), 7, reading), Taken::taken);
  EXPECT_EQ(take(holding(1, flow), 9, reading), Taken::taken);
  EXPECT_EQ(take(holding(0, level), 8, reading), Taken::taken);
  EXPECT_EQ(reading.others, (std::vector<OtherValue>{{flow, 9}, {level, 8}}));
}

TEST(ProfileTake, AnAbsentValueLeavesNothing) {
  Item item = holding(0, id_of(Variable::battery_charge));
  item.absent = 65'535;
  Reading reading;
  EXPECT_EQ(take(item, 65'535, reading), Taken::absent);
  EXPECT_EQ(reading, Reading{});
}

TEST(ProfileTake, AnAbsurdValueIsRejectedAndMarked) {
  Reading reading;
  EXPECT_EQ(take(holding(0, id_of(Variable::battery_charge)), 4'000, reading), Taken::rejected);
  EXPECT_TRUE(reading.values.rejected(Variable::battery_charge));
}

TEST(ProfileTake, MapsValuesToStatusWords) {
  const Item item = status_of(MapKind::values,
                              {{.raw = 3, .words = words("OL")}, {.raw = 5, .words = words("OB")}});
  Reading reading;
  EXPECT_EQ(take(item, 5, reading), Taken::taken);
  EXPECT_EQ(reading.status, words("OB"));
}

TEST(ProfileTake, AValueThatTheMapDoesNotListSaysNothing) {
  const Item item = status_of(MapKind::values, {{.raw = 3, .words = words("OL")}});
  for (const double raw : {4.0, 3.5, -3.0, 1e300, std::numeric_limits<double>::quiet_NaN()}) {
    Reading reading;
    EXPECT_EQ(take(item, raw, reading), Taken::rejected) << raw;
    EXPECT_FALSE(reading.usable());
  }
}

TEST(ProfileTake, BitsAddTheirWordsSetOrNot) {
  const Item item =
      status_of(MapKind::bits, {{.raw = 0, .words = words("OB"), .otherwise = words("OL")},
                                {.raw = 2, .words = words("LB")}});
  Reading line;
  EXPECT_EQ(take(item, 0, line), Taken::taken);
  EXPECT_EQ(line.status, words("OL"));
  Reading battery;
  EXPECT_EQ(take(item, 5, battery), Taken::taken);
  EXPECT_EQ(battery.status, words("OB LB"));
}

TEST(ProfileTake, TextIsNutsWordsOrANumber) {
  Reading reading;
  EXPECT_EQ(take_text(status_of(MapKind::none, {}), "OL CHRG", reading), Taken::taken);
  EXPECT_EQ(reading.status, words("OL CHRG"));
  const Item charge = holding(0, id_of(Variable::battery_charge));
  EXPECT_EQ(take_text(charge, " 87.5 ", reading), Taken::taken);
  EXPECT_EQ(take_text(charge, "87 %", reading), Taken::rejected);
}

TEST(ProfilePlan, JoinsRegistersOverSmallGapsOnly) {
  Profile profile;
  const VariableId other{first_other_variable};
  for (const std::uint16_t address : {100, 0, 2, 12, 31})
    profile.items.push_back(holding(address, other));
  const ReadPlan found = plan(profile, {});
  ASSERT_EQ(found.messages.size(), 4u);  // 0..2 | 12 (gap of 9) | 31 | 100
  EXPECT_EQ(found.messages[0].address, 0);
  EXPECT_EQ(found.messages[0].count, 3);
  EXPECT_EQ(found.messages[0].items, 2);
  EXPECT_EQ(found.messages[3].address, 100);
  EXPECT_EQ(found.items[found.messages[3].first], 0);
}

TEST(ProfilePlan, NeverAsksForMoreThanOneReplyCarries) {
  Profile profile;
  for (int i = 0; i < 300; ++i) {
    profile.items.push_back(holding(static_cast<std::uint16_t>(2 * i),
                                    VariableId{first_other_variable}, NumberType::f32));
  }
  int items = 0;
  for (const ReadMessage& message : plan(profile, {}).messages) {
    EXPECT_LE(message.count, 125);
    items += message.items;
  }
  EXPECT_EQ(items, 300);
}

TEST(ProfilePlan, AsksForWhatIsWanted) {
  Profile profile;
  profile.protocol = Protocol::snmp;
  for (std::uint16_t i = 0; i < 50; ++i) {
    Item item;
    item.variable = VariableId{i};
    item.source = SnmpSource{};
    item.group = i < 10 ? "first" : "";
    profile.items.push_back(item);
  }
  EXPECT_EQ(plan(profile, {}).messages.size(), 3u);
  EXPECT_EQ(plan(profile, {.variables = {VariableId{44}}, .groups = {"first"}}).items.size(), 11u);
  EXPECT_TRUE(plan(profile, {.variables = {VariableId{99}}, .groups = {}}).messages.empty());
}

// Status points cost no message.
TEST(ProfilePlan, StatusPointsAreNotAskedFor) {
  Profile profile;
  profile.protocol = Protocol::modbus;
  profile.points.push_back({VariableId{first_other_variable}, {PointKind::success_hour, {}}, "g"});
  EXPECT_TRUE(plan(profile, {}).messages.empty());
  EXPECT_TRUE(wants({}, VariableId{first_other_variable}, ""));
  EXPECT_TRUE(wants({.variables = {}, .groups = {"g"}}, VariableId{first_other_variable}, "g"));
  EXPECT_FALSE(wants({.variables = {}, .groups = {"g"}}, VariableId{first_other_variable}, ""));
}

TEST(PlanTable, SharesPlansAndKnowsNutPaths) {
  const auto plan = std::make_shared<const PathPlan>();
  PlanTable table;
  table.add_device(std::vector<PlanTable::Plan>{nullptr, plan});
  table.add_device(std::vector<PlanTable::Plan>{plan});
  EXPECT_EQ(table.at(DeviceId{0}, PathRank{1}), nullptr);
  EXPECT_EQ(table.at(DeviceId{0}, PathRank{2}), plan.get());
  EXPECT_EQ(table.at(DeviceId{1}, PathRank{1}), plan.get());
  EXPECT_EQ(table.at(DeviceId{7}, PathRank{3}), nullptr);
}

TEST(ReadingMerge, LaterPartsAddAndReplace) {
  Reading whole;
  whole.status = words("OL");
  whole.values.set(Variable::battery_charge, 80);
  Reading part;
  part.status = words("CHRG");
  part.values.set(Variable::battery_charge, 81);
  part.values.set_text(Variable::ups_load, "much");
  part.others = {{VariableId{first_other_variable}, 1}};
  whole.merge(part);
  EXPECT_EQ(whole.status, words("OL CHRG"));
  EXPECT_EQ(whole.values.get(Variable::battery_charge), 81);
  EXPECT_TRUE(whole.values.rejected(Variable::ups_load));
  EXPECT_EQ(whole.others.size(), 1u);
}

}  // namespace
}  // namespace nightwatt::profile

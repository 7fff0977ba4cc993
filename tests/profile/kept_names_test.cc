#include "profile/kept_names.h"

#include <gtest/gtest.h>

#include "profile/plan_table.h"

namespace nightwatt::profile {
namespace {

constexpr VariableId first{first_other_variable};
constexpr VariableId second{first_other_variable + 1};

TEST(KeptNames, AreFoundInEitherCase) {
  KeptNames names;
  names.add("ups.delay.shutdown", first);
  names.add("input.L1.voltage", second);
  names.add("UPS.delay.shutdown", second);  // there already
  EXPECT_EQ(names.find("UPS.Delay.Shutdown"), first);
  EXPECT_EQ(names.find("input.l1.voltage"), second);
  EXPECT_FALSE(names.find("ups.delay"));
  EXPECT_FALSE(names.find("ups.delay.shutdown.x"));
}

TEST(PlanTable, KeepsNamesOfTheSchedulesThatWantThem) {
  PlanTable table;
  KeptNames names;
  names.add("ambient.temperature", first);
  table.keep(DeviceId{2}, {KeptNames{}, names});
  table.keep(DeviceId{5}, {KeptNames{}, names});
  EXPECT_EQ(table.kept(DeviceId{0}, 0), nullptr);
  EXPECT_EQ(table.kept(DeviceId{2}, 0), nullptr) << "this schedule wants nothing";
  EXPECT_EQ(table.kept(DeviceId{2}, 2), nullptr) << "there is no such schedule";
  ASSERT_NE(table.kept(DeviceId{2}, 1), nullptr);
  EXPECT_EQ(table.kept(DeviceId{2}, 1), table.kept(DeviceId{5}, 1)) << "kept once";
  EXPECT_EQ(table.kept(DeviceId{9}, 0), nullptr);
  EXPECT_FALSE(table.shows_all(DeviceId{2}));
  table.show_all(DeviceId{2});
  EXPECT_TRUE(table.shows_all(DeviceId{2}));
  EXPECT_FALSE(table.shows_all(DeviceId{1}));
}

}  // namespace
}  // namespace nightwatt::profile

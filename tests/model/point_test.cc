// Names of status points: each one is read back as what it was written from, and nothing else is.
#include "model/point.h"

#include <gtest/gtest.h>

#include <set>

namespace nightwatt {
namespace {

TEST(Point, EveryNameNamesItsPoint) {
  const auto names = point_names(paths_max);
  EXPECT_EQ(names.size(), 4u + 6u * paths_max);
  EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), names.size());
  for (const std::string& name : names) {
    const auto point = point_named(name);
    ASSERT_TRUE(point) << name;
    EXPECT_EQ(name_of(*point), name);
    EXPECT_TRUE(is_point_name(name));
    EXPECT_FALSE(is_text_point(name));
  }
  EXPECT_EQ(name_of({PointKind::latency_p95, PathRank{3}}), "comm.path.3.latency_p95_ms");
}

TEST(Point, NothingElseIsOne) {
  for (const char* name :
       {"", "comm.", "comm.active.id", "comm.path.0.loss", "comm.path.9.loss", "comm.path.1.",
        "comm.path.12.loss", "comm.failovers.", "comm.failovers.0", "comm.success.hours",
        "battery.charge", "comm.path.a.loss"}) {
    EXPECT_FALSE(point_named(name)) << name;
  }
  EXPECT_TRUE(is_text_point("comm.active.id"));
}

}  // namespace
}  // namespace nightwatt

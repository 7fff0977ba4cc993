// The status points that the API shows are those that triggers and profiles may name.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "app/comm_json.h"
#include "core/comm/comm.h"
#include "model/point.h"

namespace nightwatt::app {
namespace {

using core::Comm;

core::DeviceRule two_paths() {
  core::DeviceRule rule;
  rule.name = "UPS-A";
  rule.paths.resize(2);
  rule.paths[1].comm = CommId{1};
  return rule;
}

// A first poll that is answered after 12 ms.
Comm polled_once() {
  std::vector<core::CommRule> comms(2);
  comms[0].name = "one";
  comms[1].name = "two";
  Comm comm(comms, {two_paths()}, Instant{});
  core::CommOut out;
  const Instant first = *comm.next_deadline();
  comm.advance(first, out);
  for (const Effect& effect : core::CommOut(out).effects) {
    const auto* send = std::get_if<SendMessage>(&effect);
    if (send == nullptr) continue;
    Reading reading;
    reading.status = parse_status("OL");
    comm.replied(send->transaction, reading, first + Duration(12), out);
  }
  return comm;
}

TEST(StatusPoints, WhatTheApiShowsIsWhatConditionsCompare) {
  const Comm comm = polled_once();
  const Instant now{Duration(5'000)};
  const auto points = points_json(comm.view(DeviceId{0}, now));
  std::vector<std::string> numbers;
  for (const auto& [name, shown] : points.items()) {
    EXPECT_TRUE(is_point_name(name));
    if (is_text_point(name)) continue;
    numbers.push_back(name);
    const auto point = point_named(name);
    ASSERT_TRUE(point) << name;
    const auto number = comm.point(DeviceId{0}, *point, now);
    ASSERT_EQ(number.has_value(), !shown.is_null()) << name;
    if (number) {
      EXPECT_EQ(*number, shown.get<double>()) << name;
    }
  }
  EXPECT_EQ(comm.point(DeviceId{0}, {PointKind::latency, primary}, now), 12);
  EXPECT_FALSE(comm.point(DeviceId{0}, {PointKind::latency, PathRank{3}}, now));
  auto names = point_names(2);
  std::ranges::sort(names);
  std::ranges::sort(numbers);
  EXPECT_EQ(names, numbers);
}

}  // namespace
}  // namespace nightwatt::app

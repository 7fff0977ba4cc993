#include "app/identities.h"

#include <gtest/gtest.h>

#include <string>

namespace nightwatt::app {
namespace {

config::Config site_of(std::uint32_t members) {
  config::Config out;
  config::CommEndpoint endpoint;
  endpoint.host = "10.0.0.1";
  endpoint.port = 3493;
  out.endpoints.push_back(endpoint);
  for (std::uint32_t i = 0; i < members; ++i) {
    core::DeviceRule device;
    device.name = "UPS-" + std::to_string(i);
    device.paths.push_back({.comm = CommId{0}, .unit = "ups" + std::to_string(i)});
    out.site.devices.push_back(device);
    core::MemberRule member;
    member.device = DeviceId{i};
    out.site.members.push_back(member);
  }
  return out;
}

TEST(Identities, AreNameAndEachPlaceWhereItIsRead) {
  const Identities identities(site_of(2));
  ASSERT_EQ(identities.size(), 2u);
  EXPECT_EQ(identities.of(0), "UPS-0|ups0@10.0.0.1:3493");
  EXPECT_EQ(identities.of(1), "UPS-1|ups1@10.0.0.1:3493");
}

TEST(Identities, GoBackAsAWholeOnceAllAreKnown) {
  constexpr std::uint32_t members = 1'000;
  Identities identities(site_of(members));
  for (std::uint32_t i = 0; i < members; ++i) {
    EXPECT_GT(identities.room(), 20u * members) << "until the last one is known";
    EXPECT_FALSE(identities.known(i));
    identities.set_known(i);
  }
  EXPECT_EQ(identities.size(), 0u);
  EXPECT_LT(identities.room(), 100u);
}

}  // namespace
}  // namespace nightwatt::app

// What people are answered, whole sentences of them.
#include <gtest/gtest.h>

#include "tests/core/rack_story.h"

namespace nightwatt::core::testing {
namespace {

constexpr CommId comm_a1{0};

std::string out_of_service(Site site, Duration frozen = 0s) {
  RackStory story(std::move(site));
  story.until(10);
  if (frozen > 0s) story.ask(FreezeRequested{.device = a, .for_how_long = frozen});
  return story.ask(CommRequested{.comm = comm_a1, .state = CommState::out_of_service}).text;
}

// A device that stays for another reason than having no path is not told to have none.
TEST(EngineAnswers, WhyADeviceStaysOnACommDeviceThatIsTakenOut) {
  EXPECT_EQ(out_of_service(rack()), "comm-A1 is out of service: 1 device moves to comm-A2");
  EXPECT_EQ(out_of_service(rack({.paths = 1})),
            "comm-A1 is out of service: 1 device stays without a path: UPS-A");
  Site dry = rack();
  dry.devices[0].failover_dry_run = true;
  EXPECT_EQ(out_of_service(dry),
            "comm-A1 is out of service: 1 device stays because of dry run: UPS-A");
  Site manual = rack();
  manual.devices[0].auto_failover = false;
  EXPECT_EQ(out_of_service(manual),
            "comm-A1 is out of service: 1 device stays because only people move it: UPS-A");
  EXPECT_EQ(out_of_service(rack(), 10min),
            "comm-A1 is out of service: 1 device stays because of a freeze: UPS-A");
}

// Who mixes up commands and variables is told what to write.
TEST(EngineAnswers, ACommandThatIsAVariableAndTheOtherWayRound) {
  Site site = rack();
  site.devices[0].allow_control = {"ups.delay.shutdown", "test.battery.start"};
  site.devices[0].controls = {{.kind = ControlKind::write, .name = "ups.delay.shutdown"},
                              {.kind = ControlKind::command, .name = "test.battery.start"}};
  RackStory story(std::move(site));
  story.until(10);
  const auto refused = [&](ControlKind kind, const char* name, const char* value) {
    return story
        .ask(ControlRequested{.device = a, .kind = kind, .name = name, .value = value, .who = "x"})
        .text;
  };
  EXPECT_EQ(refused(ControlKind::command, "ups.delay.shutdown", "30"),
            "UPS-A: ups.delay.shutdown is a variable, not a command: write ups.delay.shutdown=30");
  EXPECT_EQ(refused(ControlKind::write, "test.battery.start", ""),
            "UPS-A: test.battery.start is a command, not a variable: write test.battery.start");
}

}  // namespace
}  // namespace nightwatt::core::testing

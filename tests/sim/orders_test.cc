#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "sim/order_world.h"
#include "sim/world.h"

// Drawn worlds in which people give orders while links, comm devices and the daemon fail, against
// devices that count what they executed (invariant 5).
namespace nightwatt::sim {
namespace {

using namespace std::chrono_literals;

constexpr int worlds = 300;
constexpr Duration length = 20min;

core::ControlRule drawn_control(Rng& rng, std::string name, std::size_t paths) {
  core::ControlRule rule;
  rule.kind = ControlKind::write;
  rule.name = std::move(name);
  rule.policy = static_cast<ControlPolicy>(rng.between(0, 3));
  rule.expiry = Duration(rng.between(500, 60'000));
  rule.verify = core::VerifyRule{.variable = VariableId{first_other_variable}};
  const bool selects = rule.policy == ControlPolicy::select_before_operate;
  for (std::size_t p = 0; p < paths; ++p) {
    const bool able = p == 0 || rng.chance_percent(85);
    rule.paths.push_back({.steps = static_cast<std::uint8_t>(!able     ? 0
                                                             : selects ? 2
                                                                       : 1),
                          .verify_schedule = 0,
                          .verifiable = rng.chance_percent(90)});
  }
  return rule;
}

core::Site drawn_site(Rng& rng) {
  core::Site site;
  site.other_variables = {"ups.delay.shutdown"};
  for (std::int64_t i = rng.between(2, 5); i > 0; --i) {
    core::CommRule comm;
    comm.name = "c" + std::to_string(i);
    comm.shared_fate = rng.chance_percent(40);
    site.comms.push_back(comm);
  }
  for (std::uint32_t i = 0; i < 4; ++i) {
    core::DeviceRule device;
    device.name = "d" + std::to_string(i);
    device.mode = rng.chance_percent(70) ? FailoverMode::guarded : FailoverMode::compat;
    device.failback_on_failure = rng.chance_percent(60);
    device.retry_control_on_failover = rng.chance_percent(50);
    const auto paths = static_cast<std::size_t>(rng.between(1, 3));
    for (std::size_t p = 0; p < paths; ++p) {
      core::PathRule path;
      path.comm = CommId{static_cast<std::uint32_t>(rng.between(0, std::ssize(site.comms) - 1))};
      path.unit = std::to_string(i) + std::to_string(p);
      path.poll_attempts = static_cast<int>(rng.between(1, 3));
      path.message_delay = Duration(rng.chance_percent(70) ? 0 : rng.between(1, 400));
      path.initial_fail = Duration(rng.chance_percent(40) ? 0 : rng.between(1, 5'000));
      path.retry_primary = Duration(rng.between(0, 20'000));
      path.messages = {static_cast<std::uint16_t>(rng.between(1, 3)),
                       static_cast<std::uint16_t>(rng.between(0, 2))};
      device.paths.push_back(path);
    }
    device.schedules = {{.name = "state", .interval = Duration(rng.between(500, 3'000))},
                        {.name = "slow",
                         .interval = Duration(rng.between(500, 9'000)),
                         .priority = static_cast<core::PollPriority>(rng.between(0, 2)),
                         .binding = static_cast<core::Binding>(rng.between(0, 3))}};
    for (const char* name : {"one", "two", "three"}) {
      device.controls.push_back(drawn_control(rng, name, paths));
      device.allow_control.push_back(name);
    }
    core::MemberRule member;
    member.device = DeviceId{i};
    site.devices.push_back(device);
    site.members.push_back(member);
  }
  return site;
}

void one_trouble(World& world, Rng& rng) {
  const DeviceId device{static_cast<std::uint32_t>(rng.between(0, 3))};
  const auto paths = std::ssize(world.site().devices[device.value].paths);
  const PathRank path{static_cast<std::uint8_t>(rng.between(1, paths))};
  const CommId comm{static_cast<std::uint32_t>(rng.between(0, std::ssize(world.site().comms) - 1))};
  switch (rng.between(0, 9)) {
    case 0:
    case 1:
    case 2: world.link(device, path).kind = static_cast<Link::Kind>(rng.between(0, 5)); break;
    case 3: world.link(device, path).loss_percent = static_cast<int>(rng.between(0, 80)); break;
    case 4: world.silence(comm, !world.silenced(comm)); break;
    case 5: {
      const CommState states[] = {CommState::ok, CommState::disabled, CommState::out_of_service};
      world.ask(CommRequested{.comm = comm, .state = states[rng.between(0, 2)]});
      break;
    }
    case 6: world.ask(PathSelected{.device = device, .path = path}); break;
    case 7: world.ask(PathSelected{.device = device, .path = std::nullopt}); break;
    case 8: world.ask(DeviceSpoke{.comm = comm}); break;
    case 9:
      if (rng.chance_percent(30)) world.stall(Duration(rng.between(100, 90'000)));
      if (rng.chance_percent(20)) {
        EXPECT_TRUE(world.reload(world.site()));
      }
      if (rng.chance_percent(20)) {
        EXPECT_TRUE(world.reincarnate());
      }
      break;
  }
}

void one_order(World& world, Rng& rng) {
  const char* names[] = {"one", "two", "three", "forbidden"};
  ControlRequested order;
  order.device = DeviceId{static_cast<std::uint32_t>(rng.between(0, 3))};
  order.kind = ControlKind::write;
  order.name = names[rng.between(0, 3)];
  order.value = std::to_string(rng.between(1, 1'000));
  order.who = "test";
  order.dry_run = rng.chance_percent(5);
  world.ask(order);
}

void end_troubles(World& world) {
  for (std::uint32_t c = 0; c < world.site().comms.size(); ++c) {
    world.silence(CommId{c}, false);
    world.ask(CommRequested{.comm = CommId{c}, .state = CommState::ok});
  }
  for (std::uint32_t d = 0; d < world.site().devices.size(); ++d) {
    for (std::uint8_t p = 1; p <= world.site().devices[d].paths.size(); ++p) {
      world.link(DeviceId{d}, PathRank{p}) = Link{};
    }
  }
}

TEST(Orders, AreNeverDoubledNorLostAndTheirOutcomeIsTheTruth) {
  std::map<ControlOutcome, std::size_t> ended;
  for (std::uint64_t seed = 1; seed <= worlds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Rng rng(seed);
    World world(drawn_site(rng), seed);
    Complaints complaints;
    OrderCheck check(world.ordered(), complaints);
    world.observe(check);
    world.start();
    for (Instant end = world.now() + length; world.now() < end;) {
      world.run_for(Duration(rng.between(10, 4'000)));
      if (world.stalled()) continue;
      if (rng.chance_percent(40)) one_trouble(world, rng);
      if (rng.chance_percent(50)) one_order(world, rng);
    }
    world.run_for(2min);
    end_troubles(world);
    world.run_for(3min);
    EXPECT_FALSE(world.stuck());
    EXPECT_EQ(check.open(), 0u) << "an order has no end";
    for (const std::string& complaint : complaints.list()) ADD_FAILURE() << complaint;
    if (!complaints.empty()) return;
    for (const auto outcome :
         {ControlOutcome::ok, ControlOutcome::refused, ControlOutcome::unknown}) {
      ended[outcome] += check.ended(outcome);
    }
  }
  for (const auto& [outcome, count] : ended) {
    RecordProperty(std::string(to_string(outcome)), std::to_string(count));
    EXPECT_GT(count, 500u) << to_string(outcome) << ": the worlds are too tame";
  }
}

struct OrderCount {
  std::size_t given = 0;
  std::size_t doubled = 0;  // a device executed it more than once
  std::size_t lost = 0;     // it ended as ok, and no device executed it
};

// The rules of compat: a control message is attempted like any other, and goes on over the next
// path. Those of guarded: it is sent once, and what is not known is said.
core::Site under_rules(core::Site site, FailoverMode mode) {
  const bool compat = mode == FailoverMode::compat;
  for (core::DeviceRule& device : site.devices) {
    device.mode = mode;
    device.retry_control_on_failover = compat;
    for (core::ControlRule& rule : device.controls) {
      rule.policy = compat ? ControlPolicy::idempotent : ControlPolicy::never;
      rule.verify.reset();
      for (core::ControlPath& path : rule.paths) path.steps = std::min<std::uint8_t>(path.steps, 1);
    }
  }
  return site;
}

OrderCount play_orders(FailoverMode mode) {
  OrderCount count;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    Rng rng(seed);
    World world(under_rules(drawn_site(rng), mode), seed);
    world.start();
    for (Instant end = world.now() + length; world.now() < end;) {
      world.run_for(Duration(rng.between(10, 4'000)));
      if (world.stalled()) continue;
      if (rng.chance_percent(40)) one_trouble(world, rng);
      if (rng.chance_percent(50)) one_order(world, rng);
    }
    end_troubles(world);
    world.run_for(3min);
    for (const core::OrderView& order : world.engine().orders()) {
      if (order.record.dry_run) continue;
      const int executed = world.ordered().executed(order.record.id);
      ++count.given;
      if (executed > 1) ++count.doubled;
      if (executed == 0 && order.record.outcome == ControlOutcome::ok) ++count.lost;
    }
  }
  return count;
}

TEST(GuardedItems, FiveNoOrderIsDoubledOrLost) {
  const OrderCount compat = play_orders(FailoverMode::compat);
  const OrderCount guarded = play_orders(FailoverMode::guarded);
  if (std::getenv("NIGHTWATT_COMPARE") != nullptr) {
    std::printf("| 5 | writes that a device executed more than once, of %zu / %zu | %zu / %zu |\n",
                compat.given, guarded.given, compat.doubled, guarded.doubled);
    std::printf("| 5 | writes that ended as ok and were executed by none | %zu / %zu |\n",
                compat.lost, guarded.lost);
  }
  EXPECT_GT(compat.given, 1'000u);
  EXPECT_GT(compat.doubled, 20u);
  EXPECT_EQ(guarded.doubled, 0u);
  EXPECT_EQ(guarded.lost, 0u);
}

}  // namespace
}  // namespace nightwatt::sim

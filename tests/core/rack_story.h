#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "sim/world.h"

// A rack with two UPSes, two paths each, told as a story at given seconds through the whole engine.
// Every option has a default, so that each one a test sets means something.
namespace nightwatt::core::testing {

using namespace std::chrono_literals;

inline Instant at_s(double second) {
  return Instant(Duration(static_cast<std::int64_t>(second * 1000)));
}

struct RackOptions {
  int paths = 2;
  FailoverMode mode = FailoverMode::guarded;
  UnknownCounts unknown = UnknownCounts::critical;
  DegradedCounts degraded = DegradedCounts::healthy;
  Duration confirm_for = 0s;
  Duration grace = 60s;
  int min_healthy = 1;
};

inline StepRule remote_step(const std::string& name, int phase) {
  StepRule out;
  out.id = "remote:" + name;
  out.name = name;
  out.phase = phase;
  RemoteAction action;
  action.host = name;
  out.action = action;
  out.deadline = 20s;
  return out;
}

// Devices UPS-A and UPS-B; device i reaches comm devices 2i and 2i + 1. Group "rack".
inline Site rack(const RackOptions& options = {}) {
  Site site;
  for (std::uint32_t i = 0; i < 2; ++i) {
    DeviceRule device;
    device.name = i == 0 ? "UPS-A" : "UPS-B";
    device.mode = options.mode;
    device.failback_on_failure = true;
    for (int p = 0; p < options.paths; ++p) {
      CommRule comm;
      comm.name = "comm-" + device.name.substr(4) + std::to_string(p + 1);
      site.comms.push_back(comm);
      PathRule path;
      path.comm = CommId{static_cast<std::uint32_t>(site.comms.size() - 1)};
      path.initial_fail = 5s;
      path.retry_primary = 30s;
      device.paths.push_back(path);
    }
    MemberRule member;
    member.device = DeviceId{i};
    member.connection_loss_grace = options.grace;
    member.needs_every_path = options.mode == FailoverMode::guarded;
    member.advisory = true;
    site.devices.push_back(device);
    site.members.push_back(member);
  }
  GroupRule group;
  group.name = "rack";
  group.quorum.members = {DeviceId{0}, DeviceId{1}};
  group.quorum.min_healthy = options.min_healthy;
  group.quorum.unknown_counts_as = options.unknown;
  group.quorum.degraded_counts_as = options.degraded;
  group.plan.confirm_for = options.confirm_for;
  group.plan.steps = {remote_step("compute", 1), remote_step("storage", 2)};
  site.groups.push_back(group);
  return site;
}

inline constexpr DeviceId a{0};
inline constexpr DeviceId b{1};
inline constexpr GroupId the_rack{0};

class RackStory : public sim::Observer {
 public:
  explicit RackStory(Site site = rack()) : world(std::move(site), 7) {
    world.observe(*this);
    world.power_off_is_real = false;
    world.start();
  }

  RackStory& until(double second) {
    world.run_until(at_s(second));
    return *this;
  }
  RackStory& says(DeviceId device, std::string_view status) {
    world.ups(device).set_status(parse_status(status));
    return *this;
  }
  RackStory& charge(DeviceId device, double percent) {
    world.ups(device).set(Variable::battery_charge, percent, world.now());
    return *this;
  }
  RackStory& unplug(DeviceId device, sim::Link::Kind kind = sim::Link::Kind::refuses) {
    for (std::uint8_t p = 1; p <= world.site().devices[device.value].paths.size(); ++p) {
      world.link(device, PathRank{p}).kind = kind;
    }
    return *this;
  }
  RackStory& plug(DeviceId device) { return unplug(device, sim::Link::Kind::ok); }
  Answer ask(Event event) {
    answer = {};
    world.ask(std::move(event));
    world.run_for(Duration(0));
    return answer;
  }

  const Engine& engine() const { return world.engine(); }
  MemberState state(DeviceId device) const { return engine().member(device)->state; }
  Verdict verdict() const { return engine().group(the_rack, world.now()).verdict; }
  RunState run() const { return engine().group(the_rack, world.now()).run.state; }
  // "12.345 compute" for each step that started.
  std::vector<std::string> started{};
  std::vector<RecordMaintenance> maintained{};
  int committed = 0;
  int closed = 0;
  Answer answer{};
  std::vector<std::string> log{};  // messages

  bool told(std::string_view words) const {
    for (const std::string& line : log) {
      if (line.find(words) != std::string::npos) return true;
    }
    return false;
  }

  void after_step(const Engine&, std::span<const Effect> effects, Instant now) override {
    for (const Effect& effect : effects) {
      if (const auto* start = std::get_if<StartStep>(&effect)) {
        started.push_back(fmt::format("{:.0f} {}", seconds(now.time_since_epoch()), start->name));
      }
      if (std::holds_alternative<CommitRun>(effect)) ++committed;
      if (std::holds_alternative<CloseRun>(effect)) ++closed;
      if (const auto* notice = std::get_if<Notice>(&effect)) log.push_back(notice->message);
      if (const auto* reply = std::get_if<Answer>(&effect)) answer = *reply;
      if (const auto* it = std::get_if<RecordMaintenance>(&effect)) maintained.push_back(*it);
    }
  }

  sim::World world;
};

}  // namespace nightwatt::core::testing

#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/core/comm/world.h"

// One device with schedules of its own, whose messages are answered at once.
namespace nightwatt::core {

inline constexpr DeviceId ups{0};
inline constexpr VariableId humidity{first_other_variable};

inline ScheduleRule every(std::string name, Duration interval, Binding binding = Binding::current) {
  ScheduleRule rule;
  rule.name = std::move(name);
  rule.interval = interval;
  rule.binding = binding;
  return rule;
}

inline DeviceRule scheduled(std::vector<ScheduleRule> schedules, int paths = 2) {
  std::vector<CommId> comms;
  for (int i = 0; i < paths; ++i) comms.push_back(CommId{static_cast<std::uint32_t>(i)});
  DeviceRule rule = device("UPS-A", comms);
  rule.schedules = std::move(schedules);
  return rule;
}

inline std::vector<CommRule> two_comms() {
  return {CommRule{.name = "one"}, CommRule{.name = "two"}};
}

// Answers each message at once, until the end; counts what was sent.
struct Played {
  explicit Played(DeviceRule rule) : world(two_comms(), {std::move(rule)}) {}
  World world;
  std::map<int, int> sent{};         // by schedule
  std::vector<SendMessage> order{};  // all of them
  std::size_t taken = 0;
  bool mute = false;
  std::optional<std::uint16_t> mute_schedule{};                 // on every path
  std::optional<std::pair<PathRank, std::uint16_t>> mute_on{};  // this schedule on this path

  void until(double end) {
    while (const auto next = world.comm.next_deadline()) {
      if (*next > at(end)) break;
      now = std::max(now, *next);
      world.comm.advance(now, world.out);
      reply_to_all();
    }
    now = at(end);
  }
  void reply_to_all() {
    for (; taken < world.out.effects.size(); ++taken) {
      const auto* send = std::get_if<SendMessage>(&world.out.effects[taken]);
      if (send == nullptr) continue;
      ++sent[send->schedule];
      order.push_back(*send);
      if (mute || mute_schedule == send->schedule) continue;
      if (mute_on && *mute_on == std::pair(send->path, send->schedule)) continue;
      Reading part = send->part == 0 ? on_line() : Reading{};
      part.values.set(Variable::ups_temperature, 20 + send->part);
      if (send->schedule == 1) part.others.push_back({humidity, 55});
      world.comm.replied(send->transaction, part, now, world.out);
    }
  }
  Instant now{};
};

}  // namespace nightwatt::core

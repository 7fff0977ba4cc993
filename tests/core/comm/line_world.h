#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/comm/comm.h"
#include "tests/core/comm/world.h"

// Devices on comm devices that answer, refuse or are mute, played in virtual time: the stories of
// guarded mode. A value: copy it to try two endings of one story.
namespace nightwatt::core {

// So many devices with the same paths, in guarded mode with a probe interval of 60 s.
inline std::vector<DeviceRule> shared_line(std::uint32_t count, std::vector<CommId> comms,
                                           Duration interval, Duration timeout) {
  std::vector<DeviceRule> devices;
  for (std::uint32_t i = 0; i < count; ++i) {
    DeviceRule rule = device("d" + std::to_string(i), comms, FailoverMode::guarded);
    rule.poll_interval = interval;
    rule.probe_interval = std::chrono::seconds(60);
    rule.failback_on_failure = true;
    for (PathRule& path : rule.paths) {
      path.message_timeout = timeout;
      path.initial_fail = std::chrono::seconds(30);
    }
    devices.push_back(std::move(rule));
  }
  return devices;
}

struct LineWorld {
  LineWorld(std::vector<CommRule> comms, std::vector<DeviceRule> devices)
      : comm(std::move(comms), std::move(devices), Instant{}) {}

  void mute(DeviceId device, PathRank path, bool on) {
    on ? (void)muted.insert({device, path}) : (void)muted.erase({device, path});
  }
  void mute(DeviceId device, bool on) {
    for (std::uint8_t p = 1; p <= comm.device_rules()[device.value].paths.size(); ++p) {
      mute(device, PathRank{p}, on);
    }
  }
  void silence(CommId line, bool on) { on ? (void)silent.insert(line) : (void)silent.erase(line); }
  void refuse(DeviceId device, bool on) {
    on ? (void)refused.insert(device) : (void)refused.erase(device);
  }

  // Every deadline and answer until then, in order; an answer takes `latency`.
  void run(Instant end) {
    for (;;) {
      settle();
      std::optional<Instant> next = comm.next_deadline();
      if (!answers.empty() && (!next || answers.begin()->first < *next)) {
        next = answers.begin()->first;
      }
      if (!next || *next > end) break;
      now = std::max(now, *next);
      while (!answers.empty() && answers.begin()->first <= now) {
        const SendMessage to = answers.begin()->second;
        answers.erase(answers.begin());
        reply(to);
      }
      comm.advance(now, out);
    }
    now = end;
  }

  std::vector<SendMessage> sent_to(DeviceId device) const {
    std::vector<SendMessage> found;
    for (const auto& each : sent) {
      if (each.second.device == device) found.push_back(each.second);
    }
    return found;
  }
  // Messages sent over this comm device between two instants, the first one included.
  std::size_t sent_over(CommId line, Instant from, Instant to) const {
    return static_cast<std::size_t>(std::ranges::count_if(sent, [&](const auto& each) {
      return each.second.comm == line && each.first >= from && each.first < to;
    }));
  }
  std::size_t answered(DeviceId device) const {
    const auto found = readings.find(device);
    return found == readings.end() ? 0 : found->second;
  }
  std::size_t notices(NoticeKind kind) const {
    return static_cast<std::size_t>(std::ranges::count(told, kind, &Notice::kind));
  }
  void forget() {
    sent.clear();
    readings.clear();
    stalled = 0;
    moves.clear();
    told.clear();
  }

  Comm comm;
  CommOut out{};
  Instant now{};
  Duration latency{20};
  std::set<std::pair<DeviceId, PathRank>> muted{};
  std::set<CommId> silent{};
  std::set<DeviceId> refused{};
  std::multimap<Instant, SendMessage> answers{};
  std::vector<std::pair<Instant, SendMessage>> sent{};
  std::map<DeviceId, std::size_t> readings{};
  std::size_t stalled = 0;  // polls that ended without a reading
  std::vector<Move> moves{};
  std::vector<Notice> told{};
  std::vector<CommId> prepared{};

 private:
  void settle() {
    const CommOut now_out = std::exchange(out, CommOut{});
    for (const Move& move : now_out.moves) moves.push_back(move);
    for (const PollReport& report : now_out.reports) {
      report.reading ? (void)++readings[report.device] : (void)++stalled;
    }
    for (const Effect& effect : now_out.effects) {
      if (const auto* notice = std::get_if<Notice>(&effect)) told.push_back(*notice);
      if (const auto* link = std::get_if<PrepareLink>(&effect)) prepared.push_back(link->comm);
      const auto* message = std::get_if<SendMessage>(&effect);
      if (message == nullptr) continue;
      sent.emplace_back(now, *message);
      if (muted.contains({message->device, message->path}) || silent.contains(message->comm)) {
        continue;
      }
      answers.emplace(now + latency, *message);
    }
  }
  void reply(const SendMessage& to) {
    if (refused.contains(to.device)) {
      comm.failed(to.transaction, MessageFailure::unreachable, "refused", now, out);
    } else {
      comm.replied(to.transaction, on_line(), now, out);
    }
  }
};

}  // namespace nightwatt::core

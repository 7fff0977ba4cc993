#include <gtest/gtest.h>

#include <map>
#include <set>

#include "base/archive.h"
#include "base/rng.h"
#include "core/comm/comm.h"

// Random worlds against a checker that knows only what went in and what came out.
namespace nightwatt::core {
namespace {

struct Chance {
  explicit Chance(std::uint64_t seed) : rng(seed) {}
  Rng rng;
  std::int64_t of(std::int64_t low, std::int64_t high) { return rng.between(low, high); }
  bool percent(std::int64_t p) { return rng.chance_percent(p); }
  std::uint32_t index(std::size_t size) {
    return static_cast<std::uint32_t>(of(0, static_cast<std::int64_t>(size) - 1));
  }
};

std::vector<DeviceRule> random_devices(Chance& chance, std::size_t comms) {
  std::vector<DeviceRule> devices;
  for (std::int64_t i = chance.of(1, 5); i > 0; --i) {
    DeviceRule device;
    device.name = "d" + std::to_string(i);
    device.mode = chance.percent(50) ? FailoverMode::compat : FailoverMode::guarded;
    device.auto_failover = chance.percent(80);
    device.failback_on_failure = chance.percent(50);
    device.retry_control_on_failover = chance.percent(30);
    device.sequence =
        chance.percent(50) ? FailoverSequence::try_in_order : FailoverSequence::jump_to_last_good;
    device.poll_interval = Duration(chance.percent(50) ? 0 : chance.of(2'000, 5'000));
    device.rise = static_cast<int>(chance.of(0, 3));
    device.poll_interval_alert = Duration(chance.percent(50) ? 0 : chance.of(100, 1'000));
    device.probe_interval = Duration(chance.percent(50) ? 0 : chance.of(1'000, 10'000));
    device.is_ups = chance.percent(70);
    if (device.poll_interval > Duration::zero() && chance.percent(50)) {
      for (std::int64_t n = chance.of(1, 3); n > 0; --n) {
        ScheduleRule schedule;
        schedule.name = "s" + std::to_string(n);
        schedule.interval = Duration(chance.of(5'000, 20'000));
        schedule.interval_alert = Duration(chance.percent(50) ? 0 : chance.of(100, 5'000));
        schedule.binding = static_cast<Binding>(chance.of(0, 3));
        device.schedules.push_back(schedule);
      }
    }
    for (std::int64_t p = chance.of(1, 4); p > 0; --p) {
      PathRule path;
      path.comm = CommId{chance.index(comms)};
      path.unit = std::to_string(p);
      path.available = chance.percent(85);
      path.message_timeout = Duration(chance.of(50, 1'500));
      path.message_delay = Duration(chance.percent(70) ? 0 : chance.of(1, 300));
      path.poll_attempts = static_cast<int>(chance.of(1, 3));
      path.initial_fail = Duration(chance.percent(50) ? 0 : chance.of(1, 5'000));
      path.subsequent_fail = Duration(chance.percent(50) ? 0 : chance.of(1, 3'000));
      path.retry_primary = Duration(chance.percent(30) ? 0 : chance.of(1, 20'000));
      device.paths.push_back(path);
    }
    devices.push_back(device);
  }
  return devices;
}

class Checker {
 public:
  Checker(std::vector<CommRule> comms, std::vector<DeviceRule> devices)
      : devices_(devices), comm(comms, devices, Instant{}) {
    for (const CommRule& rule : comms) states_.push_back(rule.at_start);
    for (const DeviceRule& device : devices) {
      active_.push_back(device.auto_failover ? primary : device.active_at_start);
    }
    comms_ = std::move(comms);
  }

  void take(Instant at) {
    now_ = at;
    // Several moves of one call come before all sends of it that they explain; a send must start on
    // a path that was active at some time within the call.
    std::map<std::uint32_t, std::set<PathRank>> active;
    for (std::uint32_t i = 0; i < active_.size(); ++i) active[i].insert(active_[i]);
    for (const Move& move : out.moves) {
      if (move.refused) continue;
      EXPECT_EQ(move.from, active_[move.device.value]);
      EXPECT_EQ(states_[path(move.device, move.to).comm.value], CommState::ok);
      EXPECT_TRUE(move.to == primary || path(move.device, move.to).available);
      active_[move.device.value] = move.to;
      left_[{move.device, move.from}] = move.at;
      active[move.device.value].insert(move.to);
    }
    for (const Effect& effect : out.effects) {
      if (const auto* send = std::get_if<SendMessage>(&effect)) sent(*send, active);
      if (const auto* cancel = std::get_if<CancelMessage>(&effect)) {
        EXPECT_EQ(under_way.erase(cancel->comm.value), 1u);
      }
    }
    for (const TaggedResult& result : out.results) {
      EXPECT_TRUE(open.erase(result.tag)) << "poll " << result.tag << " ended and was not open";
    }
    for (std::uint32_t i = 0; i < active_.size(); ++i) {
      EXPECT_EQ(comm.active(DeviceId{i}), active_[i]);
    }
    out = CommOut{};
  }

  void sent(const SendMessage& send, const std::map<std::uint32_t, std::set<PathRank>>& active) {
    EXPECT_TRUE(under_way.emplace(send.comm.value, send).second) << "two messages on one line";
    EXPECT_EQ(states_[send.comm.value], CommState::ok);
    EXPECT_EQ(path(send.device, send.path).comm, send.comm);
    const bool guarded = devices_[send.device.value].mode == FailoverMode::guarded;
    const auto tag = comm.tag_of(send.transaction);
    if (!tag) {  // a schedule, or in guarded mode also a probe or a sweep
      EXPECT_TRUE(guarded || was_active(send, active) ||
                  last_untagged_[send.comm.value] == std::pair(send.device, send.path));
      last_untagged_[send.comm.value] = {send.device, send.path};
      return;
    }
    const auto seen = last_path_.find(*tag);
    if (seen == last_path_.end() || seen->second != send.path) {
      EXPECT_TRUE(was_active(send, active)) << "started off the active path";
      last_path_[*tag] = send.path;
    }
    if (controls_.contains(*tag)) {
      const DeviceRule& device = devices_[send.device.value];
      EXPECT_TRUE(++sends_[*tag] == 1 || device.retry_control_on_failover ||
                  (!guarded && path(send.device, send.path).poll_attempts > 1))
          << "a control was sent twice";
    }
  }

  // Active within this call, or while the message delay before this sending began.
  bool was_active(const SendMessage& send,
                  const std::map<std::uint32_t, std::set<PathRank>>& active) const {
    if (active.at(send.device.value).contains(send.path)) return true;
    const auto left = left_.find({send.device, send.path});
    return left != left_.end() && now_ - left->second <= path(send.device, send.path).message_delay;
  }

  const PathRule& path(DeviceId device, PathRank rank) const {
    return devices_[device.value].paths[rank.value - 1u];
  }

  // The whole state to bytes and back, in the middle of everything.
  void round_trip() {
    const std::string bytes = to_bytes(comm);
    Comm again(comms_, devices_, Instant{});
    Reader reader(bytes);
    reader(again);
    EXPECT_TRUE(reader.ok() && reader.at_end());
    EXPECT_EQ(to_bytes(again), bytes);
    comm = again;
  }

  void set_state(CommId line, CommState state, Instant now) {
    states_[line.value] = state;
    comm.comm_state(line, state, now, out);
  }
  void enqueue(const PollRequest& request, Instant now) {
    open.insert(request.tag);
    if (request.kind == PollClass::control) controls_.insert(request.tag);
    comm.enqueue(request, now, out);
  }

 private:
  std::vector<CommRule> comms_;
  std::vector<DeviceRule> devices_;
  std::vector<CommState> states_;
  std::vector<PathRank> active_;
  std::map<std::pair<DeviceId, PathRank>, Instant> left_;
  std::map<std::uint64_t, PathRank> last_path_;
  std::map<std::uint64_t, int> sends_;
  std::set<std::uint64_t> controls_;
  std::map<std::uint32_t, std::pair<DeviceId, PathRank>> last_untagged_;

  Instant now_{};

 public:
  Comm comm;
  CommOut out{};
  std::set<std::uint64_t> open;
  std::map<std::uint32_t, SendMessage> under_way;  // by comm device
};

void answer_one(Chance& chance, Checker& checker, Instant now, bool only_well) {
  if (checker.under_way.empty()) return;
  auto it = checker.under_way.begin();
  std::advance(it, chance.index(checker.under_way.size()));
  const Transaction transaction = it->second.transaction;
  checker.under_way.erase(it);
  Reading reading;
  if (only_well || chance.percent(80)) reading.status.add(StatusWord::OL);
  if (only_well || chance.percent(60)) {
    checker.comm.replied(transaction, reading, now, checker.out);
  } else if (chance.percent(30)) {
    checker.comm.refused(transaction, "exception", now, checker.out);
  } else {
    checker.comm.failed(transaction, MessageFailure::unreachable, "", now, checker.out);
  }
  // The same answer again is late.
  const std::uint64_t late = checker.comm.late_replies();
  checker.comm.replied(transaction, reading, now, checker.out);
  EXPECT_EQ(checker.comm.late_replies(), late + 1);
}

void act(Chance& chance, Checker& checker, std::size_t lines, std::size_t devices, Instant now,
         std::uint64_t& tag) {
  const DeviceId device{chance.index(devices)};
  const std::int64_t what = chance.of(1, 100);
  if (what <= 35) {
    PollRequest request{device, chance.percent(25) ? PollClass::control : PollClass::read,
                        static_cast<int>(chance.of(1, 3)),
                        static_cast<PollPriority>(chance.of(0, 4)), ++tag};
    if (request.kind == PollClass::control) request.messages = 1;
    checker.enqueue(request, now);
  } else if (what <= 75) {
    answer_one(chance, checker, now, false);
  } else if (what <= 83) {
    checker.set_state(CommId{chance.index(lines)},
                      chance.percent(60) ? CommState::ok : CommState::disabled, now);
  } else if (what <= 88) {
    const PathRank rank{static_cast<std::uint8_t>(chance.of(1, 5))};
    (void)checker.comm.select_path(device, rank, now, checker.out);
  } else if (what <= 92) {
    checker.comm.set_auto(device, chance.percent(70), now, checker.out);
  } else if (what <= 94) {
    checker.comm.reload_device(device, now);
  } else if (what <= 95) {
    checker.comm.sweep(device, now, checker.out);
  } else if (what <= 96) {
    checker.comm.set_alert(device, chance.percent(60), now);
  } else if (what <= 97) {
    (void)checker.comm.freeze(device, Duration(chance.of(0, 5'000)), now, checker.out);
  } else if (what <= 98) {
    checker.comm.device_spoke(CommId{chance.index(lines)}, now);
  } else {
    checker.round_trip();
  }
}

TEST(CommProperty, HoldsItsInvariantsInRandomWorlds) {
  for (std::uint64_t seed = 1; seed <= 300 && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Chance chance(seed);
    std::vector<CommRule> comms;
    for (std::int64_t i = chance.of(1, 5); i > 0; --i) {
      comms.push_back({"L" + std::to_string(i), CommState::ok, chance.percent(30)});
      if (chance.percent(40))
        comms.back().budget_milli = static_cast<std::uint32_t>(chance.of(1, 3'000));
    }
    const auto devices = random_devices(chance, comms.size());
    Checker checker(comms, devices);
    Instant now{};
    std::uint64_t tag = 0;
    for (int i = 0; i < 400; ++i) {
      now += Duration(chance.percent(20) ? 0 : chance.of(0, 700));
      // Every deadline on the way, as a shell would do it.
      for (auto at = checker.comm.next_deadline(); at && *at < now;
           at = checker.comm.next_deadline()) {
        checker.comm.advance(*at, checker.out);
        checker.take(*at);
      }
      act(chance, checker, comms.size(), devices.size(), now, tag);
      checker.take(now);
      checker.comm.advance(now, checker.out);
      checker.take(now);
      std::set<std::uint64_t> pending;
      for (std::uint32_t d = 0; d < devices.size(); ++d) {
        for (const auto one : checker.comm.pending(DeviceId{d})) pending.insert(one);
      }
      ASSERT_EQ(pending, checker.open) << "each poll ends exactly once or is pending";
      ASSERT_TRUE(checker.comm.books_balance());
    }
    // Everything works again: whatever was asked ends. Nothing is in haste, which could fill a
    // line.
    for (std::uint32_t d = 0; d < devices.size(); ++d) {
      checker.comm.set_alert(DeviceId{d}, false, now);
    }
    for (std::uint32_t l = 0; l < comms.size(); ++l)
      checker.set_state(CommId{l}, CommState::ok, now);
    for (int i = 0; i < 20'000 && !checker.open.empty(); ++i) {
      const auto next = checker.comm.next_deadline();
      while (!checker.under_way.empty()) answer_one(chance, checker, now, true);
      checker.take(now);
      if (next && *next > now) now = *next < now + Duration(40) ? *next : now + Duration(40);
      checker.comm.advance(now, checker.out);
      checker.take(now);
    }
    EXPECT_TRUE(checker.open.empty());
  }
}

// What comm devices are counted to carry survives restarts and changes of the configuration.
TEST(CommProperty, ItsBooksBalanceOverRestartsAndReloads) {
  for (std::uint64_t seed = 1; seed <= 200 && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Chance chance(seed + 5'000);
    const std::size_t lines = 4;
    std::vector<CommRule> comms;
    for (std::size_t i = 0; i < lines; ++i) {
      comms.push_back({"L" + std::to_string(i), CommState::ok, chance.percent(30)});
      comms.back().budget_milli = static_cast<std::uint32_t>(chance.of(0, 3'000));
    }
    auto devices = random_devices(chance, lines);
    Comm comm(comms, devices, Instant{});
    CommOut out;
    Instant now{};
    for (int i = 0; i < 200; ++i) {
      now += Duration(chance.of(0, 900));
      comm.advance(now, out);
      const DeviceId device{chance.index(devices.size())};
      switch (chance.of(0, 5)) {
        case 0: comm.set_alert(device, chance.percent(60), now); break;
        case 1:
          (void)comm.select_path(device, PathRank{static_cast<std::uint8_t>(chance.of(1, 4))}, now,
                                 out);
          break;
        case 2:
          comm.comm_state(CommId{chance.index(lines)},
                          chance.percent(50) ? CommState::ok : CommState::disabled, now, out);
          break;
        case 3: {  // a restart
          Comm again(comms, devices, now);
          for (std::uint32_t d = 0; d < devices.size(); ++d) {
            (void)again.recall(DeviceId{d}, comm.remember(DeviceId{d}, now), now);
          }
          comm = std::move(again);
          break;
        }
        case 4:  // other schedules, and one device less
          devices = random_devices(chance, lines);
          comm = comm.with_rules(shared_rules(comms, devices), now, out, true);
          break;
        case 5:
          for (const Effect& effect : out.effects) {
            const auto* sent = std::get_if<SendMessage>(&effect);
            if (sent == nullptr || chance.percent(30)) continue;
            comm.failed(sent->transaction, MessageFailure::timed_out, "", now, out);
            break;
          }
          break;
      }
      out = CommOut{};
      ASSERT_TRUE(comm.books_balance()) << "step " << i;
    }
  }
}

}  // namespace
}  // namespace nightwatt::core

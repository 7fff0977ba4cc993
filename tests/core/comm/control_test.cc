#include <gtest/gtest.h>

#include <functional>

#include "base/archive.h"
#include "tests/core/comm/world.h"

// Control orders end as ok, refused or unknown, and reach the wire once unless their policy says
// more (comm-failover, section 5, item 5).
namespace nightwatt::core {
namespace {

using namespace std::chrono_literals;

constexpr DeviceId ups{0};
constexpr VariableId setting{first_other_variable};

struct Setup {
  ControlPolicy policy = ControlPolicy::never;
  bool retry = false;  // retry_control_on_failover
  int attempts = 1;
  FailoverMode mode = FailoverMode::guarded;
  std::vector<ControlPath> paths{};
  Duration delay{0};
};

DeviceRule controlled(const Setup& setup) {
  DeviceRule rule = device("UPS-A", {CommId{0}, CommId{1}}, setup.mode);
  rule.retry_control_on_failover = setup.retry;
  for (PathRule& path : rule.paths) {
    path.poll_attempts = setup.attempts;
    path.message_delay = setup.delay;
  }
  ControlRule control;
  control.kind = ControlKind::write;
  control.name = "ups.delay.shutdown";
  control.policy = setup.policy;
  control.verify = VerifyRule{.variable = setting};
  control.paths = setup.paths;
  if (setup.policy == ControlPolicy::select_before_operate) {
    control.paths = {ControlPath{.steps = 2}, ControlPath{.steps = 2}};
  }
  rule.controls = {control};
  rule.allow_control = {control.name};
  return rule;
}

ControlOrder write_60(ControlPolicy policy, double expires_s = 30) {
  ControlOrder order;
  order.id = 17;
  order.kind = ControlKind::write;
  order.name = "ups.delay.shutdown";
  order.value = "60";
  order.policy = policy;
  order.expires = at(expires_s);
  return order;
}

struct Desk : World {
  explicit Desk(const Setup& setup)
      : World({CommRule{.name = "one"}, CommRule{.name = "two"}}, {controlled(setup)}),
        policy(setup.policy) {}
  ControlPolicy policy;

  void order(double s, double expires_s = 30) {
    comm.order(write_60(policy, expires_s), at(s));
    comm.advance(at(s), out);
  }
  void lose(double s) { fail(s, MessageFailure::timed_out, "no answer"); }
  void not_sent(double s) {
    comm.failed(sends().back().transaction, MessageFailure::unreachable, "refused", at(s), out,
                true);
    comm.advance(at(s), out);
  }
  void refuse(double s) {
    comm.refused(sends().back().transaction, "ERR READONLY", at(s), out);
    comm.advance(at(s), out);
  }
  void carried_out(double s) { answer(s, Reading{}); }
  void read_back(double s, std::optional<double> value) {
    Reading reading = on_line();
    if (value) reading.others.push_back({setting, *value});
    answer(s, reading);
  }
  // What was sent: "w1" a write over path 1, "s1" its first step of two, "r2" a read over path 2.
  std::string wire() const {
    std::string text;
    for (const SendMessage& send : sends()) {
      const bool select =
          send.order && policy == ControlPolicy::select_before_operate && send.part == 0;
      text += std::string(text.empty() ? "" : " ") +
              (!send.order ? "r"
               : select    ? "s"
                           : "w") +
              std::to_string(send.path.value);
    }
    return text;
  }
  std::string outcome() const {
    if (out.orders.size() != 1) return "ended " + std::to_string(out.orders.size()) + " times";
    return std::string(to_string(out.orders[0].outcome));
  }
};

struct Row {
  const char* name;
  Setup setup;
  std::function<void(Desk&)> story;
  const char* wire;
  const char* outcome;
};

constexpr auto never = ControlPolicy::never;
constexpr auto idempotent = ControlPolicy::idempotent;
constexpr auto verify = ControlPolicy::verify_then_retry;
constexpr auto sbo = ControlPolicy::select_before_operate;

void answered(Desk& d) { d.order(1), d.carried_out(1); }
void refused(Desk& d) { d.order(1), d.refuse(1); }
void lost(Desk& d) { d.order(1), d.lose(1); }
void lost_then_answered(Desk& d) { d.order(1), d.lose(1), d.carried_out(1); }
void never_left(Desk& d) { d.order(1), d.not_sent(1), d.carried_out(1); }
void never_left_at_all(Desk& d) { d.order(1), d.not_sent(1), d.not_sent(1); }
void disabled_in_flight(Desk& d) {
  d.order(1);
  d.comm.comm_state(CommId{0}, CommState::disabled, at(1), d.out);
  d.advance(1);
}
void moved_by_hand_in_flight(Desk& d) {
  d.order(1);
  (void)d.comm.select_path(ups, PathRank{2}, at(1), d.out);
  d.advance(1);
  d.lose(2);
}
void moved_by_hand_and_answered(Desk& d) {
  d.order(1);
  (void)d.comm.select_path(ups, PathRank{2}, at(1), d.out);
  d.carried_out(2);
}

// Each policy at each point where it can fail. Initial fail is 0: each failure moves the device.
const std::vector<Row>& table() {
  static const std::vector<Row> rows = {
      {"answered", {never}, answered, "w1", "ok"},
      {"refused by the device", {never}, refused, "w1", "refused"},
      {"never: lost", {never}, lost, "w1", "unknown"},
      {"never: lost, retry allowed", {never, true, 3}, lost, "w1", "unknown"},
      {"never: lost, compat", {never, true, 3, FailoverMode::compat}, lost, "w1", "unknown"},
      {"never: it did not leave", {never}, never_left, "w1 w2", "ok"},
      {"never: it leaves nowhere", {never}, never_left_at_all, "w1 w2", "refused"},
      {"never: again on the same path", {never, false, 2}, never_left, "w1 w1", "ok"},
      {"never: disabled", {never, true}, disabled_in_flight, "w1", "unknown"},
      {"never: moved by hand", {never, true}, moved_by_hand_in_flight, "w1", "unknown"},
      {"never: moved by hand, answered", {never}, moved_by_hand_and_answered, "w1", "ok"},
      {"idempotent: lost, retry not allowed", {idempotent}, lost, "w1", "unknown"},
      {"idempotent: lost, retry allowed", {idempotent, true}, lost_then_answered, "w1 w2", "ok"},
      {"idempotent: attempts", {idempotent, false, 2}, lost_then_answered, "w1 w1", "ok"},
      {"idempotent: lost and then refused",
       {idempotent, true},
       [](Desk& d) { d.order(1), d.lose(1), d.refuse(1); },
       "w1 w2",
       "unknown"},
      {"idempotent: lost, then it did not leave",
       {idempotent, true},
       [](Desk& d) { d.order(1), d.lose(1), d.not_sent(1); },
       "w1 w2",
       "unknown"},
      {"idempotent: disabled", {idempotent}, disabled_in_flight, "w1", "unknown"},
      {"idempotent: disabled, retry allowed",
       {idempotent, true},
       [](Desk& d) { disabled_in_flight(d), d.carried_out(1); },
       "w1 w2",
       "ok"},
      {"idempotent: moved by hand", {idempotent, true}, moved_by_hand_in_flight, "w1", "unknown"},
      {"verify: lost, applied",
       {verify},
       [](Desk& d) { d.order(1), d.lose(1), d.read_back(1, 60); },
       "w1 r2",
       "ok"},
      {"verify: lost, not applied, retry not allowed",
       {verify},
       [](Desk& d) { d.order(1), d.lose(1), d.read_back(1, 20); },
       "w1 r2",
       "unknown"},
      {"verify: lost, not applied, once more",
       {verify, true},
       [](Desk& d) { d.order(1), d.lose(1), d.read_back(1, 20), d.carried_out(1); },
       "w1 r2 w2",
       "ok"},
      {"verify: not applied and then it did not leave",
       {verify, true},
       [](Desk& d) { d.order(1), d.lose(1), d.read_back(1, 20), d.not_sent(1); },
       "w1 r2 w2",
       "refused"},
      {"verify: twice lost, applied",
       {verify, true},
       [](Desk& d) { d.order(1), d.lose(1), d.read_back(1, 20), d.lose(1), d.read_back(1, 60); },
       "w1 r2 w2 r2",
       "ok"},
      {"verify: twice lost and never a third time",
       {verify, true},
       [](Desk& d) { d.order(1), d.lose(1), d.read_back(1, 20), d.lose(1), d.read_back(1, 20); },
       "w1 r2 w2 r2",
       "unknown"},
      {"verify: unreadable",
       {verify, true},
       [](Desk& d) { d.order(1), d.lose(1), d.lose(1); },
       "w1 r2",
       "unknown"},
      {"verify: the variable is not there",
       {verify, true},
       [](Desk& d) { d.order(1), d.lose(1), d.read_back(1, std::nullopt); },
       "w1 r2",
       "unknown"},
      {"verify: disabled, read back elsewhere",
       {verify},
       [](Desk& d) { disabled_in_flight(d), d.read_back(1, 60); },
       "w1 r2",
       "ok"},
      {"verify: moved by hand", {verify, true}, moved_by_hand_in_flight, "w1", "unknown"},
      {"select: answered",
       {sbo},
       [](Desk& d) { d.order(1), d.carried_out(1), d.carried_out(1); },
       "s1 w1",
       "ok"},
      {"select: refused", {sbo}, refused, "s1", "refused"},
      {"select: the select is lost, and is repeated on the new path",
       {sbo},
       [](Desk& d) { d.order(1), d.lose(1), d.carried_out(1), d.carried_out(1); },
       "s1 s2 w2",
       "ok"},
      {"select: operate did not leave: selected again on the new path",
       {sbo},
       [](Desk& d) {
         d.order(1), d.carried_out(1), d.not_sent(1), d.carried_out(1), d.carried_out(1);
       },
       "s1 w1 s2 w2",
       "ok"},
      {"select: operate is lost and never repeated",
       {sbo, true, 3},
       [](Desk& d) { d.order(1), d.carried_out(1), d.lose(1); },
       "s1 w1",
       "unknown"},
      {"select: moved by hand before operate: selected again there",
       {sbo},
       [](Desk& d) {
         d.order(1);
         (void)d.comm.select_path(ups, PathRank{2}, at(1), d.out);
         d.carried_out(1), d.carried_out(1), d.carried_out(1);
       },
       "s1 s2 w2",
       "ok"},
      {"a path that cannot carry it out gets nothing",
       {never, false, 1, FailoverMode::guarded, {ControlPath{}, ControlPath{.steps = 0}}},
       [](Desk& d) { d.order(1), d.not_sent(1); },
       "w1",
       "refused"},
  };
  return rows;
}

TEST(Control, EachPolicyAtEachPointOfFailure) {
  for (const Row& row : table()) {
    SCOPED_TRACE(row.name);
    Desk desk(row.setup);
    row.story(desk);
    EXPECT_EQ(desk.wire(), row.wire);
    EXPECT_EQ(desk.outcome(), row.outcome);
    EXPECT_EQ(desk.comm.orders_pending(), 0u);
  }
}

TEST(Control, NothingIsSentAtOrAfterItsExpiry) {
  Desk desk({never});
  desk.ask(1, ups, 1);  // a read is under way: the order waits
  desk.order(1, 1.5);
  desk.advance(1.499);
  EXPECT_EQ(desk.out.orders.size(), 0u);
  desk.advance(1.5);
  EXPECT_EQ(desk.wire(), "r1");
  EXPECT_EQ(desk.outcome(), "refused");
  EXPECT_NE(desk.out.orders[0].text.find("expired before it was sent"), std::string::npos);
}

TEST(Control, ASuspendLetsItExpire) {
  Desk desk({never});
  desk.ask(1, ups, 1);
  desk.order(1, 30);
  desk.advance(4'000);  // the read's time-out is over too: the line is free at the same step
  EXPECT_EQ(desk.wire().find('w'), std::string::npos);
  EXPECT_EQ(desk.outcome(), "refused");
}

TEST(Control, ItExpiresInItsMessageDelay) {
  Desk desk({never, false, 1, FailoverMode::guarded, {}, 2s});
  desk.order(1, 3);
  desk.advance(3);
  EXPECT_EQ(desk.wire(), "");
  EXPECT_EQ(desk.outcome(), "refused");
}

TEST(Control, OperateIsNotSentLateAlthoughTheSelectWasInTime) {
  Desk desk({sbo});
  desk.order(1, 1.5);
  desk.carried_out(1.5);
  EXPECT_EQ(desk.wire(), "s1");
  EXPECT_EQ(desk.outcome(), "refused");
}

TEST(Control, ARepetitionIsNotSentLate) {
  Desk desk({idempotent, true, 3});
  desk.order(1, 1.5);
  desk.advance(30);
  EXPECT_EQ(desk.wire(), "w1");
  EXPECT_EQ(desk.outcome(), "unknown");
}

TEST(Control, AnAnswerAfterTheExpiryStillCounts) {
  Desk desk({never});
  desk.order(1, 1.5);
  desk.advance(1.6);
  desk.carried_out(1.7);
  EXPECT_EQ(desk.outcome(), "ok");
}

TEST(Control, AnOrderGoesBeforeSchedulesAndBehindNothingElse) {
  Desk desk({never});
  desk.ask(1, ups, 1);
  desk.ask(1, ups, 2);
  desk.order(1);
  desk.answer(1);
  EXPECT_EQ(desk.wire(), "r1 w1");
}

TEST(Control, AWaitingOrderGoesAlongAndIsSentOnce) {
  Desk desk({never});
  desk.ask(1, ups, 1);
  desk.order(1);
  (void)desk.comm.select_path(ups, PathRank{2}, at(1), desk.out);
  desk.advance(1);
  EXPECT_EQ(desk.wire(), "r1 w2");
  desk.carried_out(1);
  EXPECT_EQ(desk.outcome(), "ok");
}

TEST(Control, NothingUsableEndsItAsRefused) {
  Desk desk({never});
  desk.comm.comm_state(CommId{0}, CommState::disabled, at(0), desk.out);
  desk.comm.comm_state(CommId{1}, CommState::disabled, at(0), desk.out);
  desk.order(1);
  EXPECT_EQ(desk.wire(), "");
  EXPECT_EQ(desk.outcome(), "refused");
}

TEST(Control, AStopAndAReloadEndOrdersClearly) {
  for (const bool sent : {false, true}) {
    Desk stop({never});
    Desk reload({never});
    for (Desk* desk : {&stop, &reload}) {
      if (!sent) desk->ask(1, ups, 1);
      desk->order(1);
    }
    stop.comm.end_orders("the daemon stops", at(1), stop.out);
    Comm next = reload.comm.with_rules({CommRule{.name = "one"}, CommRule{.name = "two"}},
                                       {controlled({never})}, at(1), reload.out);
    EXPECT_EQ(next.orders_pending(), 0u);
    EXPECT_EQ(stop.comm.orders_pending(), 0u);
    EXPECT_EQ(stop.outcome(), sent ? "unknown" : "refused");
    EXPECT_EQ(reload.outcome(), sent ? "unknown" : "refused");
  }
}

TEST(Control, ForwardedItSaysSo) {
  Desk desk({idempotent, true});
  desk.order(1);
  desk.lose(1);
  bool told = false;
  for (const Notice& notice : desk.all<Notice>()) {
    for (const auto& [key, value] : notice.details) {
      told |= key == "event" && value == "retry_in_progress";
    }
  }
  EXPECT_TRUE(told);
}

TEST(Control, TheStateIsAValue) {
  Desk desk({verify, true});
  desk.order(1);
  desk.lose(1);
  Writer before;
  desk.comm.fields(before);
  Comm copy({CommRule{.name = "one"}, CommRule{.name = "two"}}, {controlled({verify, true})},
            Instant{});
  Reader reader(before.bytes());
  copy.fields(reader);
  Writer after;
  copy.fields(after);
  EXPECT_TRUE(reader.ok());
  EXPECT_EQ(before.bytes(), after.bytes());
}

}  // namespace
}  // namespace nightwatt::core

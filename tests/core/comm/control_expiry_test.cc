#include <gtest/gtest.h>

#include "base/archive.h"
#include "tests/core/comm/order_desk.h"

// Orders never operate late, and no suspend, stop or reload leaves one without an end.
namespace nightwatt::core {
namespace {

using namespace orders;

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
    Comm next = under_rules(reload.comm, {CommRule{.name = "one"}, CommRule{.name = "two"}},
                            {controlled({never})}, at(1), reload.out);
    EXPECT_EQ(next.orders_pending(), 0u);
    EXPECT_EQ(stop.comm.orders_pending(), 0u);
    EXPECT_EQ(stop.outcome(), sent ? "unknown" : "refused");
    EXPECT_EQ(reload.outcome(), sent ? "unknown" : "refused");
  }
}

TEST(Control, OrdersOfADeviceGoOneAfterTheOther) {
  Desk desk({verify, true});
  desk.order(1);
  desk.order(1);  // it waits, or its work would be what the first one reads back
  desk.lose(1);
  EXPECT_EQ(desk.wire(), "w1 r2");
  desk.read_back(1, 60);
  EXPECT_EQ(desk.wire(), "w1 r2 w2");
  desk.carried_out(1);
  ASSERT_EQ(desk.out.orders.size(), 2u);
  EXPECT_EQ(desk.out.orders[0].outcome, ControlOutcome::ok);
  EXPECT_EQ(desk.out.orders[1].outcome, ControlOutcome::ok);
}

TEST(Control, OneThatIsHeldExpiresToo) {
  Desk desk({never});
  desk.order(1, 30);
  desk.order(1, 1.5);
  desk.advance(1.5);
  ASSERT_EQ(desk.out.orders.size(), 1u);
  EXPECT_EQ(desk.out.orders[0].outcome, ControlOutcome::refused);
  EXPECT_EQ(desk.wire(), "w1");
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

#include <gtest/gtest.h>

#include <functional>

#include "tests/core/comm/order_desk.h"

// Control orders end as ok, refused or unknown, and reach the wire once unless their policy says
// more (comm-failover, section 5, item 5).
namespace nightwatt::core {
namespace {

using namespace orders;

struct Row {
  const char* name;
  Setup setup;
  std::function<void(Desk&)> story;
  const char* wire;
  const char* outcome;
};

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

}  // namespace
}  // namespace nightwatt::core

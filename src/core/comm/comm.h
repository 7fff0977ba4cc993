#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/prefetch.h"
#include "base/time.h"
#include "core/comm/agenda.h"
#include "core/comm/budget.h"
#include "core/comm/comm_out.h"
#include "core/comm/failure.h"
#include "core/comm/guard.h"
#include "core/comm/latest.h"
#include "core/comm/order.h"
#include "core/comm/poll.h"
#include "core/comm/rule.h"
#include "core/comm/rule_book.h"
#include "core/comm/site_rules.h"
#include "core/comm/state.h"
#include "core/comm/view.h"
#include "model/comm.h"
#include "model/comm_memory.h"
#include "model/effect.h"
#include "model/ids.h"
#include "model/reading.h"

namespace nightwatt::core {

class Teller;

// Communication failover of a whole site: which path polls each device now (comm-failover, sections
// 1 to 5; `compat` is the literal table; what `guarded` adds is the list of section 5, and
// tests/sim/guarded_benefit_test.cc compares the two as numbers).
//
//     inputs (replies, states, people) ──► Comm ──► SendMessage / CancelMessage / Notice
//                      time (advance)  ──►      ──► PollReport to power, moves, results
//
// A value: copy it, compare it by its bytes. It owns attempts, message delay and time-out: a shell
// that never answers cannot hang it. One message is under way per comm device.
//
// Inputs never start a poll. Call advance(now) after the inputs of an instant: it takes what is due
// in the order schedules, completions (time-outs), starts, and only then sends. next_deadline() is
// the present as long as something may start, so that a caller who forgets is woken at once.
class Comm {
 public:
  Comm() : Comm(SiteRules(shared_rules({}, {})), Instant{}) {}
  // REQUIRES: checked rules; ids index them. All devices count as loaded now (R5).
  Comm(SiteRules rules, Instant now);
  Comm(std::vector<CommRule> comms, std::vector<DeviceRule> devices, Instant now);

  // --- answers to SendMessage. A transaction that is not under way any more is dropped and
  // counted. A reading that is not usable() is a failed attempt: the path gave no data.
  void replied(Transaction transaction, const Reading& reading, Instant now, CommOut& out);
  // A valid protocol error reply: a success of the path that ends the poll (T5).
  void refused(Transaction transaction, std::string text, Instant now, CommOut& out);
  // A time-out that was `not_sent` never had a connection: what waits for the same comm device ends
  // with it, whatever its driver.
  void failed(Transaction transaction, MessageFailure failure, std::string text, Instant now,
              CommOut& out, bool not_sent = false);

  void comm_state(CommId comm, CommState state, Instant now, CommOut& out);
  // The same from two sides: what a person took out of use stays so, whatever its driver reports.
  void comm_reported(CommId comm, CommState state, Instant now, CommOut& out);
  void set_comm(CommId comm, CommState state, Instant now, CommOut& out);
  // The same for several at once: nobody moves from one to another of them.
  void set_comms(std::span<const std::pair<CommId, CommState>> states, Instant now, CommOut& out);
  bool out_by_hand(CommId comm) const { return lines_[comm.value].by_hand; }
  // The devices whose active path leads over it, in order.
  std::vector<DeviceId> polled_over(CommId comm) const;

  // --- people. T6 and T7; nothing selects automatic mode. An override in automatic mode keeps the
  // mode (R18). The text says what happened, or why it was refused.
  expected<std::string, std::string> select_path(DeviceId device, std::optional<PathRank> path,
                                                 Instant now, CommOut& out);
  void set_auto(DeviceId device, bool automatic, Instant now, CommOut& out);

  void enqueue(const PollRequest& request, Instant now, CommOut& out);
  // Takes an order in. It ends with exactly one OrderResult. REQUIRES: fewer than orders_max
  // pending.
  void order(const ControlOrder& order, Instant now);
  // The path is able to carry it out: its driver knows how.
  bool can_act(const ControlOrder& order, PathRank path) const {
    return rules_.can_act(order, path);
  }
  std::size_t orders_pending() const;
  // All orders end now: those that nobody answered as unknown, the others as refused because `why`.
  void end_orders(const std::string& why, Instant now, CommOut& out);
  std::string path_phrase(DeviceId device, PathRank path) const;
  void reload_device(DeviceId device, Instant now);  // T8

  // Guarded and automatic only: one attempt on each other usable path that was not tried since the
  // last reading. Repeating it is harmless. A success is reported and moves the device there.
  void sweep(DeviceId device, Instant now, CommOut& out);
  // On each usable path (manual mode: on the active one) after `since` an attempt failed, or a poll
  // ended that says how the device is; or swept_enough(), or its own poll waits and waits.
  // Without any usable path: true, there is nothing to wait for.
  bool every_usable_path_tried_since(DeviceId device, Instant since, Instant now) const;
  // Its other paths were swept so often since it was last read that one more is not waited for.
  bool swept_enough(DeviceId device) const;
  // Nothing ran for a while: what was tried before, what was waited for, and the time-outs of what
  // was under way, count no longer. But the active path of a dead device counts as tried until its
  // next turn, as without the gap: that may be a minute away.
  void clock_gap(Instant now);

  // People: no automatic move of this device until then, at most freeze_max; zero ends it. Moves by
  // hand remain possible. The text says what happened, or why it was refused.
  expected<std::string, std::string> freeze(DeviceId device, Duration how_long, Instant now,
                                            CommOut& out);

  // What must survive a restart. A device of another name is not touched (false). changes() grows
  // whenever remember() would tell something that matters: the ages of successes do not.
  CommMemory remember(DeviceId device, Instant now) const;
  bool recall(DeviceId device, const CommMemory& memory, Instant now);
  std::uint32_t changes(DeviceId device) const { return devices_[device.value].changes; }

  // A UPS on battery matters more than its neighbours: it is polled at the alert intervals, and
  // seldom more slowly when it is dead.
  void set_alert(DeviceId device, bool alert, Instant now);
  // Something behind the comm device spoke unasked: the devices whose active path leads there are
  // polled at once, each at most once in a second; what comes within it is answered at its end.
  void device_spoke(CommId comm, Instant now);

  void advance(Instant now, CommOut& out);
  void foresee(Transaction transaction, Ahead ahead) const;  // it will be answered in a moment
  std::optional<Instant> next_deadline() const;
  DeviceView view(DeviceId device, Instant now) const;
  LineView line(CommId comm) const;
  std::optional<double> point(DeviceId device, Point point, Instant now) const;  // nothing: unknown
  PathRank active(DeviceId device) const { return devices_[device.value].active; }
  bool automatic(DeviceId device) const { return devices_[device.value].automatic; }
  CommState state(CommId comm) const { return lines_[comm.value].state; }
  bool usable(DeviceId device, PathRank path) const;
  // Tags of the device's asked polls that have not ended: under way first, then in queue order.
  std::vector<std::uint64_t> pending(DeviceId device) const;
  // The asked poll that a message under way belongs to; nothing for scheduled polls and probes.
  std::optional<std::uint64_t> tag_of(Transaction transaction) const;
  // What the device last said in schedules that decisions do not look at, ascending by variable.
  std::span<const LatestValue> variables(DeviceId device) const;
  // What is counted as devices come and go equals a new count: for tests.
  bool books_balance() const;
  std::uint64_t late_replies() const { return late_replies_; }  // R24
  const SiteRules& rules() const { return rules_.site(); }
  const std::vector<CommRule>& comm_rules() const { return rules_.comms(); }
  const std::vector<DeviceRule>& device_rules() const { return rules_.devices(); }

  // The same site under new rules (a reload of the configuration). Devices and comm devices are
  // matched by name and paths by comm device and unit; their state is kept, `last_ok` becomes now
  // (T8), and a device whose active path is gone starts on primary. Messages under way are given up
  // (CancelMessage with the *old* CommId, carry these out before the ids change); their polls run
  // again when they only read, and end as failed when they control. Polls of vanished devices end
  // as failed. Without `same_variables`, numbers of those that decisions do not use are forgotten.
  Comm with_rules(SiteRules rules, Instant now, CommOut& out, bool same_variables) const;

  // The state, not the rules: read it back into a Comm made from the same rules.
  template <class A>
  void fields(A& a) {
    a(now_, awake_since_, devices_, schedule_waits_, hurried_by_, lines_, polls_, partial_, latest_,
      orders_, agenda_, ready_, sent_, late_replies_, prepare_at_);
  }

 private:
  friend class DeviceViewer;  // view.cc
  friend class Teller;

  // A transaction's low bits are its line, so that an answer finds its message in O(1); the rest
  // grows with each message sent.
  static constexpr unsigned line_bits = 20;
  static constexpr std::uint32_t lines_max = 1u << line_bits;

  // comm.cc: inputs, and what stands where
  Teller teller() const;
  PathState& path_state(DeviceId device, PathRank path);
  std::optional<std::uint32_t> line_of(Transaction transaction) const;
  void make_ready(std::uint32_t line);
  void wait_in(std::uint32_t line, std::uint32_t poll);
  void take_from(std::uint32_t line, std::uint32_t poll);
  PathRank rank_of(DeviceId device, std::string_view comm,
                   std::string_view unit) const;  // memory.cc
  std::uint32_t place_on_line(DeviceId device) const;
  Duration place_in(Duration length, DeviceId device, std::uint16_t schedule) const;
  bool is_large() const;
  void start_schedules(DeviceId device, Instant now);
  Instant next_time(DeviceId device, std::uint16_t schedule, Instant planned, Instant now) const;

  // message.cc: one message under way per line
  void due(std::uint32_t slot, Instant planned, Instant now, CommOut& out);
  void start_ready(Instant now, CommOut& out);
  void start_next(std::uint32_t line, Instant now, CommOut& out);
  bool start_or_move(std::uint32_t line, std::uint32_t poll, Instant now, CommOut& out);
  void begin_message(std::uint32_t line, std::uint32_t poll, PathRank path, Instant now,
                     CommOut& out);
  void begin_attempt(std::uint32_t line, Instant now, CommOut& out);
  void send(std::uint32_t line, Instant now, CommOut& out);
  Flight land(std::uint32_t line);
  void give_up(std::uint32_t line, CommOut& out);
  void answered(std::uint32_t line, const Reading* reading, Instant now, CommOut& out);
  void next_message(std::uint32_t line, const Reading& part, Instant now, CommOut& out);
  int attempts_allowed(std::uint32_t poll, PathRank path) const;
  void attempt_failed(std::uint32_t line, const Failure& failure, Instant now, CommOut& out);
  void message_failed(std::uint32_t line, const Failure& failure, Instant now, CommOut& out);
  void note_tried(const Poll& poll, const Reading* reading, PathState& path, Instant now) const;
  void note_tried_in_vain(PathState& path, const Flight& flight, Instant now) const;
  void note_failing(DeviceId device, PathRank path, const std::string& text, CommOut& out);
  void poll_failed(std::uint32_t poll, PathRank path, const Failure& failure, Instant now,
                   CommOut& out);
  void share_fate(std::uint32_t line, const Flight& failed, const std::string& cause,
                  std::uint64_t until, Instant now, CommOut& out);
  void report_read(std::uint32_t poll, PollResult result, PathRank path, const Reading* reading,
                   Instant now, CommOut& out);
  void end_poll(std::uint32_t poll, PollResult result, PathRank path, const Reading* reading,
                Instant now, CommOut& out);

  // move.cc: the transitions of section 2
  std::pair<Instant, Duration> failure_clock(DeviceId device) const;
  bool expired(DeviceId device, Instant now) const;
  bool retry_due(DeviceId device, Instant now) const;
  std::vector<PathRank> targets(DeviceId device, bool forced) const;
  std::vector<PathRank> candidates(DeviceId device, bool forced) const;
  void prepare(DeviceId device, CommOut& out);
  std::optional<Way> way_on(DeviceId device, const Failure& failure, Instant now) const;
  bool may_forward(const Poll& poll, PathRank to) const;
  void move(DeviceId device, PathRank to, MoveCause cause, std::string why, std::uint32_t forwarded,
            Instant now, CommOut& out);
  void count_departure(DeviceId device, PathRank to, MoveCause cause, Instant now);
  void carry_polls(DeviceId device, PathRank from, MoveCause cause, std::uint32_t forwarded,
                   Instant now);
  bool put_off(std::uint32_t poll, std::optional<Instant> later);
  void follow_state(CommId comm, Instant now, CommOut& out);
  bool force_off(DeviceId device, Instant now, CommOut& out);
  std::uint32_t ground_flight(DeviceId device, PathRank to, Instant now, CommOut& out);

  // hold_down.cc: how long primary is left alone
  Duration hold_down(DeviceId device) const;
  void count_flap(DeviceId device, PathRank to, MoveCause cause, Instant now);

  // crowd.cc: devices that fail on a comm device together
  void note_message(std::uint32_t line, DeviceId device, const Failure& failure, Instant now);
  void join_crowd(DeviceId device, const Failure& failure, Instant now, CommOut& out);
  void leave_crowd(DeviceId device);
  void prune_crowd(std::uint32_t line, Instant now);
  bool crowded(std::uint32_t line, std::uint32_t share) const;
  bool suspect(std::uint32_t line, Instant now) const;
  void line_answered(std::uint32_t line, Instant now, CommOut& out);
  std::optional<PathRank> way_out(DeviceId device, Instant now) const;
  void evacuate(std::uint32_t line, DeviceId but, Instant now, CommOut& out);
  std::optional<Instant> must_wait(DeviceId device, Instant now);
  void count_polled();

  // dead.cc: devices that no path reaches
  bool known_dead(DeviceId device, PathRank path, Instant now) const;
  bool nothing_answers(DeviceId device) const;
  void poll_missed(DeviceId device, const Failure& failure, Instant now, CommOut& out);
  void device_answered(DeviceId device, Instant now, CommOut& out);
  Duration dead_interval(DeviceId device, const Failure& failure) const;
  void try_other_paths(DeviceId device);
  Duration answer_age_max(DeviceId device, PathRank path) const;
  void ask_the_dead(std::uint32_t line, Instant before, Instant now);

  // standby.cc: heartbeats of idle paths
  bool has_heartbeat(DeviceId device) const;
  void start_heartbeat(DeviceId device, Instant now);
  void plan_guard(DeviceId device);
  void guard_due(DeviceId device, Instant now, CommOut& out);
  std::optional<PathRank> next_standby(DeviceId device, Instant now) const;
  void beat(DeviceId device, Instant now);
  void beat_ended(DeviceId device, PathRank path, bool answered, Instant now, CommOut& out);
  void fail_back_idle(DeviceId device, Instant now, CommOut& out);

  // freeze.cc: what keeps a device from moving, and the log of decisions
  bool frozen(DeviceId device, Instant now) const;
  void thaw(DeviceId device, Instant now, CommOut& out);
  bool held_back(DeviceId device, PathRank to, MoveCause cause, const std::string& why, Instant now,
                 CommOut& out);
  void note_decision(DeviceId device, PathRank to, MoveCause cause, DecisionOutcome outcome,
                     Instant now);

  // schedule.cc: what a device is polled for, and when
  Duration pace(DeviceId device, std::uint16_t schedule) const;
  void quicken(DeviceId device, Instant now);
  // budget.cc: how far a device in haste may be polled faster
  Haste haste_of(DeviceId device) const;
  void set_haste(DeviceId device, Haste haste);
  Load load_here(DeviceId device, bool at_alert_interval) const;
  void count_here(DeviceId device, bool arrives);
  Duration hurried_pace(DeviceId device, std::uint16_t schedule) const;
  std::optional<Duration> hurried_until_next(DeviceId device, std::uint16_t schedule, Instant due);
  void schedule_due(std::uint32_t index, Instant planned, Instant now);
  void foresee_due() const;
  void wake_schedules(DeviceId device, Instant now);
  void adapt_to(std::uint32_t poll, PathRank path);
  bool in_flight(DeviceId device, std::uint16_t schedule) const;
  bool starved(DeviceId device, Instant now) const;
  void raise_waiting(DeviceId device, std::uint16_t schedule, PollPriority priority);
  // Readings: the parts of a poll, and what decisions do not look at.
  bool gives_data(std::uint32_t poll, PathRank path, const Reading& reading) const;
  void poll_without_data(std::uint32_t poll, PathRank path, Instant now, CommOut& out);
  std::optional<Reading> gathered_reading(std::uint32_t poll, PathRank path, Instant now) const;
  Reading whole_reading(std::uint32_t poll, const Reading& last_part, PathRank path, Instant now);
  std::vector<LatestValue>& latest_of(DeviceId device);
  void keep_part(std::uint32_t poll, const Reading& part);
  void remove_poll(std::uint32_t poll);

  // order.cc: control orders
  Order& order_of(std::uint32_t poll);
  const Order& order_of(std::uint32_t poll) const;
  void release_next(DeviceId device);
  bool acts(std::uint32_t poll) const;
  bool order_may_start(std::uint32_t poll, PathRank path, Instant now, CommOut& out);
  bool order_is_timely(std::uint32_t poll, Instant now, CommOut& out);
  std::shared_ptr<const ControlOrder> carried_by(std::uint32_t poll, PathRank path);
  void order_missed(std::uint32_t poll, const Failure& failure);
  int order_attempts(std::uint32_t poll, PathRank path) const;
  void turn_to_reading(std::uint32_t poll);
  bool reads_back_here(std::uint32_t poll) const;
  bool order_may_go_to(const Poll& poll, PathRank to) const;
  void order_answered(std::uint32_t line, const Reading* reading, Instant now, CommOut& out);
  std::optional<bool> applied(const ControlOrder& order, const Reading& reading) const;
  void order_read_back(const Flight& flight, const Reading& reading, Instant now, CommOut& out);
  void end_order(std::uint32_t poll, PollResult result, Instant now, CommOut& out);
  void finish_order(std::uint32_t poll, ControlOutcome outcome, std::string text, CommOut& out);
  std::optional<std::uint32_t> line_under_way(std::uint32_t poll) const;
  void order_due(std::uint8_t place, Instant now, CommOut& out);
  void orders_at_reload(CommOut& out) const;

  // background.cc: probes and sweeps
  void plan_probe(DeviceId device, Instant now);
  bool may_probe(DeviceId device) const;
  Duration probe_pace(DeviceId device) const;
  void probe_due(DeviceId device, Instant now);
  std::uint8_t background_paths(DeviceId device) const;
  void drop_background(DeviceId device, PollPurpose purpose);
  std::uint8_t swept_paths(DeviceId device) const;
  void background_ended(std::uint32_t poll, bool answered, Instant now, CommOut& out);
  void background_answered(std::uint32_t line, const Reading* reading, Instant now, CommOut& out);
  void sweep_answered(DeviceId device, const Reading& reading, Instant sent_at, Instant now,
                      CommOut& out);
  void add_background(DeviceId device, PathRank path, PollPurpose purpose, PollPriority priority);

  // reload.cc
  void adopt(const Comm& old, DeviceId device, DeviceId old_device, Instant now);
  void adopt_schedules(const Comm& old, DeviceId device, DeviceId old_device, Instant now);
  void adopt_polls(const Comm& old, DeviceId device, DeviceId old_device, CommOut& out);
  void adopt_latest(const Comm& old, DeviceId device, DeviceId was, bool same_variables);
  void adopt_lines(const Comm& old);

  RuleBook rules_;

  Instant now_{};
  Instant awake_since_{};  // the last clock gap
  std::vector<DeviceState> devices_{};
  std::vector<std::uint8_t> schedule_waits_{};  // each schedule's polls that wait: not queued twice
  std::vector<Duration> hurried_by_{};          // in haste: the pace that its next poll has
  std::vector<Line> lines_{};
  PollBook polls_{};
  std::map<std::uint32_t, Reading> partial_{};      // of polls that have more messages to send
  std::vector<std::vector<LatestValue>> latest_{};  // by device; empty while nothing was read
  std::vector<Order> orders_{};                     // at most orders_max places
  Agenda agenda_{};
  std::vector<std::uint32_t> ready_{};
  std::vector<std::uint32_t> starting_{};  // scratch
  std::uint64_t sent_ = 0;
  std::uint64_t late_replies_ = 0;
  Instant prepare_at_{};  // the next connection may be made ahead
};

}  // namespace nightwatt::core

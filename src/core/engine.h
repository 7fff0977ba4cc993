#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "core/comm/comm.h"
#include "core/orders.h"
#include "core/power/member.h"
#include "core/quorum/count.h"
#include "core/quorum/sizing.h"
#include "core/quorum/watch.h"
#include "core/shutdown/group_shutdown.h"
#include "core/site.h"
#include "core/wakes.h"
#include "model/effect.h"
#include "model/event.h"

// The engine: the only step() in Nightwatt. State, events and the time go in; effects and the next
// deadline come out. In each step, always in this order:
//
//     events ──► comm ──readings──► power ──member states──► quorum ──verdict──► shutdown ──►
//     effects
//
// It opens no socket, reads no clock and draws no random number, so the same code runs in the
// daemon, in `nightwatt simulate`, and through years of outages a minute in the simulator.
namespace nightwatt::core {

// A step this much later than the engine's own deadline means that the machine slept or stalled:
// what was read before says nothing about now.
inline constexpr Duration clock_gap_max{5'000};

// Everything that is shown of one group.
struct GroupView {
  Verdict verdict{};
  Instant since{};
  bool deferred = false;  // cold start or a clock gap: nothing worse than blind yet
  Count count{};
  std::vector<MemberView> members{};  // in the order of the rule's members
  std::vector<CountsAs> counts{};     // the same order
  std::string what_next{};            // what the next failure would do
  Sizing sizing{};
  RunView run{};
};

class Engine {
 public:
  // `next_run` must be greater than every run number in the journal.
  Engine(Site site, RunId next_run, Instant now);

  // --- before the first step, from the journal -----------------------------------------------
  // Unknown groups (renamed since) are answered with false.
  bool resume(const RunRecord& record, Instant now, Effects& effects);
  bool after_reboot(const RunRecord& record, Instant now, Effects& effects);
  // The last closed run of a group: its machines that were not seen up again are listed.
  bool recall(const RunRecord& closed, Instant now);
  // A daemon before this one read the member: it is unseen now, and not "never read".
  void recall_read(DeviceId device);
  // Which path it was on, and what was known of each. False: no such device (renamed since).
  bool recall_comm(const CommMemory& memory, Instant now, Effects& effects);
  // What people took out of use before stays so. After all recall_comm(), all at once. Returns the
  // names that are no comm devices, or have a state that no person gives.
  std::vector<std::string> restore_comm_states(std::span<const HandRecord> records, Instant now,
                                               Effects& effects);
  bool restore_hold(const HoldRecord& hold, Instant now, Effects& effects);
  // False: it is over, or no such UPS.
  bool restore_maintenance(const RecordMaintenance& record, Instant now, Effects& effects);

  // One batch of events at one instant, then all that is due.
  void step(std::span<const Event> events, Instant now, Effects& effects);
  // Call step() no later than this. Nothing: only events can change anything.
  std::optional<Instant> next_deadline() const;

  // A new configuration, as a whole. Devices and groups of the same name keep their state. Refused
  // (and nothing changes) when a group whose plan is under way would vanish.
  expected<void, std::string> reload(Site site, Instant now, Effects& effects);

  const Site& site() const { return *site_; }
  const Comm& comm() const { return comm_; }
  std::optional<DeviceId> device_named(std::string_view name) const;
  std::optional<CommId> comm_named(std::string_view name) const;
  std::optional<GroupId> group_named(std::string_view name) const;
  // Null: the device is no UPS.
  const MemberView* member(DeviceId device) const;
  const Reading* newest_reading(DeviceId device) const;
  GroupView group(GroupId group, Instant now) const;
  // An order and what came of it. Null: there was none, or it is long over.
  const OrderView* control(std::uint64_t id) const { return orders_.find(id); }
  std::uint64_t orders_ended(ControlOutcome outcome) const { return orders_.ended(outcome); }
  const std::deque<OrderView>& orders() const { return orders_.all(); }  // oldest first
  // Ids in the audit are never used twice: greater than every one in the journal.
  void number_orders_from(std::uint64_t next) { orders_.number_from(next); }
  // Who took a comm device out of use, and how long ago as of `now`. Nothing: nobody, or the
  // configuration did.
  std::optional<HandRecord> taken_out(CommId comm, Instant now) const;
  // A committed plan is under way somewhere; a daemon that stops waits for it.
  bool busy() const;
  // The longest needed time of the plans under way.
  Duration busy_for(Instant now) const;

  // The state, not the site: read it back into an Engine made from the same site.
  template <class A>
  void fields(A& a) {
    a(comm_, members_, read_before_, member_wakes_, group_wakes_, sweeping_, in_sweeping_, runs_,
      machines_left_, next_run_, planned_, orders_, unwritten_, taken_out_);
    for (Group& group : groups_) {
      a(group.watch, group.sizing, group.looks, group.shutdown, group.dirty,
        group.had_machines_left);
    }
  }

 private:
  struct Group {
    GroupWatch watch{};
    SizingWatch sizing{};
    std::vector<MemberMemory> looks{};  // of its members, when the group has triggers of its own
    GroupShutdown shutdown;
    bool dirty = false;
    bool had_machines_left = false;
  };
  struct TakenOut {
    Instant at{};
    std::string who{};
    template <class A>
    void fields(A& a) {
      a(at, who);
    }
  };
  // Where a member counts: the group, and the place in the group's members.
  struct Place {
    std::uint32_t group = 0;
    std::uint32_t place = 0;
  };
  static constexpr std::uint32_t no_member = UINT32_MAX;

  // engine.cc
  void index_site();
  std::span<const Place> places(std::uint32_t member) const;
  void foresee(std::span<const Event> events, std::size_t next) const;
  void foresee_reports(std::size_t next) const;
  void foresee_groups(std::size_t next) const;
  void notice_gap(Instant now, Effects& effects);
  void run_comm(Instant now, Effects& effects);
  void move_comm_effects(Instant now, Effects& effects);
  void take_report(const PollReport& report, Instant now, Effects& effects);
  void wake_members(Instant now, Effects& effects);
  void check_sweeps(Instant now, Effects& effects);
  void advance_member(std::uint32_t member, Instant now, Effects& effects);
  std::optional<Instant> next_deadline_of(std::uint32_t member) const;
  bool every_path_tried(std::uint32_t member, Instant now) const;
  void want_sweep(std::uint32_t member, Instant now);
  void mark_groups(std::uint32_t member);
  Watched watched(std::uint32_t member) const;

  // engine_conditions.cc
  static Site with_conditions(Site site);
  Watched judged(std::uint32_t member, Instant now);
  Watched judged(std::uint32_t group, std::uint32_t member, Instant now);
  // f(memory, watched): what the member's own triggers remember of it, then what those of its
  // groups do.
  template <class F>
  void for_each_look(std::uint32_t member, Instant now, F f) {
    f(members_[member], judged(member, now));
    for (const auto& [group, place] : places(member)) {
      auto& looks = groups_[group].looks;
      if (!looks.empty()) f(looks[place], judged(group, member, now));
    }
  }
  void gather_numbers(DeviceId device, Watched& watched, Instant now);
  void judge_again(DeviceId device, Instant now);
  void judge_touched(Instant now);

  // engine_events.cc
  void take(const Event& event, Instant now, Effects& effects);
  void on(const MessageReplied& event, Instant now, Effects& effects);
  void on(const MessageRefused& event, Instant now, Effects& effects);
  void on(const MessageFailed& event, Instant now, Effects& effects);
  void on(const CommStateReported& event, Instant now, Effects& effects);
  void on(const DeviceSpoke& event, Instant now, Effects& effects);
  void on(const StepEnded& event, Instant now, Effects& effects);
  void on(const DownConfirmed& event, Instant now, Effects& effects);
  void on(const CommitWritten& event, Instant now, Effects& effects);
  void on(const AuditWritten& event, Instant now, Effects& effects);
  void on(const ReturnConfirmed& event, Instant now, Effects& effects);
  void on(const FlagAnswered& event, Instant now, Effects& effects);
  void on(const PathSelected& event, Instant now, Effects& effects);
  void on(const AbortRequested& event, Instant now, Effects& effects);
  void on(const HoldRequested& event, Instant now, Effects& effects);
  void on(const ReleaseRequested& event, Instant now, Effects& effects);
  void on(const MaintenanceRequested& event, Instant now, Effects& effects);
  void on(const FreezeRequested& event, Instant now, Effects& effects);
  void on(const CommRequested& event, Instant now, Effects& effects);
  void on(const ControlRequested& event, Instant now, Effects& effects);
  void on(const StopRequested& event, Instant now, Effects& effects);
  GroupShutdown* woken(RunId run, Instant now);
  GroupShutdown& woken(GroupId group, Instant now);

  // engine_groups.cc
  void settle_groups(Instant now, Effects& effects);
  void evaluate(std::uint32_t group, Instant now, Effects& effects);
  void follow_run(std::uint32_t group, Instant now);
  void wake_waiting(Instant now);
  void want_group(std::uint32_t group);
  Watched look_at(std::uint32_t group, std::uint32_t member) const;
  const MemberView& decided(const Group& group, std::size_t place, const QuorumRule& rule) const;
  void gather_inputs(std::uint32_t group, std::vector<MemberInput>& inputs) const;
  void gather_feeds(std::uint32_t group, std::vector<FeedLoad>& feeds) const;
  Surroundings surroundings(std::uint32_t group, Instant now) const;
  std::optional<GroupId> group_of_run(RunId run) const;

  // engine_people.cc
  void answer(RequestId request, const GroupShutdown::Reply& reply, const std::string& subject,
              Effects& effects);
  void answer_path(const PathSelected& event, Instant now, Effects& effects);
  void apply_maintenance(DeviceId device, std::optional<Instant> until, Instant now,
                         Effects& effects);
  void answer_maintenance(const MaintenanceRequested& event, Instant now, Effects& effects);
  std::optional<std::string> maintenance_problem(const MaintenanceRequested& event) const;
  // engine_comm.cc
  void answer_comm(const CommRequested& event, Instant now, Effects& effects);
  std::string comm_words(CommId comm, std::span<const Move> moves, Instant now) const;
  std::string stay_words(CommId comm, Instant now, std::string_view lead) const;
  void forget_taken_out(Effects& effects);
  // engine_control.cc
  void send_unwritten(Instant now, Effects& effects);
  void end_unwritten(const std::string& why, Instant now, Effects& effects);
  void tell_unwritten(const ControlOrder& order, const std::string& why, Effects& effects) const;
  std::optional<std::string> order_problem(const ControlOrder& order) const;
  void refuse_order(AuditRecord record, RequestId request, std::string why, Instant now,
                    Effects& effects);
  void answer_dry_run(AuditRecord record, const ControlOrder& order, RequestId request, Instant now,
                      Effects& effects);
  void orders_ended(std::vector<OrderResult>& results, Instant now, Effects& effects);

  void adopt_members(Engine& old, bool same_variables);
  void begin_looks();
  void adopt_groups(Engine& old, Instant now, bool same_variables, Effects& effects);
  void adopt_looks(std::uint32_t group, Engine& old, std::uint32_t old_group, bool same_variables);

  std::shared_ptr<Site> site_;  // shared with comm_; nothing changes it after the constructor
  Comm comm_;
  CommOut comm_out_{};
  std::vector<MemberMemory> members_{};  // parallel to site_->members
  std::vector<bool> read_before_{};      // the same: recall_read()
  std::vector<Group> groups_{};          // parallel to site_->groups
  std::vector<std::uint32_t> member_of_device_{};
  std::vector<Place> places_{};               // of all members, one after the other
  std::vector<std::uint32_t> first_place_{};  // of each member; the last is their number
  Wakes member_wakes_{};
  Wakes group_wakes_{};
  std::vector<std::uint32_t> dirty_{};            // groups to evaluate in this step
  std::deque<std::uint32_t> sweeping_{};          // members whose other paths are being tried
  std::vector<bool> in_sweeping_{};               // for each member
  std::vector<MemberInput> inputs_{};             // scratch
  std::vector<FeedLoad> feeds_{};                 // scratch
  std::vector<PollReport> reports_{};             // scratch
  std::vector<std::optional<Number>> numbers_{};  // scratch: of the conditions judged now
  // What is asked of all groups at once, kept beside them: with thousands of groups in trouble
  // nobody may walk through all of them for each event.
  std::vector<RunId> runs_{};              // parallel to groups_; RunId{} without a run
  std::uint32_t machines_left_ = 0;        // groups with had_machines_left
  std::vector<std::uint32_t> may_wait_{};  // groups whose plan ends with a local power-off
  std::vector<std::uint32_t> by_name_{};   // groups, sorted by their names
  std::vector<std::uint32_t> devices_by_name_{};
  OrderBook orders_{};
  std::vector<UnwrittenOrder> unwritten_{};      // oldest first; at most orders_max
  std::map<std::string, TakenOut> taken_out_{};  // by comm device; none that is in use again
  RunId next_run_{};
  std::optional<Instant> planned_{};  // next_deadline() after the last step
};

}  // namespace nightwatt::core

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/time.h"
#include "core/comm/rule.h"
#include "model/control.h"
#include "model/event.h"

// Orders as people see them: which are accepted, and what came of each (comm-failover, section 5,
// item 5). How they travel is comm's business (core/comm/order.h).
namespace nightwatt::core {

// That have ended: so many that were accepted, and as many refused ones and dry runs, so that
// refusals in a row push out none of the others. The audit in the journal keeps more.
inline constexpr std::size_t orders_kept = 256;
// How long an accepted order waits for its record to be on disk (adr/0010).
inline constexpr Duration audit_wait_max{2'000};
inline constexpr Duration order_expiry_max{600'000};
inline constexpr std::size_t order_text_max = 256;  // characters of a name, and of a value

struct OrderView {
  AuditRecord record{};  // outcome pending until it ends
  Instant asked{};
  std::optional<Instant> ended{};
  bool accepted = false;  // it went on its way; false: refused at once, or a dry run
  template <class A>
  void fields(A& a) {
    a(record, asked, ended, accepted);
  }
};

// Accepted, and not yet on its way: its record is not on disk.
struct UnwrittenOrder {
  ControlOrder order{};
  Instant until{};  // it does not wait longer
  template <class A>
  void fields(A& a) {
    a(order, until);
  }
};

// "command test.battery.start", "ups.delay.shutdown = 60".
std::string order_words(ControlKind kind, const std::string& name, const std::string& value);

// The order as it would be sent, without an id; or one sentence that says why the device takes no
// such order, and what to write into the configuration where that helps.
expected<ControlOrder, std::string> judge(const DeviceRule& device, const ControlRequested& asked,
                                          Instant now);

// All that are pending, and the last ones that ended, refused ones and dry runs among them.
class OrderBook {
 public:
  // The next id; ids in the audit are never used twice.
  void number_from(std::uint64_t next) { next_ = next > next_ ? next : next_; }
  std::uint64_t next_id() { return next_++; }
  // REQUIRES: ids ascend.
  void add(OrderView order);
  // Null: there is none, or it was pushed out by newer ones.
  const OrderView* find(std::uint64_t id) const;
  OrderView* find(std::uint64_t id);
  std::size_t pending() const;
  std::size_t pending_of(const std::string& device) const;
  const std::deque<OrderView>& all() const { return orders_; }  // ascending by id

  // How many ended so since the start, refused ones included; dry runs are no orders.
  void count(ControlOutcome outcome) { ++ended_[static_cast<std::size_t>(outcome)]; }
  std::uint64_t ended(ControlOutcome outcome) const {
    return ended_[static_cast<std::size_t>(outcome)];
  }

  template <class A>
  void fields(A& a) {
    a(orders_, next_, ended_);
  }

 private:
  std::deque<OrderView> orders_{};
  std::uint64_t next_ = 1;
  std::array<std::uint64_t, 4> ended_{};  // by ControlOutcome
};

}  // namespace nightwatt::core

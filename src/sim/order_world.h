#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "model/control.h"
#include "sim/complaints.h"
#include "sim/observer.h"

// Orders in the virtual world: what devices did with them, and whether the daemon told the truth
// (invariant 5: a control message is sent at most once unless the user allowed its retry).
namespace nightwatt::sim {

// What really happened at the devices. It knows nothing of the daemon's bookkeeping.
class OrderedDevices {
 public:
  enum class Reply : std::uint8_t { ok, refused };
  // A message reached its device. A select is remembered; an operate without one is refused.
  Reply obey(const ControlOrder& order, std::uint16_t part);
  int executed(std::uint64_t order) const;
  // What a reading of the device shows of its writes; nothing when none was executed.
  std::optional<double> written(DeviceId device) const;

 private:
  std::map<std::uint64_t, int> executed_{};            // by order
  std::map<std::uint32_t, std::uint64_t> selected_{};  // by device: the order
  std::map<std::uint32_t, double> written_{};          // by device: the last number
};

// Watches messages and audit records from outside and compares them with what the devices did:
// 'ok' was executed, 'refused' was not, nothing was executed or sent twice unless its policy allows
// it, nothing was sent late, nor before the disk had its record or had been waited for long enough,
// and each order ended once.
class OrderCheck : public Observer {
 public:
  OrderCheck(const OrderedDevices& devices, Complaints& complaints)
      : devices_(devices), complaints_(complaints) {}
  void before_step(const core::Engine& engine, std::span<const Event> events, Instant now) override;
  void after_step(const core::Engine& engine, std::span<const Effect> effects,
                  Instant now) override;
  void daemon_down(Instant now) override;

  std::size_t open() const { return open_.size(); }
  std::size_t ended(ControlOutcome outcome) const;

 private:
  void sent(const SendMessage& message, Instant now);
  void recorded(const AuditRecord& record, Instant now);

  const OrderedDevices& devices_;
  Complaints& complaints_;
  std::map<std::uint64_t, std::uint64_t> acting_{};  // transaction to order
  std::map<std::uint64_t, int> on_wire_{};           // by order: may have left us
  std::map<std::uint64_t, ControlPolicy> policies_{};
  std::map<std::uint64_t, Instant> open_{};  // since
  std::set<std::uint64_t> disk_said_{};      // written, or that it cannot be
  std::map<ControlOutcome, std::size_t> ended_{};
};

}  // namespace nightwatt::sim

#pragma once

#include <map>
#include <optional>
#include <vector>

#include "sim/observer.h"

namespace nightwatt::sim {

// The world's own books of what the engine was told of each device. Written from the documents, not
// from core/: the checkers judge the engine's decisions by it.
//
// A reply counts as *definite* when it was asked for on the device's active path; background probes
// are read by comm alone, so replies on other paths only *may* have been seen.
class ReadingBook : public Observer {
 public:
  explicit ReadingBook(const core::Site& site);

  void before_step(const core::Engine& engine, std::span<const Event> events, Instant now) override;
  void after_step(const core::Engine& engine, std::span<const Effect> effects,
                  Instant now) override;
  void daemon_down(Instant now) override;
  void clock_gap(Instant until) override;

  // Nothing but good news: read on its active path, clean, not old, and nothing else heard since.
  bool surely_healthy(DeviceId device, Instant now, bool degraded_fails) const;
  // FSD, or OB with LB outside of a test, heard and not ended by a reading on line.
  bool surely_failed(DeviceId device, const core::TriggerRule& triggers) const;
  // Something that a trigger could take for evidence was heard since the last clean reading.
  bool may_have_evidence(DeviceId device, const core::QuorumRule& rule, Instant now) const;
  bool heard_overload(DeviceId device) const { return book(device).overload; }
  // A condition on its temperature may be firing.
  bool may_be_hot(DeviceId device) const;
  bool unseen_for(DeviceId device, Duration how_long, Instant now) const;
  bool in_maintenance(DeviceId device, Instant now) const;
  std::optional<Instant> last_definite(DeviceId device) const { return book(device).definite_at; }

 private:
  struct Asked {
    DeviceId device{};
    bool definite = false;
    bool decides = true;  // the last message of the first schedule
  };
  struct Book {
    std::optional<Instant> definite_at{};
    bool clean = false;         // the last definite one was, and none since was not
    bool failed_since = false;  // a message failed since the last definite reading
    // Since the last clean definite reading:
    bool fsd = false, off = false, overload = false, low = false;
    std::optional<Instant> on_battery_since{};
    std::optional<double> lowest_charge{}, lowest_runtime{};
    std::optional<std::pair<Instant, double>> last_charge{};
    double steepest_per_minute = 0;
    Duration longest_gap{0};  // between two definite readings
    // Not ended by any reading on line:
    bool sure_fsd = false, sure_low = false;
    std::optional<Instant> maintenance_until{};
    bool hot = false;                     // was heard, and not yet surely forgotten
    std::optional<Instant> cool_since{};  // definitely
    bool hot_on_battery = false;
  };
  const Book& book(DeviceId device) const { return books_.at(device.value); }
  void hear(const Asked& asked, const Reading& reading, Instant now);
  void hear_temperature(const Asked& asked, const Reading& reading, Instant now);
  bool may_be_degraded_by_comm(DeviceId device) const;
  Duration longest_hold() const;
  void mark_failed(CommId comm);
  void note_bad(Book& book, const Reading& reading, Instant now);
  const core::MemberRule* member(DeviceId device) const;

  const core::Site& site_;
  std::vector<Book> books_{};
  std::vector<PathRank> active_before_{};
  std::map<std::uint64_t, Asked> asked_{};
  std::map<std::uint64_t, MaintenanceRequested> maintenance_asked_{};
};

}  // namespace nightwatt::sim

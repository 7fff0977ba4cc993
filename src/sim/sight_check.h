#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/optional_instant.h"
#include "sim/complaints.h"
#include "sim/observer.h"

namespace nightwatt::sim {

// Invariant 1 of sight: a guarded UPS becomes neither UNKNOWN nor critical by the failsafe beside a
// usable path whose last message was answered with data since the UPS was last read. Whatever asked
// for that answer, and whatever was done with it: the path could have been looked over. Only once
// several such looks had failed since then is the next answer of no consequence: the failsafe must
// not wait for ever.
class SightCheck : public Observer {
 public:
  SightCheck(const core::Site& site, Complaints& complaints);
  void before_step(const core::Engine& engine, std::span<const Event> events, Instant now) override;
  void after_step(const core::Engine& engine, std::span<const Effect> effects,
                  Instant now) override;
  void daemon_down(Instant now) override;
  void clock_gap(Instant until) override;

 private:
  struct Asked {
    DeviceId device{};
    PathRank path{};
    bool tells = false;  // its answer says how the UPS is
    bool aside = false;  // not over the active path
  };
  void ended(std::uint64_t transaction, bool with_data, Instant now);
  void share_fate(CommId comm);
  void judge(const core::Engine& engine, DeviceId device, Instant now);

  const core::Site& site_;
  Complaints& complaints_;
  std::map<std::uint64_t, Asked> asked_{};
  // Of each device and path: when its last message was answered with data; nothing: it was not.
  std::vector<std::vector<std::optional<Instant>>> answered_{};
  // Of each device, after the step before.
  struct Device {
    bool lost = false;
    OptionalInstant read{};
    int failed_aside = 0;  // messages beside its active path, since then
  };
  std::vector<Device> devices_{};
};

}  // namespace nightwatt::sim

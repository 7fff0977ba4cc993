#pragma once

#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "sim/complaints.h"
#include "sim/observer.h"

namespace nightwatt::sim {

// Invariant 6 and the contract of messages: no poll starts beside its device's active path (probes,
// heartbeats and sweeps of guarded devices excepted) nor on a comm device that is not usable; one
// message at a time for each comm device; no transaction twice; each message ends within its time.
// And of moves: never to a path that is not usable; none by itself while the device is frozen or in
// dry run; none with a crowd of a device whose last message was answered.
class CommCheck : public Observer {
 public:
  CommCheck(const core::Site& site, Complaints& complaints);
  void before_step(const core::Engine& engine, std::span<const Event> events, Instant now) override;
  void after_step(const core::Engine& engine, std::span<const Effect> effects,
                  Instant now) override;
  void daemon_down(Instant now) override;
  void daemon_up(const core::Engine& engine, Instant now) override;

  // The last message of the schedule that was sent on the path where the device was.
  std::optional<Instant> polled_at(DeviceId device, std::uint16_t schedule) const;

 private:
  struct UnderWay {
    std::uint64_t transaction = 0;
    Instant due{};
    DeviceId device{};
    PathRank path{};
  };
  // A device has just left this path; a message that was under way there may use up its attempts.
  struct Left {
    PathRank path{};
    Instant until{};
  };
  void ended(Transaction transaction, bool answered);
  void note_frozen(const Event& event, Instant now);
  void check_move(const Notice& moved, Instant now);
  void note_moves(const core::Engine& engine, Instant now);
  void check_send(const core::Engine& engine, const SendMessage& sent, Instant now);

  const core::Site& site_;
  Complaints& complaints_;
  std::vector<CommState> states_{};
  std::vector<PathRank> active_before_{};
  std::vector<Left> left_{};
  std::vector<CommId> just_reported_{};  // comm devices whose state changed in this step
  std::vector<Instant> frozen_until_{};
  std::vector<std::pair<DeviceId, Instant>> just_frozen_{};
  // Of each device and path: whether the last message that was sent there was answered.
  std::vector<std::vector<bool>> answered_{};
  std::map<std::uint32_t, UnderWay> under_way_{};  // by comm device
  std::map<std::pair<std::uint32_t, std::uint16_t>, Instant> polled_at_{};
  std::uint64_t newest_ = 0;
};

}  // namespace nightwatt::sim

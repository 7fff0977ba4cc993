#pragma once

#include <cstdint>
#include <string>

#include "base/time.h"
#include "core/comm/decision.h"
#include "core/comm/failure.h"
#include "core/comm/rule_book.h"
#include "core/comm/state.h"
#include "model/comm.h"
#include "model/effect.h"
#include "model/ids.h"

namespace nightwatt::core {

class Comm;

// What people are told of communication failover, in sentences that name device, path and comm
// device. Reads, and changes nothing: whether something is news is its caller's to know.
class Teller {
 public:
  explicit Teller(const Comm& comm) : comm_(comm) {}

  // "its primary path (nut-a1)"
  std::string path_phrase(DeviceId device, PathRank path) const;
  const std::string& comm_name(DeviceId device, PathRank path) const;
  // Empty: it is usable.
  std::string why_unusable(DeviceId device, PathRank path) const;
  std::string why_failed_over(DeviceId device, const Failure& failure, Instant now) const;
  std::string why_failed_back(DeviceId device) const;
  std::string why_crowd(std::uint32_t line) const;

  // --- of devices and their paths
  Notice moved(DeviceId device, const LastMove& move) const;
  Notice refused(DeviceId device, PathRank path, const std::string& why) const;
  Notice failing(DeviceId device, PathRank path, const std::string& text) const;
  Notice without_data(DeviceId device, PathRank path) const;
  Notice data_again(DeviceId device, PathRank path) const;
  Notice answering(DeviceId device, PathRank path, Instant now) const;
  Notice retry_in_progress(std::uint32_t poll, PathRank to) const;
  Notice comm_state(CommId comm) const;

  // --- of guarded mode
  Notice suspect(std::uint32_t line) const;
  Notice trusted(std::uint32_t line) const;
  Notice dead(DeviceId device, Duration interval) const;
  Notice alive(DeviceId device) const;
  Notice standby(DeviceId device, PathRank path, bool healthy) const;
  Notice frozen(DeviceId device, Duration how_long) const;
  Notice thawed(DeviceId device) const;
  Notice held_back(DeviceId device, PathRank to, MoveCause cause, DecisionOutcome outcome,
                   const std::string& why) const;

 private:
  const RuleBook& rules() const;
  const std::string& name(DeviceId device) const { return rules().of(device).name; }
  const DeviceState& state_of(DeviceId device) const;
  Notice about(DeviceId device, NoticeKind kind, Severity severity) const;
  Notice about_line(std::uint32_t line, NoticeKind kind, Severity severity) const;

  const Comm& comm_;
};

}  // namespace nightwatt::core

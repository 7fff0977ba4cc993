#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "core/comm/facts.h"
#include "core/comm/rule.h"
#include "core/comm/site_rules.h"
#include "model/control.h"
#include "model/ids.h"

namespace nightwatt::core {

// The rules of a site, looked up by whoever polls: what follows from the configuration alone,
// whatever has happened since. Never changes; a reload makes another one.
//
// Schedules of all devices are numbered through: those of one device stand together, a device
// without any has one. `schedule` is the place among a device's own, `index` the one among all.
class RuleBook {
 public:
  // REQUIRES: checked rules; ids index them.
  explicit RuleBook(SiteRules site);

  const SiteRules& site() const { return site_; }
  const std::vector<CommRule>& comms() const { return *site_.comms; }
  const std::vector<DeviceRule>& devices() const { return *site_.devices; }

  const DeviceRule& of(DeviceId device) const { return devices()[device.value]; }
  const CommRule& of_line(std::uint32_t line) const { return comms()[line]; }
  const PathRule& path(DeviceId device, PathRank path) const {
    return of(device).paths[path.value - 1u];
  }
  const DeviceFacts& facts(DeviceId device) const { return facts_[device]; }
  const PathFacts& facts(DeviceId device, PathRank path) const { return facts_.path(device, path); }
  bool guarded(DeviceId device) const { return facts_[device].guarded; }
  std::uint32_t line_at(DeviceId device, PathRank path) const {
    return facts_.path(device, path).comm.value;
  }
  // Those that have a path over it, ascending.
  std::span<const std::pair<CommId, DeviceId>> devices_of(CommId comm) const;

  // --- schedules
  std::uint32_t schedules() const { return first_schedule_.back(); }  // of all devices
  std::uint16_t schedules_of(DeviceId device) const {
    return static_cast<std::uint16_t>(first_schedule_[device.value + 1u] -
                                      first_schedule_[device.value]);
  }
  std::uint32_t schedule_index(DeviceId device, std::uint16_t schedule) const {
    return first_schedule_[device.value] + schedule;
  }
  DeviceId device_of(std::uint32_t index) const { return device_of_schedule_[index]; }
  Duration interval_of(DeviceId device, std::uint16_t schedule) const;
  Duration alert_interval_of(DeviceId device, std::uint16_t schedule) const;
  PollPriority priority_of(DeviceId device, std::uint16_t schedule) const;
  std::uint16_t messages_of(DeviceId device, std::uint16_t schedule, PathRank path) const;
  bool runs_on(DeviceId device, std::uint16_t schedule, PathRank path) const;

  // --- control orders
  const ControlRule& control(const ControlOrder& order) const;
  const ControlPath& control_path(const ControlOrder& order, PathRank path) const;
  bool can_act(const ControlOrder& order, PathRank path) const;
  bool can_read_back(const ControlOrder& order, PathRank path) const;

  // --- the agenda: one slot for each comm device (its message), schedule, device (its probe),
  // device (its heartbeats and freezes) and place for an order, in that order.
  std::uint32_t schedule_slot(DeviceId device, std::uint16_t schedule) const {
    return slots_of_lines() + schedule_index(device, schedule);
  }
  std::uint32_t probe_slot(DeviceId device) const {
    return slots_of_lines() + schedules() + device.value;
  }
  std::uint32_t guard_slot(DeviceId device) const {
    return probe_slot(past_devices()) + device.value;
  }
  std::uint32_t order_slot(std::uint8_t place) const { return guard_slot(past_devices()) + place; }

 private:
  std::uint32_t slots_of_lines() const { return static_cast<std::uint32_t>(comms().size()); }
  DeviceId past_devices() const { return DeviceId{static_cast<std::uint32_t>(devices().size())}; }

  SiteRules site_{};
  PollFacts facts_{};
  ControlRule plain_rule_{};  // of a NUT order, which the rules do not name
  std::vector<std::pair<CommId, DeviceId>> devices_of_lines_{};  // sorted
  std::vector<std::uint32_t> first_schedule_{};  // of each device among all; the last is the total
  std::vector<DeviceId> device_of_schedule_{};   // of each of all
};

}  // namespace nightwatt::core

#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "model/ids.h"
#include "profile/kept_names.h"
#include "profile/profile.h"

namespace nightwatt::profile {

// The PathPlan of each path of each device, and what its NUT paths keep besides. Many devices are
// of one kind, so a plan is kept once and a path costs two bytes.
class PlanTable {
 public:
  using Plan = std::shared_ptr<const PathPlan>;  // null: a NUT path, which needs none

  // Devices are added in the order of their ids. One that was not added has NUT paths only.
  void add_device(std::span<const Plan> paths);
  const PathPlan* at(DeviceId device, PathRank path) const;
  // The same plan object, for the link that must outlive a change of configuration.
  const Plan& shared(DeviceId device, PathRank path) const;
  std::size_t devices() const { return first_.size(); }

  // What a device keeps of a NUT server's list, one for each of its schedules. Devices that keep
  // nothing need not be named.
  void keep(DeviceId device, std::vector<KeptNames> of_schedules);
  // Null: only what decisions use.
  const KeptNames* kept(DeviceId device, std::uint16_t schedule) const {
    if (device.value >= kept_by_.size() || kept_by_[device.value] == 0) return nullptr;
    return kept_of(kept_by_[device.value], schedule);
  }
  // `variables: all`: whatever else its NUT paths say is shown as it comes.
  void show_all(DeviceId device);
  bool shows_all(DeviceId device) const {
    return device.value < shows_all_.size() && shows_all_[device.value];
  }

 private:
  const KeptNames* kept_of(std::uint16_t which, std::uint16_t schedule) const;

  std::vector<Plan> plans_{nullptr};
  std::vector<std::uint32_t> first_{};  // of the device's paths in which_
  std::vector<std::uint16_t> which_{};  // index into plans_
  std::vector<std::shared_ptr<const std::vector<KeptNames>>> kept_{nullptr};
  std::vector<std::uint16_t> kept_by_{};  // by device: index into kept_; 0: nothing
  std::vector<bool> shows_all_{};         // by device
};

}  // namespace nightwatt::profile

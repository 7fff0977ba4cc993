#include "base/prefetch.h"
#include "core/comm/comm.h"

// What a poll will read, asked of the memory before: nothing here decides or changes anything. How
// far ahead: far enough for the memory to answer, and near enough for the answer to be there still.
namespace nightwatt::core {

void Comm::foresee(Transaction transaction, Ahead ahead) const {
  const auto line = static_cast<std::uint32_t>(transaction.value & (lines_max - 1));
  if (line >= lines_.size()) return;
  if (ahead == Ahead::far) return prefetch(&lines_[line], sizeof(Line));
  if (!lines_[line].flight) return;
  const Poll& poll = polls_[lines_[line].flight->poll];
  if (ahead == Ahead::near) return prefetch(&poll, sizeof(Poll));
  const DeviceState& state = devices_[poll.device.value];
  if (ahead == Ahead::next) {
    prefetch(&state, sizeof(DeviceState));
    prefetch(&facts_[poll.device], sizeof(DeviceFacts));
    return;
  }
  prefetch(&state.paths[lines_[line].flight->path.value - 1u], sizeof(PathState));
  if (poll.device.value < latest_.size()) {
    prefetch(latest_[poll.device.value].data(), sizeof(LatestValue));
  }
}

// Schedules that follow each other are often due together.
void Comm::foresee_schedules(std::uint32_t index) const {
  const auto ask = [&](std::uint32_t which, Ahead ahead) {
    if (which >= device_of_schedule_.size()) return;
    const DeviceId device = device_of_schedule_[which];
    const DeviceState& state = devices_[device.value];
    if (ahead == Ahead::far) {
      prefetch(&state, sizeof(DeviceState));
      prefetch(&facts_[device], sizeof(DeviceFacts));
      return;
    }
    const PathFacts& facts = facts_.path(device, state.active);
    if (ahead != Ahead::last) return prefetch(&facts, sizeof(PathFacts));
    prefetch(&lines_[facts.comm.value], sizeof(Line));
    prefetch(&state.paths[state.active.value - 1u], sizeof(PathState));
  };
  ask(index + 6, Ahead::far);
  ask(index + 4, Ahead::near);
  ask(index + 2, Ahead::last);
}

}  // namespace nightwatt::core

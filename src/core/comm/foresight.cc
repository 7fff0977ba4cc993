#include <utility>

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
    prefetch(&rules_.facts(poll.device), sizeof(DeviceFacts));
    return;
  }
  prefetch(&state.paths[lines_[line].flight->path.value - 1u], sizeof(PathState));
  if (poll.device.value < latest_.size()) {
    prefetch(latest_[poll.device.value].data(), sizeof(LatestValue));
  }
}

// The very next one is needed at once, and what its table entry points to; the others soon.
void Comm::foresee_due() const {
  bool first = true;
  agenda_.coming([&](std::uint32_t slot) {
    const bool is_next = std::exchange(first, false);
    if (slot < lines_.size() || slot - lines_.size() >= rules_.schedules()) return;
    const DeviceId device = rules_.device_of(slot - static_cast<std::uint32_t>(lines_.size()));
    const DeviceState& state = devices_[device.value];
    if (!is_next) {
      prefetch(&state, sizeof(DeviceState));
      prefetch(&rules_.facts(device), sizeof(DeviceFacts));
      return;
    }
    prefetch(&lines_[rules_.line_at(device, state.active)], sizeof(Line));
    prefetch(&state.paths[state.active.value - 1u], sizeof(PathState));
  });
}

}  // namespace nightwatt::core

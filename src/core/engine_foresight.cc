#include "base/prefetch.h"
#include "core/engine.h"

// What a batch will read, asked of the memory before it is its turn (adr/0012): nothing here
// decides or changes anything.
namespace nightwatt::core {

void Engine::foresee(std::span<const Event> events, std::size_t next) const {
  const auto ask = [&](std::size_t ahead, Ahead step) {
    if (next + ahead >= events.size()) return;
    const auto* reply = std::get_if<MessageReplied>(&events[next + ahead]);
    if (reply != nullptr) comm_.foresee(reply->transaction, step);
  };
  ask(8, Ahead::far);
  ask(6, Ahead::near);
  ask(4, Ahead::next);
  ask(2, Ahead::last);
}

void Engine::foresee_reports(std::size_t next) const {
  const auto member = [&](std::size_t ahead) {
    if (next + ahead >= reports_.size()) return no_member;
    return member_of_device_[reports_[next + ahead].device.value];
  };
  if (const std::uint32_t it = member(4); it != no_member) {
    prefetch(&members_[it], sizeof(MemberMemory));
    prefetch(&site_->members[it], sizeof(MemberRule));
  }
  if (const std::uint32_t it = member(2); it != no_member) {
    for (const auto& [group, place] : places(it)) prefetch(&groups_[group], sizeof(Group));
  }
}

void Engine::foresee_groups(std::size_t next) const {
  if (next + 4 < dirty_.size()) {
    const std::uint32_t far = dirty_[next + 4];
    prefetch(&groups_[far], sizeof(Group));
    prefetch(&site_->groups[far], sizeof(GroupRule));
  }
  if (next + 2 >= dirty_.size()) return;
  for (const DeviceId device : site_->groups[dirty_[next + 2]].quorum.members) {
    const std::uint32_t member = member_of_device_[device.value];
    if (member != no_member) prefetch(&members_[member].view, sizeof(MemberView));
    prefetch(&site_->devices[device.value], sizeof(std::string));
  }
}

}  // namespace nightwatt::core

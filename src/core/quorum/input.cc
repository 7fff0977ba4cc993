#include "core/quorum/input.h"

namespace nightwatt::core {
namespace {

// Worse compares greater. The looks read the same, so they differ in what triggers and conditions
// make of it.
int rank(const MemberView& view) {
  if (view.evidence) return 4;
  switch (view.state) {
    case MemberState::critical: return 3;
    case MemberState::unknown:
    case MemberState::maintenance: return 2;
    case MemberState::degraded: return view.only_comm_in_doubt || view.only_sight_in_doubt ? 1 : 2;
    case MemberState::healthy: return 0;
  }
  return 0;
}

}  // namespace

MemberInput input_of(const MemberView& view, std::string_view name) {
  return MemberInput{.state = view.state,
                     .evidence = view.evidence,
                     .ever_read = view.ever_read,
                     .only_sight_in_doubt = view.only_sight_in_doubt,
                     .only_comm_in_doubt = view.only_comm_in_doubt,
                     .since = view.since,
                     .last_reading = view.last_reading,
                     .name = name};
}

const MemberView& deciding_view(const MemberView& own, const MemberView* group, TriggersMode mode) {
  if (group == nullptr || own.state == MemberState::maintenance) return own;
  if (!group->ever_read) return own;
  switch (mode) {
    case TriggersMode::replace: return *group;
    case TriggersMode::add: {
      const int more = rank(*group) - rank(own);
      // Equal and degraded: the one that has more to say.
      const bool says_more = more == 0 && own.state == MemberState::degraded &&
                             group->reasons.size() > own.reasons.size();
      return more > 0 || says_more ? *group : own;
    }
  }
  return own;
}

}  // namespace nightwatt::core

#include "core/quorum/input.h"

namespace nightwatt::core {
namespace {

// Worse compares greater. Only what the two looks can differ in: triggers.
int rank(const MemberView& view) {
  if (view.evidence) return 2;
  return view.state == MemberState::critical ? 1 : 0;
}

}  // namespace

MemberInput input_of(const MemberView& view, std::string_view name) {
  return MemberInput{.state = view.state,
                     .evidence = view.evidence,
                     .ever_read = view.ever_read,
                     .only_sight_in_doubt = view.only_sight_in_doubt,
                     .since = view.since,
                     .last_reading = view.last_reading,
                     .name = name};
}

const MemberView& deciding_view(const MemberView& own, const MemberView* group, TriggersMode mode) {
  if (group == nullptr || own.state == MemberState::maintenance) return own;
  switch (mode) {
    case TriggersMode::replace: return *group;
    case TriggersMode::add: return rank(*group) > rank(own) ? *group : own;
  }
  return own;
}

}  // namespace nightwatt::core

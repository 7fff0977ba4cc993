#include "config/groups.h"

#include <fmt/format.h>

#include "config/limits.h"
#include "config/owned.h"
#include "config/triggers.h"

namespace nightwatt::config {
namespace {

void read_policy(Section& section, core::QuorumRule& quorum) {
  section.choice("degraded_counts_as", quorum.degraded_counts_as,
                 {{"healthy", DegradedCounts::healthy}, {"critical", DegradedCounts::critical}});
  section.choice("unknown_counts_as", quorum.unknown_counts_as,
                 {{"critical", UnknownCounts::critical},
                  {"degraded", UnknownCounts::degraded},
                  {"healthy", UnknownCounts::healthy},
                  {"evidence", UnknownCounts::evidence}});
  Duration blind{};
  if (!section.duration("blind_shutdown_after", blind, {.low = Duration{1'000}})) return;
  quorum.blind_shutdown_after = blind;
  if (quorum.unknown_counts_as == UnknownCounts::evidence) return;
  section.out().error(section.pos_of("blind_shutdown_after"),
                      section.path("blind_shutdown_after") + " needs unknown_counts_as: evidence",
                      "under the other policies a group that is not seen is not 'blind'");
}

void read_sizing(Section& section, core::QuorumRule& quorum) {
  section.number("single_feed_load_max", quorum.single_feed_load_max, {0, 200, true});
  section.number("member_load_max", quorum.member_load_max, {0, 200, true});
  section.number("headroom", quorum.headroom, {0, 90});
}

void read_group_triggers(Section& section, Draft& draft, GroupWritten& group) {
  core::QuorumRule& quorum = group.quorum;
  TriggersWritten triggers = draft.triggers;
  const bool written = read_triggers(section, TriggersOf::group, draft, triggers);
  group.conditions = std::move(triggers.conditions);
  if (written) quorum.triggers = triggers.rule;
  const bool mode =
      section.choice("triggers_mode", quorum.triggers_mode,
                     {{"add", core::TriggersMode::add}, {"replace", core::TriggersMode::replace}});
  if (mode && !written) {
    section.out().error(section.pos_of("triggers_mode"),
                        section.path("triggers_mode") + " without 'triggers'",
                        "write the group's triggers, or leave it out");
  }
}

void read_group(const Item& node, std::size_t index, Draft& draft) {
  Section section(node, fmt::format("redundancy_groups[{}]", index + 1), draft.out);
  if (node.kind != ItemKind::mapping) return;
  GroupWritten group;
  if (section.name("name", group.name)) {
    section.rename("redundancy_groups['" + group.name.value + "']");
  } else if (!section.has("name")) {
    draft.out.error(section.pos(), section.label() + " has no 'name'");
  }
  group.sources_pos = section.pos_of("ups_sources");
  section.texts("ups_sources", group.sources);
  group.min_healthy.pos = section.pos_of("min_healthy");
  if (section.has("min_healthy") &&
      !section.whole("min_healthy", group.min_healthy.value, -1'000'000, 1'000'000)) {
    group.min_healthy.pos = {};  // reported: no further judgement
  }
  read_policy(section, group.quorum);
  read_sizing(section, group.quorum);
  read_group_triggers(section, draft, group);
  group.is_local.pos = section.pos_of("is_local");
  section.flag("is_local", group.is_local.value);
  read_owned(section, group.owned);
  read_run(section, true, group.run);
  section.finish();
  draft.groups.push_back(std::move(group));
}

}  // namespace

void read_groups(Section& root, Draft& draft) {
  const Item* list = root.take_list("redundancy_groups");
  if (list == nullptr) return;
  if (list->children.size() > groups_max) {
    draft.out.error(list->pos, fmt::format("more than {} redundancy groups", groups_max));
    return;
  }
  for (std::size_t i = 0; i < list->children.size(); ++i) read_group(*list->children[i], i, draft);
}

}  // namespace nightwatt::config

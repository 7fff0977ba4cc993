#include "core/shutdown/return_list.h"

#include <algorithm>
#include <utility>

namespace nightwatt::core {

void ReturnList::add(std::string step_id, std::string name, StepAction action) {
  Entry fresh{std::move(step_id), std::move(name), std::move(action), false};
  const auto same = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) {
    return entry.step_id == fresh.step_id;
  });
  if (same == entries_.end()) {
    entries_.push_back(std::move(fresh));
  } else {
    *same = std::move(fresh);
  }
}

void ReturnList::watch(GroupId group, Effects& effects) {
  for (Entry& entry : entries_) {
    if (entry.watched) continue;
    entry.watched = true;
    effects.push_back(WatchReturn{group, entry.step_id, entry.action});
  }
}

void ReturnList::stop_watching(GroupId group, Effects& effects) {
  for (Entry& entry : entries_) {
    if (!entry.watched) continue;
    entry.watched = false;
    effects.push_back(StopWatching{group, entry.step_id});
  }
}

std::string ReturnList::confirmed(const std::string& step_id) {
  const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) {
    return entry.watched && entry.step_id == step_id;
  });
  if (found == entries_.end()) return {};
  std::string name = std::move(found->name);
  entries_.erase(found);
  return name;
}

bool ReturnList::any_unwatched() const {
  return std::any_of(entries_.begin(), entries_.end(),
                     [](const Entry& entry) { return !entry.watched; });
}

std::vector<std::string> ReturnList::step_ids() const {
  std::vector<std::string> ids;
  for (const Entry& entry : entries_) ids.push_back(entry.step_id);
  return ids;
}

}  // namespace nightwatt::core

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/shutdown/plan.h"
#include "core/shutdown/step_index.h"

namespace nightwatt::core {
namespace {

// Depth-first search along depends_on. Phases need no edges of their own: a depends_on that points
// to a higher rank closes a cycle with the phases by itself, and without one every cycle stays
// inside one rank.
class CycleSearch {
 public:
  explicit CycleSearch(const std::vector<StepRule>& steps)
      : steps_(steps), index_(step_index(steps)), marks_(steps.size(), Mark::unseen) {}

  std::vector<std::string> run() {
    for (std::size_t at = 0; at < steps_.size() && cycle_.empty(); ++at) visit(at);
    return cycle_;
  }

 private:
  enum class Mark : std::uint8_t { unseen, on_trail, clear };

  void visit(std::size_t at) {
    if (marks_[at] != Mark::unseen) return;
    marks_[at] = Mark::on_trail;
    trail_.push_back(at);
    for (const std::string& id : steps_[at].depends_on) {
      const auto found = index_.find(id);
      if (found == index_.end()) continue;
      follow(at, found->second);
      if (!cycle_.empty()) return;
    }
    trail_.pop_back();
    marks_[at] = Mark::clear;
  }

  void follow(std::size_t from, std::size_t to) {
    if (step_rank(steps_[to]) > step_rank(steps_[from])) {
      cycle_ = {steps_[from].id, steps_[to].id};
    } else if (marks_[to] == Mark::on_trail) {
      const auto first = std::find(trail_.begin(), trail_.end(), to);
      for (auto at = first; at != trail_.end(); ++at) cycle_.push_back(steps_[*at].id);
    } else {
      visit(to);
    }
  }

  const std::vector<StepRule>& steps_;
  StepIndex index_;
  std::vector<Mark> marks_;
  std::vector<std::size_t> trail_;
  std::vector<std::string> cycle_;
};

}  // namespace

std::vector<std::string> find_cycle(const std::vector<StepRule>& steps) {
  return CycleSearch(steps).run();
}

}  // namespace nightwatt::core

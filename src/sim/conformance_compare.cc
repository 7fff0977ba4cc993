#include <algorithm>
#include <utility>

#include "sim/conformance_scenario.h"

namespace nightwatt::sim::conformance {

namespace {

constexpr Duration tolerance{1};

bool same_time(Instant a, Instant b) { return a - b <= tolerance && b - a <= tolerance; }

std::string list_text(const std::vector<std::string>& words) {
  std::string text = "[";
  for (const std::string& word : words) text += (text.size() > 1 ? ", " : "") + word;
  return text + "]";
}

std::string move_text(const Transition& move, bool with_queue) {
  std::string text = std::to_string(move.from) + " -> " + std::to_string(move.to) + " " +
                     move.cause + " at " + seconds_text(move.at);
  if (with_queue && move.queue_after) text += " with queue " + list_text(*move.queue_after);
  return text;
}

std::string end_text(const PollEnd& end) {
  return end.result + " on path " + std::to_string(end.path) + " at " + seconds_text(end.at);
}

class Comparison {
 public:
  void device(const std::string& name, const Expectation& expect, const DeviceOutcome& outcome) {
    name_ = name;
    if (expect.transitions) transitions(*expect.transitions, outcome.transitions);
    final_words(expect, outcome.final_view);
    polls(expect, outcome);
    if (expect.pending) pending(*expect.pending, outcome.pending);
    for (const auto& [path, count] : expect.tx_per_path) {
      const auto sent = outcome.tx_per_path.find(path);
      const std::uint64_t actual = sent == outcome.tx_per_path.end() ? 0 : sent->second;
      if (actual != count) {
        differ("messages sent on path " + std::to_string(path), std::to_string(count),
               std::to_string(actual));
      }
    }
  }

  void resolved(const Scenario& scenario, const std::vector<Resolved>& actual) {
    const std::vector<Resolved>& expected_ = *scenario.expect_mss;
    for (std::size_t i = 0; i < std::max(expected_.size(), actual.size()); ++i) {
      const std::string what = "mss " + std::to_string(i + 1);
      name_ = scenario.devices[i < actual.size() ? actual[i].device.value : 0].name;
      if (i >= expected_.size() || i >= actual.size()) {
        differ(what, i < expected_.size() ? "one" : "none", i < actual.size() ? "one" : "none");
        continue;
      }
      if (!same_time(expected_[i].at, actual[i].at)) {
        differ(what, seconds_text(expected_[i].at), seconds_text(actual[i].at));
      }
      for (std::size_t k = 0; k < parameter_names.size(); ++k) {
        if (expected_[i].comms[k] && expected_[i].comms[k] != actual[i].comms[k]) {
          differ(what + " " + std::string(parameter_names[k]), *expected_[i].comms[k],
                 *actual[i].comms[k]);
        }
      }
    }
  }

  void broken(const std::vector<std::string>& lines) {
    lines_.insert(lines_.end(), lines.begin(), lines.end());
  }
  std::vector<std::string> lines() { return std::move(lines_); }

 private:
  void differ(const std::string& what, const std::string& expect, const std::string& actual) {
    lines_.push_back(name_ + ": " + what + ": expected " + expect + ", got " + actual);
  }

  void transitions(const std::vector<Transition>& expect, const std::vector<Transition>& actual) {
    for (std::size_t i = 0; i < std::max(expect.size(), actual.size()); ++i) {
      const std::string what = "transition " + std::to_string(i + 1);
      if (i >= actual.size()) {
        differ(what, move_text(expect[i], true), "none");
      } else if (i >= expect.size()) {
        differ(what, "none", move_text(actual[i], true));
      } else {
        const bool queue = expect[i].queue_after.has_value();
        const bool same = expect[i].from == actual[i].from && expect[i].to == actual[i].to &&
                          expect[i].cause == actual[i].cause &&
                          same_time(expect[i].at, actual[i].at) &&
                          (!queue || expect[i].queue_after == actual[i].queue_after);
        if (!same) differ(what, move_text(expect[i], queue), move_text(actual[i], queue));
      }
    }
  }

  void final_words(const Expectation& expect, const core::DeviceView& view) {
    const std::map<std::string, std::string> actual = {
        {"active", std::to_string(view.active.value)},
        {"SYDEVCOMLN", std::to_string(view.active.value)},
        {"SYDEVCOMID", view.active_comm},
        {"SYDEVPCOM", view.primary_comm},
        {"SYDEVSCOM", view.secondary_comm},
        {"SYDEVPRFO", view.primary_failed_over ? "1" : "0"},
        {"mode", view.automatic ? "auto" : "manual"},
        {"dead", view.dead ? "1" : "0"},
        {"flaps", std::to_string(view.flaps)},
    };
    for (const auto& [key, word] : expect.final_words) {
      if (actual.at(key) != word) differ("final " + key, word, actual.at(key));
    }
    for (std::size_t i = 0; i < expect.failover_count.size(); ++i) {
      const int count = i < view.paths.size() ? static_cast<int>(view.paths[i].failovers) : 0;
      if (count != expect.failover_count[i]) {
        differ("failovers from path " + std::to_string(i + 1),
               std::to_string(expect.failover_count[i]), std::to_string(count));
      }
    }
  }

  void polls(const Expectation& expect, const DeviceOutcome& outcome) {
    for (const auto& [name, end] : expect.polls) {
      const auto actual = outcome.polls.find(name);
      if (actual == outcome.polls.end()) {
        differ("poll " + name, end_text(end), "no end");
      } else if (actual->second.result != end.result || actual->second.path != end.path ||
                 !same_time(actual->second.at, end.at)) {
        differ("poll " + name, end_text(end), end_text(actual->second));
      }
    }
  }

  // What has not ended is a set: two comm devices have no common order.
  void pending(std::vector<std::string> expect, std::vector<std::string> actual) {
    std::sort(expect.begin(), expect.end());
    std::sort(actual.begin(), actual.end());
    if (expect != actual) differ("pending", list_text(expect), list_text(actual));
  }

  std::string name_{};
  std::vector<std::string> lines_{};
};

}  // namespace

std::string seconds_text(Instant at) {
  const auto ms = at.time_since_epoch().count();
  std::string fraction = std::to_string(1000 + ms % 1000).substr(1);
  while (fraction.size() > 1 && fraction.back() == '0') fraction.pop_back();
  return std::to_string(ms / 1000) + "." + fraction + " s";
}

std::vector<std::string> differences(const Scenario& scenario, const Outcome& outcome) {
  Comparison comparison;
  comparison.broken(outcome.broken);
  for (const auto& [device, expect] : scenario.expect) {
    comparison.device(scenario.devices[device].name, expect, outcome.devices[device]);
  }
  if (scenario.expect_mss) comparison.resolved(scenario, outcome.mss);
  return comparison.lines();
}

}  // namespace nightwatt::sim::conformance

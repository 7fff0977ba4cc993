#include <algorithm>
#include <utility>

#include "sim/conformance_read.h"

namespace nightwatt::sim::conformance {

namespace {

Instant instant_of(const YAML::Node& node) { return Instant{} + seconds_of(node, "t"); }

std::vector<std::string> names_of(const YAML::Node& node, const Scenario& scenario,
                                  const std::string& what) {
  need_list(node, what);
  std::vector<std::string> names;
  for (const YAML::Node& entry : node) {
    names.push_back(text_of(entry, what));
    if (std::find(scenario.polls.begin(), scenario.polls.end(), names.back()) ==
        scenario.polls.end()) {
      malformed(entry, what + " names a poll '" + names.back() + "' that is not there");
    }
  }
  return names;
}

Transition transition_of(const YAML::Node& node, const Scenario& scenario) {
  need_map(node, "a transition");
  Transition transition;
  transition.at = instant_of(required(node, "t", "a transition"));
  transition.from = integer(required(node, "from", "a transition"), 1, paths_max, "from");
  transition.to = integer(required(node, "to", "a transition"), 1, paths_max, "to");
  transition.cause = word<std::string_view>(required(node, "cause", "a transition"),
                                            {{"FAIL", "FAIL"},
                                             {"FORCED", "FORCED"},
                                             {"FAILBACK", "FAILBACK"},
                                             {"MANUAL", "MANUAL"},
                                             {"REFUSED", "REFUSED"},
                                             {"SWEEP", "SWEEP"},
                                             {"CROWD", "CROWD"}},
                                            "cause");
  for (const auto& entry : node) {
    const std::string key = text_of(entry.first, "a key");
    if (key == "queue_after") {
      transition.queue_after = names_of(entry.second, scenario, key);
    } else if (key != "t" && key != "from" && key != "to" && key != "cause") {
      malformed(entry.first, "unknown key '" + key + "' in a transition");
    }
  }
  return transition;
}

void read_final(const YAML::Node& node, Expectation& expect) {
  need_map(node, "final");
  for (const auto& entry : node) {
    const std::string key = text_of(entry.first, "a key");
    if (key == "failover_count") {
      need_list(entry.second, key);
      for (const YAML::Node& count : entry.second) {
        expect.failover_count.push_back(integer(count, 0, 1'000'000, key));
      }
    } else if (key == "active" || key == "SYDEVCOMLN" || key == "SYDEVCOMID" ||
               key == "SYDEVPCOM" || key == "SYDEVSCOM" || key == "SYDEVPRFO" || key == "mode" ||
               key == "dead" || key == "flaps") {
      // A device with one path has no second comm device: null or ''.
      expect.final_words[key] = entry.second.IsNull() ? "" : text_of(entry.second, key);
    } else {
      malformed(entry.first, "unknown key '" + key + "' in final");
    }
  }
}

PollEnd poll_end_of(const YAML::Node& node) {
  if (!node.IsSequence() || node.size() != 3) {
    malformed(node, "a poll's end must be [result, path, time]");
  }
  const auto result = word<std::string_view>(node[0],
                                             {{"ok", "ok"},
                                              {"failed", "failed"},
                                              {"protocol_exception", "protocol_exception"},
                                              {"failed_comm_unusable", "failed_comm_unusable"}},
                                             "a poll's result");
  return {std::string(result), integer(node[1], 1, paths_max, "a path"), instant_of(node[2])};
}

Expectation expectation_of(const YAML::Node& node, const Scenario& scenario) {
  need_map(node, "an expectation");
  Expectation expect;
  for (const auto& entry : node) {
    const std::string key = text_of(entry.first, "a key");
    const YAML::Node& value = entry.second;
    if (key == "transitions") {
      need_list(value, key);
      expect.transitions.emplace();
      for (const YAML::Node& move : value) {
        expect.transitions->push_back(transition_of(move, scenario));
      }
    } else if (key == "final") {
      read_final(value, expect);
    } else if (key == "polls") {
      need_map(value, key);
      for (const auto& poll : value) {
        expect.polls[text_of(poll.first, "a poll")] = poll_end_of(poll.second);
      }
    } else if (key == "pending") {
      expect.pending = names_of(value, scenario, key);
    } else if (key == "tx_per_path") {
      need_map(value, key);
      for (const auto& count : value) {
        expect.tx_per_path[integer(count.first, 1, paths_max, "a path")] =
            static_cast<std::uint64_t>(integer(count.second, 0, 1'000'000'000, key));
      }
    } else {
      malformed(entry.first, "unknown key '" + key + "' in an expectation");
    }
  }
  return expect;
}

std::vector<Resolved> mss_of(const YAML::Node& node, const Scenario& scenario) {
  need_list(node, "mss");
  std::vector<Resolved> list;
  for (const YAML::Node& record : node) {
    need_map(record, "an mss record");
    Resolved resolved;
    resolved.at = instant_of(required(record, "t", "an mss record"));
    for (const auto& entry : record) {
      const std::string key = text_of(entry.first, "a key");
      const auto name = std::find(parameter_names.begin(), parameter_names.end(), key);
      if (name != parameter_names.end()) {
        resolved.comms[static_cast<std::size_t>(name - parameter_names.begin())] =
            entry.second.IsNull() ? "" : text_of(entry.second, key);
      } else if (key == "device") {
        resolved.device = device_named(entry.second, scenario);
      } else if (key != "t") {
        malformed(entry.first, "unknown key '" + key + "' in an mss record");
      }
    }
    list.push_back(resolved);
  }
  return list;
}

}  // namespace

void read_expectations(const YAML::Node& node, Scenario& scenario) {
  need_map(node, "expect");
  for (const auto& entry : node) {
    if (text_of(entry.first, "a key") == "mss") {
      scenario.expect_mss = mss_of(entry.second, scenario);
      continue;
    }
    const DeviceId device = device_named(entry.first, scenario);
    scenario.expect[device.value] = expectation_of(entry.second, scenario);
  }
}

}  // namespace nightwatt::sim::conformance

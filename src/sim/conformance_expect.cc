#include <algorithm>
#include <utility>

#include "sim/conformance_read.h"

namespace nightwatt::sim::conformance {

namespace {

Instant instant_of(const Item& node) { return Instant{} + seconds_of(node, "t"); }

std::vector<std::string> names_of(const Item& node, const Scenario& scenario,
                                  const std::string& what) {
  need_list(node, what);
  std::vector<std::string> names;
  for (const Item* entry : node.children) {
    names.push_back(text_of(*entry, what));
    if (std::find(scenario.polls.begin(), scenario.polls.end(), names.back()) ==
        scenario.polls.end()) {
      malformed(*entry, what + " names a poll '" + names.back() + "' that is not there");
    }
  }
  return names;
}

Transition transition_of(const Item& node, const Scenario& scenario) {
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
  for (const auto& entry : entries(node)) {
    const std::string key = text_of(entry.key, "a key");
    if (key == "queue_after") {
      transition.queue_after = names_of(entry.value, scenario, key);
    } else if (key != "t" && key != "from" && key != "to" && key != "cause") {
      malformed(entry.key, "unknown key '" + key + "' in a transition");
    }
  }
  return transition;
}

void read_final(const Item& node, Expectation& expect) {
  need_map(node, "final");
  for (const auto& entry : entries(node)) {
    const std::string key = text_of(entry.key, "a key");
    if (key == "failover_count") {
      need_list(entry.value, key);
      for (const Item* count : entry.value.children) {
        expect.failover_count.push_back(integer(*count, 0, 1'000'000, key));
      }
    } else if (key == "active" || key == "SYDEVCOMLN" || key == "SYDEVCOMID" ||
               key == "SYDEVPCOM" || key == "SYDEVSCOM" || key == "SYDEVPRFO" || key == "mode" ||
               key == "dead" || key == "flaps") {
      // A device with one path has no second comm device: null or ''.
      expect.final_words[key] = entry.value.kind == ItemKind::null ? "" : text_of(entry.value, key);
    } else {
      malformed(entry.key, "unknown key '" + key + "' in final");
    }
  }
}

PollEnd poll_end_of(const Item& node) {
  const auto& parts = node.children;
  if (node.kind != ItemKind::list || parts.size() != 3) {
    malformed(node, "a poll's end must be [result, path, time]");
  }
  const auto result = word<std::string_view>(*parts[0],
                                             {{"ok", "ok"},
                                              {"failed", "failed"},
                                              {"protocol_exception", "protocol_exception"},
                                              {"failed_comm_unusable", "failed_comm_unusable"}},
                                             "a poll's result");
  return {std::string(result), integer(*parts[1], 1, paths_max, "a path"), instant_of(*parts[2])};
}

Expectation expectation_of(const Item& node, const Scenario& scenario) {
  need_map(node, "an expectation");
  Expectation expect;
  for (const auto& entry : entries(node)) {
    const std::string key = text_of(entry.key, "a key");
    const Item& value = entry.value;
    if (key == "transitions") {
      need_list(value, key);
      expect.transitions.emplace();
      for (const Item* move : value.children) {
        expect.transitions->push_back(transition_of(*move, scenario));
      }
    } else if (key == "final") {
      read_final(value, expect);
    } else if (key == "polls") {
      need_map(value, key);
      for (const auto& poll : entries(value)) {
        expect.polls[text_of(poll.key, "a poll")] = poll_end_of(poll.value);
      }
    } else if (key == "pending") {
      expect.pending = names_of(value, scenario, key);
    } else if (key == "tx_per_path") {
      need_map(value, key);
      for (const auto& count : entries(value)) {
        expect.tx_per_path[integer(count.key, 1, paths_max, "a path")] =
            static_cast<std::uint64_t>(integer(count.value, 0, 1'000'000'000, key));
      }
    } else {
      malformed(entry.key, "unknown key '" + key + "' in an expectation");
    }
  }
  return expect;
}

std::vector<Resolved> mss_of(const Item& node, const Scenario& scenario) {
  need_list(node, "mss");
  std::vector<Resolved> list;
  for (const Item* record : node.children) {
    need_map(*record, "an mss record");
    Resolved resolved;
    resolved.at = instant_of(required(*record, "t", "an mss record"));
    for (const auto& entry : entries(*record)) {
      const std::string key = text_of(entry.key, "a key");
      const auto name = std::find(parameter_names.begin(), parameter_names.end(), key);
      if (name != parameter_names.end()) {
        resolved.comms[static_cast<std::size_t>(name - parameter_names.begin())] =
            entry.value.kind == ItemKind::null ? "" : text_of(entry.value, key);
      } else if (key == "device") {
        resolved.device = device_named(entry.value, scenario);
      } else if (key != "t") {
        malformed(entry.key, "unknown key '" + key + "' in an mss record");
      }
    }
    list.push_back(resolved);
  }
  return list;
}

}  // namespace

void read_expectations(const Item& node, Scenario& scenario) {
  need_map(node, "expect");
  for (const auto& entry : entries(node)) {
    if (text_of(entry.key, "a key") == "mss") {
      scenario.expect_mss = mss_of(entry.value, scenario);
      continue;
    }
    const DeviceId device = device_named(entry.key, scenario);
    scenario.expect[device.value] = expectation_of(entry.value, scenario);
  }
}

}  // namespace nightwatt::sim::conformance

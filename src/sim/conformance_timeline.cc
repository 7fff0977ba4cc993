#include <algorithm>
#include <set>
#include <utility>

#include "sim/conformance_read.h"

namespace nightwatt::sim::conformance {

namespace {

using core::PollClass;
using core::PollPriority;

constexpr int polls_max = 100'000;  // of one poll_every

// Settings of a poll, beside `poll:` or inside `poll_every:`.
bool apply_poll(const std::string& key, const Item& value, core::PollRequest& request) {
  if (key == "class") {
    request.kind = word<PollClass>(
        value, {{"nonmaster", PollClass::read}, {"master", PollClass::control}}, key);
  } else if (key == "messages") {
    request.messages = integer(value, 1, 10'000, key);
  } else if (key == "priority") {
    request.priority = word<PollPriority>(value,
                                          {{"low", PollPriority::low},
                                           {"medium", PollPriority::medium},
                                           {"high", PollPriority::high},
                                           {"user", PollPriority::user},
                                           {"admin", PollPriority::admin}},
                                          key);
  } else {
    return false;
  }
  return true;
}

// Devices may have polls of the same name.
using PollName = std::pair<std::uint32_t, std::string>;

// One entry of the timeline; it may hold several actions, which happen in the order written.
class Entry {
 public:
  Entry(const Item& node, Scenario& scenario, std::set<PollName>& names)
      : node_(node), scenario_(scenario), names_(names) {
    need_map(node, "an event");
    at_ = Instant{} + seconds_of(required(node, "t", "an event"), "t");
    if (const Item* name = find(node, "device")) device_ = device_named(*name, scenario);
    if (!device_ && scenario.devices.size() == 1) device_ = DeviceId{0};
  }

  void read() {
    bool any = false;
    for (const auto& entry : entries(node_)) {
      const std::string key = text_of(entry.key, "a key");
      if (key == "t" || key == "device") continue;
      if (apply_poll(key, entry.value, request_)) {
        if (find(node_, "poll") == nullptr && find(node_, "poll_every") == nullptr) {
          malformed(entry.key, "'" + key + "' without a poll");
        }
        continue;
      }
      any = true;
    }
    if (!any) malformed(node_, "an event without anything that happens");
    for (const auto& entry : entries(node_)) act(entry.key, entry.value);
  }

 private:
  DeviceId device() const {
    if (!device_) malformed(node_, "an event must say which device, there are several");
    return *device_;
  }

  void add(Action action) {
    scenario_.timeline.push_back({at_, device_.value_or(DeviceId{}), std::move(action)});
  }

  void act(const Item& key_node, const Item& value) {
    const std::string key = key_node.text;
    if (key == "link") {
      links(value);
    } else if (key == "comm_state") {
      comm_states(value);
    } else if (key == "poll") {
      poll(value, text_of(value, key), at_, request_);
    } else if (key == "poll_every") {
      poll_every(value);
    } else if (key == "reload") {
      only_true(value, key);
      device(), add(Reload{});
    } else if (key == "manual_active") {
      device();  // a path that it does not have is one that it refuses (T7)
      add(Select{PathRank{static_cast<std::uint8_t>(integer(value, 1, paths_max, "a path"))}});
    } else if (key == "set_auto") {
      device(), add(SetAuto{boolean(value, key)});
    } else if (key == "resolve_mss") {
      only_true(value, key);
      device(), add(Resolve{});
    } else if (key == "sweep") {
      only_true(value, key);
      device(), add(Sweep{});
    } else if (key == "freeze") {
      device(), add(Freeze{seconds_of(value, key)});
    } else if (key == "late_reply") {
      late_reply(value);
    } else if (core::PollRequest ignored;
               key != "t" && key != "device" && !apply_poll(key, value, ignored)) {
      malformed(key_node, "unknown event '" + key + "'");
    }
  }

  static void only_true(const Item& value, const std::string& key) {
    if (!boolean(value, key)) malformed(value, key + " can only be true");
  }

  void links(const Item& value) {
    need_map(value, "link");
    for (const auto& entry : entries(value)) {
      const PathRank path = rank_of(entry.key, scenario_, device());
      add(SetLink{
          path, word<Link>(entry.value,
                           {{"up", Link::up}, {"down", Link::down}, {"exception", Link::exception}},
                           "a link")});
    }
  }

  void comm_states(const Item& value) {
    need_map(value, "comm_state");
    for (const auto& entry : entries(value)) {
      const std::string name = text_of(entry.key, "a comm device");
      std::uint32_t comm = 0;
      while (comm < scenario_.comms.size() && scenario_.comms[comm].name != name) ++comm;
      if (comm == scenario_.comms.size()) {
        malformed(entry.key, "no path uses comm device '" + name + "'");
      }
      add(SetComm{CommId{comm}, word<CommState>(entry.value,
                                                {{"ok", CommState::ok},
                                                 {"disabled", CommState::disabled},
                                                 {"missing", CommState::missing},
                                                 {"driver_down", CommState::driver_down},
                                                 {"out_of_service", CommState::out_of_service}},
                                                "a comm state")});
    }
  }

  void poll(const Item& node, const std::string& name, Instant at, core::PollRequest request) {
    if (!names_.emplace(device().value, name).second) {
      malformed(node, "two polls of one device are called '" + name + "'");
    }
    request.device = device();
    request.tag = scenario_.polls.size();
    scenario_.polls.push_back(name);
    scenario_.timeline.push_back({at, request.device, Ask{request}});
  }

  void poll_every(const Item& value) {
    need_map(value, "poll_every");
    core::PollRequest request = request_;
    for (const auto& entry : entries(value)) {
      const std::string key = text_of(entry.key, "a key");
      const bool known = key == "name" || key == "every" || key == "count" ||
                         apply_poll(key, entry.value, request);
      if (!known) malformed(entry.key, "unknown key '" + key + "' in poll_every");
    }
    const std::string name = text_of(required(value, "name", "poll_every"), "name");
    const Duration every = seconds_of(required(value, "every", "poll_every"), "every");
    const int count = integer(required(value, "count", "poll_every"), 0, polls_max, "count");
    for (int i = 0; i < count; ++i) {
      poll(value, name + std::to_string(i), at_ + i * every, request);
    }
  }

  void late_reply(const Item& value) {
    need_map(value, "late_reply");
    for (const auto& entry : entries(value)) {
      const std::string key = text_of(entry.key, "a key");
      if (key != "path" && key != "poll") {
        malformed(entry.key, "unknown key '" + key + "' in late_reply");
      }
    }
    const PathRank path = rank_of(required(value, "path", "late_reply"), scenario_, device());
    add(LateReply{path, text_of(required(value, "poll", "late_reply"), "poll")});
  }

  const Item& node_;
  Scenario& scenario_;
  std::set<PollName>& names_;
  Instant at_{};
  std::optional<DeviceId> device_{};
  core::PollRequest request_{};
};

}  // namespace

void read_timeline(const Item& node, Scenario& scenario) {
  need_list(node, "timeline");
  std::set<PollName> names;
  for (const Item* event : node.children) Entry(*event, scenario, names).read();
  for (const TimelineEvent& event : scenario.timeline) {
    const auto* late = std::get_if<LateReply>(&event.action);
    if (late != nullptr && !names.contains({event.device.value, late->poll})) {
      malformed(node, "late_reply names a poll '" + late->poll + "' that is not there");
    }
  }
  std::stable_sort(scenario.timeline.begin(), scenario.timeline.end(),
                   [](const TimelineEvent& a, const TimelineEvent& b) { return a.at < b.at; });
}

}  // namespace nightwatt::sim::conformance

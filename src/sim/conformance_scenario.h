#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "core/comm/comm.h"
#include "core/comm/rule.h"
#include "model/comm.h"
#include "model/ids.h"

// One conformance scenario as read from its file, and what came of playing it. Private to the
// runner (conformance.h).
namespace nightwatt::sim::conformance {

// --- the timeline -------------------------------------------------------------------------------

enum class Link : std::uint8_t { up, down, exception };

struct SetLink {
  PathRank path{};
  Link link{};
};
struct SetComm {
  CommId comm{};
  CommState state{};
};
struct Ask {
  core::PollRequest request{};  // tag: index into Scenario::polls
};
struct Reload {};
struct Select {
  PathRank path{};
};
struct SetAuto {
  bool automatic = false;
};
struct Resolve {};
struct Sweep {};
struct Freeze {
  Duration how_long{};
};
struct LateReply {
  PathRank path{};
  std::string poll;
};
using Action =
    std::variant<SetLink, SetComm, Ask, Reload, Select, SetAuto, Resolve, Sweep, Freeze, LateReply>;

struct TimelineEvent {
  Instant at{};
  DeviceId device{};
  Action action{};
};

// --- expectations -------------------------------------------------------------------------------

struct Transition {
  Instant at{};
  int from = 0;
  int to = 0;
  std::string cause{};
  std::optional<std::vector<std::string>> queue_after{};
};

struct PollEnd {
  std::string result{};
  int path = 0;
  Instant at{};
};

struct Expectation {
  std::optional<std::vector<Transition>> transitions{};
  std::map<std::string, std::string> final_words{};  // active, SYDEV..., mode
  std::vector<int> failover_count{};                 // for path 1, 2, ...
  std::map<std::string, PollEnd> polls{};
  std::optional<std::vector<std::string>> pending{};
  std::map<int, std::uint64_t> tx_per_path{};
};

// Current, primary, secondary, tertiary comm device, as parameters of a command resolve them (R23).
inline constexpr std::array<std::string_view, 4> parameter_names = {
    "Curr. Comm ID", "Primary Comm ID", "Secondary Comm ID", "Tertiary Comm ID"};
struct Resolved {
  Instant at{};
  DeviceId device{};
  std::array<std::optional<std::string>, 4> comms{};  // in an expectation: absent is not checked
};

struct Scenario {
  std::string id{};
  std::string title{};
  std::vector<core::CommRule> comms{};
  std::vector<core::DeviceRule> devices{};
  std::vector<std::vector<Duration>> rtt{};  // [device][rank - 1]
  std::vector<std::string> polls{};          // names; a poll's tag is its index
  std::vector<TimelineEvent> timeline{};     // in order of time
  Instant until{};
  std::map<std::uint32_t, Expectation> expect{};  // by device
  std::optional<std::vector<Resolved>> expect_mss{};
};

// --- outcome ------------------------------------------------------------------------------------

struct DeviceOutcome {
  std::vector<Transition> transitions{};
  core::DeviceView final_view{};
  std::map<std::string, PollEnd> polls{};
  std::vector<std::string> pending{};
  std::map<int, std::uint64_t> tx_per_path{};
};
struct Outcome {
  std::vector<DeviceOutcome> devices{};
  std::vector<Resolved> mss{};
  std::vector<std::string> broken{};  // what must never happen, whatever the scenario expects
};

expected<std::vector<Scenario>, Error> read_scenarios(std::string_view yaml_text);
Outcome play(const Scenario& scenario);
std::vector<std::string> differences(const Scenario& scenario, const Outcome& outcome);

// "31.0 s" with milliseconds as far as needed: 12.345.
std::string seconds_text(Instant at);

}  // namespace nightwatt::sim::conformance

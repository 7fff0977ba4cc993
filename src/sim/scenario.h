#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "core/engine.h"
#include "model/effect.h"
#include "sim/world.h"

// A user's own site against a timeline, in virtual time: what `nightwatt simulate` plays. Whoever
// reads the file (app/) makes one of these; playing it neither reads nor prints.
namespace nightwatt::sim {

struct Happening {
  Instant at{};
  std::string text{};  // as it is printed: "UPS-A: status OB DISCHRG"
  World::Change change{};
};

struct Expectation {
  enum class When : std::uint8_t {
    at,     // so at that instant
    by,     // so at some instant until then
    never,  // no such notice
    times,  // exactly so many such notices
  };
  When when = When::at;
  Instant at{};            // of at and by
  std::uint32_t line = 0;  // where it stands in the file
  std::string what{};      // "verdict of rack"
  // at, by:
  std::string wanted{};
  std::function<std::string(const core::Engine&, Instant)> actual{};
  // never, times:
  NoticeKind kind{};
  std::string subject{};  // empty: anybody's
  std::uint32_t times = 0;
};

struct Scenario {
  Instant until{};
  std::vector<Happening> timeline{};  // any order; equal instants in this order
  std::vector<Expectation> expectations{};
};

// The words for what an expectation may ask of an engine.
std::string verdict_text(const core::Engine& engine, GroupId group, Instant now);
std::string run_text(const core::Engine& engine, GroupId group, Instant now);
// Of the run under way, else of the last one; "pending" before any.
std::string step_text(const core::Engine& engine, GroupId group, const std::string& step_id,
                      Instant now);
std::string member_text(const core::Engine& engine, DeviceId device);
std::string path_text(const core::Engine& engine, DeviceId device);

struct Listener {
  std::function<void(Instant, const Notice&)> told{};
  std::function<void(Instant, const Happening&)> happened{};
};

struct Outcome {
  std::vector<std::string> failed{};  // "line 14: verdict of rack was blind at 120 s, not ..."
  std::size_t expectations = 0;
  // The engine at the end, for a summary.
  std::optional<core::Engine> engine{};
  Instant end{};
};

// A real local power-off does not end the simulation: one wants to see the way back, too.
Outcome play(core::Site site, const Scenario& scenario, const Listener& listener);

}  // namespace nightwatt::sim

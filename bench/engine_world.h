#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/engine.h"

// A site of any size around the real engine, in virtual time: every UPS has two paths on comm
// devices of its own, two UPSes make a redundancy group with one remote server. Replies come 1 ms
// after their message. The world measures how long each step of the engine takes.
namespace nightwatt::bench {

core::Site engine_site(std::uint32_t devices);

class EngineWorld {
 public:
  explicit EngineWorld(std::uint32_t devices);

  // One reply for each step: from the event into step() until its effects are out.
  void run_for(Duration time);
  void run_for(Duration time, std::vector<double>& reply_steps_us);
  // One batch of events (for instance the answers that came in one turn of the loop); its time, us.
  double step(std::span<const Event> events);
  // A stall: time passes, nothing runs.
  void stall(Duration time) { now_ += time; }

  void set_status(std::uint32_t device, std::string_view words);
  void set_mute(bool mute) { mute_ = mute; }  // messages get no answer
  // Takes the replies on their way out of the world, as one batch.
  std::vector<Event> take_replies();

  core::Engine& engine() { return engine_; }
  std::uint32_t devices() const { return devices_; }
  Instant now() const { return now_; }
  // Of all steps since the last reset.
  struct Totals {
    double step_us = 0;
    std::uint64_t steps = 0;
    std::uint64_t replies = 0;
    std::uint64_t effects = 0;
    std::uint64_t commits = 0;
  };
  const Totals& totals() const { return totals_; }
  void reset_totals() { totals_ = {}; }

 private:
  struct Reply {
    Instant at{};
    Transaction transaction{};
    std::uint32_t device = 0;
  };
  Event event_of(const Reply& reply) const;
  void obey();
  void answer_at_once(std::vector<Event>& answers, const Effect& effect);

  std::uint32_t devices_;
  Instant now_{std::chrono::seconds(1'000)};
  core::Engine engine_;
  std::vector<Reading> readings_{};
  std::deque<Reply> replies_{};
  std::vector<Event> answers_{};  // of disk, flag files and machines: for the next step
  Effects effects_{};
  Totals totals_{};
  bool mute_ = false;
};

}  // namespace nightwatt::bench

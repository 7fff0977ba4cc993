#include "sim/scenario.h"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

namespace nightwatt::sim {
namespace {

constexpr std::uint64_t any_seed = 1;  // nothing in a scenario is left to chance

std::string seconds_text(Instant at) { return fmt::format("{} s", seconds(at.time_since_epoch())); }

class Player : public Observer {
 public:
  Player(core::Site site, const Scenario& scenario, const Listener& listener)
      : scenario_(scenario), listener_(listener), world_(std::move(site), any_seed) {
    world_.power_off_is_real = false;
    world_.observe(*this);
    met_.resize(scenario.expectations.size());
    counts_.resize(scenario.expectations.size());
  }

  Outcome run() {
    for (const Happening& each : scenario_.timeline) {
      world_.at(each.at, [this, &each](World& world) {
        if (listener_.happened) listener_.happened(world.now(), each);
        each.change(world);
      });
    }
    if (!world_.alive()) world_.start();
    std::vector<std::size_t> exact;
    for (std::size_t i = 0; i < scenario_.expectations.size(); ++i) {
      if (scenario_.expectations[i].when == Expectation::When::at) exact.push_back(i);
    }
    std::ranges::stable_sort(exact, {},
                             [this](std::size_t i) { return scenario_.expectations[i].at; });
    for (const std::size_t i : exact) {
      world_.run_until(scenario_.expectations[i].at);
      check_at(i);
    }
    world_.run_until(scenario_.until);
    return conclude();
  }

  void after_step(const core::Engine& engine, std::span<const Effect> effects,
                  Instant now) override {
    for (const Effect& effect : effects) {
      const auto* notice = std::get_if<Notice>(&effect);
      if (notice == nullptr) continue;
      if (listener_.told) listener_.told(now, *notice);
      for (std::size_t i = 0; i < counts_.size(); ++i) {
        const Expectation& wish = scenario_.expectations[i];
        const bool counts =
            wish.when == Expectation::When::never || wish.when == Expectation::When::times;
        if (!counts || notice->kind != wish.kind) continue;
        if (wish.subject.empty() || wish.subject == notice->subject) ++counts_[i];
      }
    }
    for (std::size_t i = 0; i < met_.size(); ++i) {
      const Expectation& wish = scenario_.expectations[i];
      if (met_[i] || wish.when != Expectation::When::by || now > wish.at) continue;
      met_[i] = wish.actual(engine, now) == wish.wanted;
    }
  }

 private:
  void fail(const Expectation& wish, const std::string& text) {
    failed_.emplace_back(wish.line, fmt::format("line {}: {}", wish.line, text));
  }

  void check_at(std::size_t i) {
    const Expectation& wish = scenario_.expectations[i];
    const std::string actual = world_.alive() ? wish.actual(world_.engine(), world_.now())
                                              : "nothing (the daemon is down)";
    if (actual == wish.wanted) return;
    fail(wish, fmt::format("{} is {} at {}, expected {}", wish.what, actual, seconds_text(wish.at),
                           wish.wanted));
  }

  Outcome conclude() {
    for (std::size_t i = 0; i < scenario_.expectations.size(); ++i) {
      const Expectation& wish = scenario_.expectations[i];
      switch (wish.when) {
        case Expectation::When::at: break;
        case Expectation::When::by:
          if (!met_[i]) {
            fail(wish, fmt::format("{} was never {} until {}", wish.what, wish.wanted,
                                   seconds_text(wish.at)));
          }
          break;
        case Expectation::When::never:
          if (counts_[i] > 0) fail(wish, fmt::format("{} happened, expected never", wish.what));
          break;
        case Expectation::When::times:
          if (counts_[i] != wish.times) {
            fail(wish, fmt::format("{} happened {} times, expected {}", wish.what, counts_[i],
                                   wish.times));
          }
          break;
      }
    }
    std::ranges::stable_sort(failed_, {}, [](const auto& entry) { return entry.first; });
    Outcome out;
    for (auto& [line, text] : failed_) out.failed.push_back(std::move(text));
    out.expectations = scenario_.expectations.size();
    if (world_.alive()) out.engine = world_.engine();
    out.end = world_.now();
    return out;
  }

  const Scenario& scenario_;
  const Listener& listener_;
  World world_;
  std::vector<bool> met_{};
  std::vector<std::uint32_t> counts_{};
  std::vector<std::pair<std::uint32_t, std::string>> failed_{};
};

}  // namespace

std::string verdict_text(const core::Engine& engine, GroupId group, Instant now) {
  return std::string(to_string(engine.group(group, now).verdict));
}

std::string run_text(const core::Engine& engine, GroupId group, Instant now) {
  return std::string(to_string(engine.group(group, now).run.state));
}

std::string step_text(const core::Engine& engine, GroupId group, const std::string& step_id,
                      Instant now) {
  const core::RunView view = engine.group(group, now).run;
  const bool current = view.run.has_value() || !view.last_run;
  const std::vector<StepRecord>& steps = current ? view.steps : view.last_run->steps;
  const auto found = std::ranges::find(steps, step_id, &StepRecord::id);
  return std::string(to_string(found == steps.end() ? StepState::pending : found->state));
}

std::string member_text(const core::Engine& engine, DeviceId device) {
  const core::MemberView* view = engine.member(device);
  return view == nullptr ? "no UPS" : std::string(to_string(view->state));
}

std::string path_text(const core::Engine& engine, DeviceId device) {
  return std::to_string(engine.comm().active(device).value);
}

Outcome play(core::Site site, const Scenario& scenario, const Listener& listener) {
  return Player(std::move(site), scenario, listener).run();
}

}  // namespace nightwatt::sim

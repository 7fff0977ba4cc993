#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "app/nameplates.h"
#include "core/engine.h"
#include "ports/clock.h"
#include "ports/device_link.h"
#include "ports/journal.h"
#include "ports/machines.h"
#include "ports/reentry_flag.h"
#include "profile/plan_table.h"

// The shell around the engine: gathers events, steps the engine with one time for the whole batch,
// obeys the effects, sleeps until the engine's next deadline. It decides nothing.
//
//     drivers, journal, machines, people ──post()──► batch ──► Engine::step ──► effects ──► ports
//                                                       ▲                          │
//                                                       └──── timer ◄── deadline ──┘
namespace nightwatt::app {

// Everything the effects need. All pointers outlive the loop.
struct Doors {
  std::vector<std::shared_ptr<ports::DeviceLink>> links{};  // index: CommId; null: no driver
  profile::PlanTable plans{};                               // one row for each device
  Nameplates* nameplates = nullptr;                         // null: nobody wants texts
  ports::Journal* journal = nullptr;
  ports::Machines* machines = nullptr;
  ports::ReentryFlags* flags = nullptr;
  std::function<void(const Notice&)> tell{};  // log and history
};

class EngineLoop {
 public:
  EngineLoop(boost::asio::io_context& io, core::Engine engine, const ports::Clock& clock);
  EngineLoop(const EngineLoop&) = delete;
  EngineLoop& operator=(const EngineLoop&) = delete;

  Doors& doors() { return doors_; }
  const core::Engine& engine() const { return engine_; }
  // Null: no driver runs for it.
  const ports::DeviceLink* link(CommId comm) const { return doors_.links.at(comm.value).get(); }
  // Null: nobody keeps texts.
  const Nameplates* nameplates() const { return doors_.nameplates; }
  ports::Journal* journal() const { return doors_.journal; }
  // Grows with each with_engine(): whoever looks at the engine in portions begins anew.
  std::uint64_t generation() const { return generation_; }

  // Strand only. The event is seen in the next batch, which is soon.
  void post(Event event);
  // Strand only. Steps at once and returns the engine's answer to this one request.
  Answer ask(const std::function<Event(RequestId)>& make);
  // Strand only. Runs `change` on the engine between two steps; it may add effects.
  void with_engine(const std::function<void(core::Engine&, Instant, Effects&)>& change);
  // Called after each batch, with the time of the batch.
  void on_batch(std::function<void(Instant)> hook) { hook_ = std::move(hook); }
  // Starts sleeping until deadlines; without it only post() moves the engine.
  void start();
  void stop();

 private:
  // What messages over each path ask, looked up once: a look into rules and plans for each message
  // would cost more than the rest of sending it. Of the engine's site and doors_.plans.
  struct Asked {
    const BriefText* unit = nullptr;  // PathRule::unit
    const profile::PathPlan* plan = nullptr;
  };
  void drain();
  void step(const std::vector<Event>& events);
  void obey(Effects& effects);
  void foresee(const Effects& effects, std::size_t next) const;
  const Asked& asked_of(const SendMessage& message) const;
  const ports::DeviceLink* link_of(const SendMessage& message) const;
  void carry_out(Effect& effect);
  void send(const SendMessage& message);
  void index_paths();
  void add_texts(const SendMessage& message, ports::Request& request);
  void sleep();

  boost::asio::io_context& io_;
  boost::asio::steady_timer timer_;
  core::Engine engine_;
  const ports::Clock& clock_;
  Doors doors_{};
  std::function<void(Instant)> hook_{};
  std::vector<std::uint32_t> first_path_{};  // of each device in asked_
  std::vector<Asked> asked_{};
  std::vector<Event> pending_{};
  std::vector<Event> batch_{};
  Effects effects_{};
  std::optional<Answer> answer_{};
  std::optional<Instant> sleeping_until_{};
  Instant now_{};  // of the last step
  std::uint64_t next_request_ = 1;
  std::uint64_t generation_ = 0;
  bool scheduled_ = false;
  bool running_ = false;
};

}  // namespace nightwatt::app

#include "app/engine_loop.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "base/check.h"
#include "base/prefetch.h"

namespace nightwatt::app {
namespace {

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};

// A peer that floods us with events must not keep the loop from its timers and its other peers.
constexpr std::size_t batch_events_max = 4096;
constexpr std::size_t effects_kept_max = 256;
constexpr std::size_t events_kept_max = 256;

}  // namespace

EngineLoop::EngineLoop(boost::asio::io_context& io, core::Engine engine, const ports::Clock& clock)
    : io_(io), timer_(io), engine_(std::move(engine)), clock_(clock) {}

void EngineLoop::post(Event event) {
  pending_.push_back(std::move(event));
  if (scheduled_) return;
  scheduled_ = true;
  boost::asio::post(io_, [this] { drain(); });
}

void EngineLoop::drain() {
  scheduled_ = false;
  batch_.clear();
  if (pending_.size() <= batch_events_max) {
    batch_.swap(pending_);
  } else {
    const auto cut = pending_.begin() + batch_events_max;
    batch_.assign(std::make_move_iterator(pending_.begin()), std::make_move_iterator(cut));
    pending_.erase(pending_.begin(), cut);
    scheduled_ = true;
    boost::asio::post(io_, [this] { drain(); });
  }
  step(batch_);
  if (batch_.capacity() > events_kept_max) std::vector<Event>().swap(batch_);
}

void EngineLoop::step(const std::vector<Event>& events) {
  const Instant now = now_ = clock_.now();
  effects_.clear();
  engine_.step(events, now, effects_);
  obey(effects_);
  // A site that speaks all at once (a start, an outage) needs room that is not needed again soon.
  if (effects_.capacity() > effects_kept_max) Effects().swap(effects_);
  if (hook_) hook_(now);
  sleep();
}

Answer EngineLoop::ask(const std::function<Event(RequestId)>& make) {
  const RequestId request{next_request_++};
  answer_.reset();
  step({make(request)});
  NW_CHECK(answer_ && answer_->request == request);  // the engine answers in the same step
  return *std::exchange(answer_, std::nullopt);
}

void EngineLoop::with_engine(const std::function<void(core::Engine&, Instant, Effects&)>& change) {
  Effects effects;
  ++generation_;
  change(engine_, clock_.now(), effects);
  obey(effects);
  sleep();
}

void EngineLoop::start() {
  running_ = true;
  index_paths();
  step({});
}

void EngineLoop::stop() {
  running_ = false;
  timer_.cancel();
}

void EngineLoop::sleep() {
  if (!running_) return;
  const auto deadline = engine_.next_deadline();
  if (!deadline) {
    timer_.cancel();
    sleeping_until_.reset();
    return;
  }
  // Nearly every answer takes a deadline back and nearly every message sets one. Setting the timer
  // costs a system call, so it is only ever moved forward: waking up for nothing is the cheaper
  // end.
  if (sleeping_until_ && *sleeping_until_ <= *deadline) return;
  sleeping_until_ = deadline;
  timer_.expires_after(std::max(*deadline - clock_.now(), Duration(0)));
  timer_.async_wait([this](const boost::system::error_code& problem) {
    if (problem || !running_) return;
    sleeping_until_.reset();
    if (scheduled_) return;  // a batch is due anyway and will look at the deadlines
    scheduled_ = true;
    drain();
  });
}

void EngineLoop::obey(Effects& effects) {
  for (std::size_t i = 0; i < effects.size(); ++i) {
    foresee(effects, i);
    carry_out(effects[i]);
  }
}

// A burst of messages goes to links all over the memory. In steps: each needs what the one before
// it fetched.
void EngineLoop::foresee(const Effects& effects, std::size_t next) const {
  const auto message = [&](std::size_t ahead) -> const SendMessage* {
    return next + ahead < effects.size() ? std::get_if<SendMessage>(&effects[next + ahead])
                                         : nullptr;
  };
  if (next + 8 < effects.size()) prefetch(&effects[next + 8], sizeof(Effect));
  if (const auto* it = message(6)) {
    prefetch(&asked_of(*it), sizeof(Asked));
    prefetch(link_of(*it), sizeof(void*) * 8);
  }
  if (const auto* it = message(4)) {
    prefetch(asked_of(*it).unit, sizeof(BriefText));
    if (const auto* link = link_of(*it)) link->foresee_send(Ahead::near);
  }
  if (const auto* it = message(2)) {
    if (const auto* link = link_of(*it)) link->foresee_send(Ahead::next);
  }
}

void EngineLoop::index_paths() {
  first_path_.clear();
  asked_.clear();
  std::uint32_t device = 0;
  for (const core::DeviceRule& rule : engine_.site().devices) {
    first_path_.push_back(static_cast<std::uint32_t>(asked_.size()));
    for (std::uint8_t rank = 1; rank <= rule.paths.size(); ++rank) {
      asked_.push_back(
          {&rule.paths[rank - 1u].unit, doors_.plans.at(DeviceId{device}, PathRank{rank})});
    }
    ++device;
  }
  first_path_.shrink_to_fit();
  asked_.shrink_to_fit();
}

// A device's texts come with one of its polls now and then; `variables: all` wants them with each.
// Of the active path only: a probe of another one asks another server, which may know less.
void EngineLoop::add_texts(const SendMessage& message, ports::Request& request) {
  const DeviceId device = message.device;
  if (message.path != engine_.comm().active(device)) return;
  const bool all = doors_.plans.shows_all(device);
  if (!all && !doors_.nameplates->due(device, now_)) return;
  request.sink = doors_.nameplates;
  request.texts = all ? Texts::all : Texts::nameplate;
}

const EngineLoop::Asked& EngineLoop::asked_of(const SendMessage& message) const {
  return asked_.at(first_path_.at(message.device.value) + message.path.value - 1u);
}

const ports::DeviceLink* EngineLoop::link_of(const SendMessage& message) const {
  return doors_.links.at(message.comm.value).get();
}

void EngineLoop::send(const SendMessage& message) {
  if (const auto& link = doors_.links.at(message.comm.value)) {
    const Asked& asked = asked_of(message);
    ports::Request request;
    request.unit = *asked.unit;
    if (asked.plan != nullptr) {
      request.profile = &asked.plan->profile;
      request.plan = &asked.plan->schedules.at(message.schedule);
    } else {
      request.names = doors_.plans.kept(message.device, message.schedule);
      if (doors_.nameplates != nullptr) add_texts(message, request);
    }
    link->send(message, request);
    return;
  }
  post(MessageFailed{.transaction = message.transaction,
                     .failure = MessageFailure::driver_down,
                     .text = "no driver runs for this comm device"});
}

void EngineLoop::carry_out(Effect& effect) {
  std::visit(Overloaded{
                 [this](const SendMessage& it) { send(it); },
                 [this](const CancelMessage& it) {
                   if (const auto& link = doors_.links.at(it.comm.value))
                     link->cancel(it.transaction);
                 },
                 [this](const PrepareLink& it) {
                   if (const auto& link = doors_.links.at(it.comm.value)) link->prepare();
                 },
                 [this](const CommitRun& it) { doors_.journal->commit_run(it); },
                 [this](const RecordStep& it) { doors_.journal->record_step(it); },
                 [this](const CloseRun& it) { doors_.journal->close_run(it); },
                 [this](const RecordHold& it) { doors_.journal->record_hold(it); },
                 [this](const ForgetHold& it) { doors_.journal->forget_hold(it); },
                 [this](const RecordAudit& it) { doors_.journal->record_audit(it); },
                 [this](const RecordCommState& it) { doors_.journal->record_comm_state(it); },
                 [this](const RecordMaintenance& it) { doors_.journal->record_maintenance(it); },
                 [this](const ClaimFlag& it) {
                   doors_.flags->claim(it.group, engine_.site().groups.at(it.group.value).name,
                                       it.replace_stray);
                 },
                 [this](const ClearFlag& it) {
                   doors_.flags->clear(engine_.site().groups.at(it.group.value).name);
                 },
                 [this](const StartStep& it) { doors_.machines->start(it); },
                 [this](const CancelStep& it) { doors_.machines->cancel(it); },
                 [this](const WatchReturn& it) { doors_.machines->watch_return(it); },
                 [this](const StopWatching& it) { doors_.machines->stop_watching(it); },
                 [this](const Notice& it) { doors_.tell(it); },
                 [this](const Answer& it) { answer_ = it; },
             },
             effect);
}

}  // namespace nightwatt::app

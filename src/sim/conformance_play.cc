#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "sim/conformance_scenario.h"

namespace nightwatt::sim::conformance {

namespace {

Reading good_reading() {
  Reading reading;
  reading.status.add(StatusWord::OL);
  return reading;
}

std::string cause_word(const core::Move& move) {
  if (move.refused) return "REFUSED";
  switch (move.cause) {
    case MoveCause::fail: return "FAIL";
    case MoveCause::forced: return "FORCED";
    case MoveCause::failback: return "FAILBACK";
    case MoveCause::manual: return "MANUAL";
    case MoveCause::sweep: return "SWEEP";
    case MoveCause::crowd: return "CROWD";
  }
  return "?";
}

std::string result_word(PollResult result) {
  if (result == PollResult::comm_unusable) return "failed_comm_unusable";
  return std::string(to_string(result));
}

// One run of one scenario: the core, the simulated links, and the record of what happened.
class Play {
 public:
  explicit Play(const Scenario& scenario)
      : scenario_(scenario), comm_(scenario.comms, scenario.devices, Instant{}) {
    outcome_.devices.resize(scenario.devices.size());
    for (const core::DeviceRule& device : scenario.devices) {
      links_.emplace_back(device.paths.size(), Link::up);
    }
    out_.with_queues = true;
  }

  Outcome run() {
    while (const auto at = next()) {
      if (*at > scenario_.until) break;
      step(*at);
    }
    for (std::uint32_t i = 0; i < scenario_.devices.size(); ++i) {
      DeviceOutcome& device = outcome_.devices[i];
      device.final_view = comm_.view(DeviceId{i}, scenario_.until);
      for (const std::uint64_t tag : comm_.pending(DeviceId{i})) {
        device.pending.push_back(scenario_.polls[tag]);
      }
    }
    return std::move(outcome_);
  }

 private:
  struct Sent {
    DeviceId device{};
    PathRank path{};
    std::optional<std::uint64_t> tag{};
    bool under_way = true;
  };

  std::optional<Instant> next() const {
    std::optional<Instant> at = comm_.next_deadline();
    const auto sooner = [&](Instant other) {
      if (!at || other < *at) at = other;
    };
    if (next_event_ < scenario_.timeline.size()) sooner(scenario_.timeline[next_event_].at);
    if (!answers_.empty()) sooner(answers_.begin()->first.first);
    return at;
  }

  // Same instant: timeline events, then completions, then starts.
  void step(Instant now) {
    now_ = now;
    while (next_event_ < scenario_.timeline.size() && scenario_.timeline[next_event_].at <= now) {
      const TimelineEvent& event = scenario_.timeline[next_event_++];
      std::visit([&](const auto& action) { apply(event.device, action); }, event.action);
      take();
    }
    while (!answers_.empty() && answers_.begin()->first.first <= now) {
      const auto [key, link] = *answers_.begin();
      answers_.erase(answers_.begin());
      answer(Transaction{key.second}, link);
      take();
    }
    comm_.advance(now, out_);
    take();
  }

  void answer(Transaction transaction, Link link) {
    sent_.at(transaction.value).under_way = false;
    if (link == Link::up) {
      comm_.replied(transaction, good_reading(), now_, out_);
    } else {
      comm_.refused(transaction, "exception reply", now_, out_);
    }
  }

  void apply(DeviceId device, const SetLink& set) {
    links_[device.value][set.path.value - 1u] = set.link;
  }
  void apply(DeviceId, const SetComm& set) { comm_.comm_state(set.comm, set.state, now_, out_); }
  void apply(DeviceId, const Ask& ask) { comm_.enqueue(ask.request, now_, out_); }
  void apply(DeviceId device, const Reload&) { comm_.reload_device(device, now_); }
  void apply(DeviceId device, const Select& select) {
    (void)comm_.select_path(device, select.path, now_, out_);  // a refusal is a Move
  }
  void apply(DeviceId device, const SetAuto& set) {
    comm_.set_auto(device, set.automatic, now_, out_);
  }
  void apply(DeviceId device, const Sweep&) { comm_.sweep(device, now_, out_); }
  void apply(DeviceId device, const Freeze& freeze) {
    (void)comm_.freeze(device, freeze.how_long, now_, out_);
  }
  void apply(DeviceId device, const Resolve&) {
    const core::DeviceView view = comm_.view(device, now_);
    outcome_.mss.push_back(
        {now_,
         device,
         {view.active_comm, view.primary_comm, view.secondary_comm, view.tertiary_comm}});
  }
  // Answers the newest message of that poll on that path that was given up, or one that never was.
  void apply(DeviceId device, const LateReply& late) {
    Transaction transaction{~std::uint64_t{0}};
    for (const auto& [number, sent] : sent_) {
      if (!sent.under_way && sent.device == device && sent.path == late.path && sent.tag &&
          scenario_.polls[*sent.tag] == late.poll) {
        transaction = Transaction{number};
      }
    }
    const std::uint64_t before = comm_.late_replies();
    comm_.replied(transaction, good_reading(), now_, out_);
    if (comm_.late_replies() != before + 1) {
      outcome_.broken.push_back("the late reply to " + late.poll + " was not discarded");
    }
  }

  // Records what the core returned and carries out its messages.
  void take() {
    for (const Effect& effect : out_.effects) {
      if (const auto* send = std::get_if<SendMessage>(&effect)) transmit(*send);
      if (const auto* cancel = std::get_if<CancelMessage>(&effect)) call_back(cancel->transaction);
    }
    for (const core::Move& move : out_.moves) {
      Transition transition{move.at, move.from.value, move.to.value, cause_word(move), {}};
      transition.queue_after.emplace();
      for (const auto tag : move.queue_after) {
        transition.queue_after->push_back(scenario_.polls[tag]);
      }
      outcome_.devices[move.device.value].transitions.push_back(std::move(transition));
    }
    for (const core::TaggedResult& result : out_.results) {
      const std::string& name = scenario_.polls[result.tag];
      auto& polls = outcome_.devices[owner_of(result.tag).value].polls;
      const PollEnd end{result_word(result.result), result.path.value, result.at};
      if (!polls.emplace(name, end).second) {
        outcome_.broken.push_back("poll " + name + " ended twice");
      }
    }
    out_.effects.clear();
    out_.reports.clear();
    out_.moves.clear();
    out_.results.clear();
  }

  void transmit(const SendMessage& send) {
    const std::size_t path = send.path.value - 1u;
    if (scenario_.devices[send.device.value].paths[path].comm != send.comm ||
        comm_.state(send.comm) != CommState::ok) {
      outcome_.broken.push_back("a message left over a comm device that cannot be used");
    }
    ++outcome_.devices[send.device.value].tx_per_path[send.path.value];
    const std::uint64_t number = send.transaction.value;
    sent_[number] = {send.device, send.path, comm_.tag_of(send.transaction), true};
    const Link link = links_[send.device.value][path];
    if (link != Link::down) {
      answers_[{now_ + scenario_.rtt[send.device.value][path], number}] = link;
    }
  }

  void call_back(Transaction transaction) {
    sent_.at(transaction.value).under_way = false;
    std::erase_if(answers_,
                  [&](const auto& entry) { return entry.first.second == transaction.value; });
  }

  DeviceId owner_of(std::uint64_t tag) const {
    for (const TimelineEvent& event : scenario_.timeline) {
      const auto* ask = std::get_if<Ask>(&event.action);
      if (ask != nullptr && ask->request.tag == tag) return event.device;
    }
    return DeviceId{};
  }

  const Scenario& scenario_;
  core::Comm comm_;
  core::CommOut out_{};
  Outcome outcome_{};
  Instant now_{};
  std::size_t next_event_ = 0;
  std::vector<std::vector<Link>> links_{};
  std::map<std::uint64_t, Sent> sent_{};
  std::map<std::pair<Instant, std::uint64_t>, Link> answers_{};
};

}  // namespace

Outcome play(const Scenario& scenario) { return Play(scenario).run(); }

}  // namespace nightwatt::sim::conformance

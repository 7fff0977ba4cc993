#include "sim/comm_check.h"

#include <variant>

namespace nightwatt::sim {

CommCheck::CommCheck(const core::Site& site, Complaints& complaints)
    : site_(site), complaints_(complaints) {
  active_before_.resize(site.devices.size(), primary);
  left_.resize(site.devices.size());
}

void CommCheck::daemon_up(const core::Engine&, Instant) {
  states_.clear();
  for (const core::CommRule& comm : site_.comms) states_.push_back(comm.at_start);
  newest_ = 0;
}

void CommCheck::daemon_down(Instant) { under_way_.clear(); }

void CommCheck::ended(Transaction transaction) {
  std::erase_if(under_way_,
                [&](const auto& entry) { return entry.second.transaction == transaction.value; });
}

void CommCheck::before_step(const core::Engine& engine, std::span<const Event> events, Instant) {
  for (std::uint32_t i = 0; i < active_before_.size(); ++i) {
    active_before_[i] = engine.comm().active(DeviceId{i});
  }
  for (const Event& event : events) {
    std::visit(
        [this](const auto& it) {
          if constexpr (requires { it.transaction; }) ended(it.transaction);
        },
        event);
    if (const auto* state = std::get_if<CommStateReported>(&event)) {
      states_.at(state->comm.value) = state->state;
    }
  }
}

void CommCheck::check_send(const core::Engine& engine, const SendMessage& sent, Instant now) {
  const core::DeviceRule& device = site_.devices.at(sent.device.value);
  const auto complain = [&](const char* what) {
    complaints_.add(now, fmt::format("{} path {}: {}", device.name, sent.path.value, what));
  };
  if (sent.path.value < 1 || sent.path.value > device.paths.size()) {
    complain("there is no such path");
    return;
  }
  const core::PathRule& path = device.paths[sent.path.value - 1u];
  if (path.comm != sent.comm) complain("it does not lead over this comm device");
  if (states_.at(sent.comm.value) != CommState::ok) {
    complain("a message was sent over a comm device that is not usable");
  }
  if (sent.path != primary && !path.available) complain("a message over an unavailable path");
  const bool active = sent.path == active_before_[sent.device.value] ||
                      sent.path == engine.comm().active(sent.device);
  const bool background =
      device.mode == FailoverMode::guarded && engine.comm().automatic(sent.device);
  const Left& left = left_[sent.device.value];
  const bool finishing = sent.path == left.path && now <= left.until;
  if (!active && !background && !finishing) complain("polled although it is not the active path");
  if (sent.transaction.value <= newest_ && newest_ >> 20 >= sent.transaction.value >> 20) {
    complain("a transaction was used twice");
  }
  newest_ = sent.transaction.value;
  if (!under_way_.try_emplace(sent.comm.value, UnderWay{sent.transaction.value, now + sent.timeout})
           .second) {
    complain("a second message while one was under way on its comm device");
  }
}

void CommCheck::note_moves(const core::Engine& engine, Instant now) {
  for (std::uint32_t i = 0; i < active_before_.size(); ++i) {
    const PathRank from = active_before_[i];
    if (engine.comm().active(DeviceId{i}) == from) continue;
    const core::PathRule& path = site_.devices[i].paths.at(from.value - 1u);
    left_[i] = {from, now + path.poll_attempts * (path.message_timeout + path.message_delay)};
  }
}

void CommCheck::after_step(const core::Engine& engine, std::span<const Effect> effects,
                           Instant now) {
  note_moves(engine, now);
  for (const Effect& effect : effects) {
    if (const auto* cancel = std::get_if<CancelMessage>(&effect)) ended(cancel->transaction);
    if (const auto* sent = std::get_if<SendMessage>(&effect)) check_send(engine, *sent, now);
  }
  for (const auto& [comm, message] : under_way_) {
    if (now <= message.due) continue;
    complaints_.add(now, fmt::format("comm device {}: a message outlived its time-out", comm));
    break;
  }
}

}  // namespace nightwatt::sim

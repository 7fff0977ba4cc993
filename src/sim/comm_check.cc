#include "sim/comm_check.h"

#include <algorithm>
#include <string>
#include <variant>

namespace nightwatt::sim {
namespace {

// What the core takes for an answer: data, or a valid protocol error.
bool answers(const MessageReplied& it) { return it.reading.usable(); }
bool answers(const MessageRefused&) { return true; }
bool answers(const MessageFailed&) { return false; }

}  // namespace

CommCheck::CommCheck(const core::Site& site, Complaints& complaints)
    : site_(site), complaints_(complaints) {
  active_before_.resize(site.devices.size(), primary);
  left_.resize(site.devices.size());
  frozen_until_.resize(site.devices.size());
  for (const core::DeviceRule& device : site.devices) answered_.emplace_back(device.paths.size());
}

void CommCheck::daemon_up(const core::Engine&, Instant) {
  states_.clear();
  for (const core::CommRule& comm : site_.comms) states_.push_back(comm.at_start);
  newest_ = 0;
}

void CommCheck::daemon_down(Instant) {
  under_way_.clear();
  frozen_until_.assign(frozen_until_.size(), Instant{});
}

void CommCheck::ended(Transaction transaction, bool answered) {
  std::erase_if(under_way_, [&](const auto& entry) {
    if (entry.second.transaction != transaction.value) return false;
    answered_[entry.second.device.value][entry.second.path.value - 1u] = answered;
    return true;
  });
}

void CommCheck::note_frozen(const Event& event, Instant now) {
  const auto* asked = std::get_if<FreezeRequested>(&event);
  if (asked == nullptr) return;
  // In one step a device may move, forced, and then be frozen: what lasts longer counts from the
  // next step on.
  const Instant until = now + asked->for_how_long;
  if (until < frozen_until_.at(asked->device.value)) {
    frozen_until_[asked->device.value] = until;
  } else {
    just_frozen_.emplace_back(asked->device, until);
  }
}

void CommCheck::before_step(const core::Engine& engine, std::span<const Event> events,
                            Instant now) {
  just_reported_.clear();
  just_frozen_.clear();
  for (std::uint32_t i = 0; i < active_before_.size(); ++i) {
    active_before_[i] = engine.comm().active(DeviceId{i});
  }
  for (const Event& event : events) {
    std::visit(
        [this](const auto& it) {
          if constexpr (requires { it.transaction; }) ended(it.transaction, answers(it));
        },
        event);
    note_frozen(event, now);
    if (const auto* state = std::get_if<CommStateReported>(&event)) {
      states_.at(state->comm.value) = state->state;
      just_reported_.push_back(state->comm);
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
  if (sent.schedule >= std::max<std::size_t>(device.schedules.size(), 1) ||
      sent.part >= core::messages_of(device, sent.schedule, sent.path)) {
    complain("polled for what there is nothing to ask");
  }
  if (active && !sent.order) polled_at_[{sent.device.value, sent.schedule}] = now;
  const bool bound = !device.schedules.empty() && !sent.order &&
                     device.schedules[sent.schedule].binding != core::Binding::current;
  if (bound && active && !core::runs_on(device, sent.schedule, sent.path)) {
    complain("polled by a schedule that is bound to another path");
  }
  if (sent.transaction.value <= newest_ && newest_ >> 20 >= sent.transaction.value >> 20) {
    complain("a transaction was used twice");
  }
  newest_ = sent.transaction.value;
  if (!under_way_
           .try_emplace(sent.comm.value, UnderWay{sent.transaction.value, now + sent.timeout,
                                                  sent.device, sent.path})
           .second) {
    complain("a second message while one was under way on its comm device");
  }
}

std::optional<Instant> CommCheck::polled_at(DeviceId device, std::uint16_t schedule) const {
  const auto found = polled_at_.find({device.value, schedule});
  return found == polled_at_.end() ? std::nullopt : std::optional(found->second);
}

void CommCheck::check_move(const Notice& moved, Instant now) {
  const auto device = std::ranges::find(site_.devices, moved.subject, &core::DeviceRule::name);
  const auto detail = [&](const char* name) -> std::string {
    const auto found =
        std::ranges::find(moved.details, name, [](const auto& it) { return it.first; });
    return found == moved.details.end() ? "" : found->second;
  };
  const std::string cause = detail("cause");
  if (cause.empty()) return;  // a control message that is sent again
  const auto index = static_cast<std::size_t>(device - site_.devices.begin());
  const auto rank = [&](const char* name) { return std::stoul(detail(name)); };
  const core::PathRule& to = device->paths.at(rank("to") - 1);
  const auto complain = [&](const char* what) {
    complaints_.add(
        now, fmt::format("{} moved to path {} ({}) {}", device->name, rank("to"), cause, what));
  };
  const bool changing = std::ranges::find(just_reported_, to.comm) != just_reported_.end();
  if (!changing && states_.at(to.comm.value) != CommState::ok) complain("which is not usable");
  if (rank("to") != 1 && !to.available) complain("which is not available");
  if (cause == "manual") return;
  if (now < frozen_until_[index]) complain("although it is frozen");
  if (device->failover_dry_run) complain("although it is in dry run");
  const core::PathRule& from = device->paths.at(rank("from") - 1);
  if (cause == "crowd" && answered_[index][rank("from") - 1] &&
      !site_.comms[from.comm.value].shared_fate) {
    complain("although it had just answered");
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
    if (const auto* cancel = std::get_if<CancelMessage>(&effect)) ended(cancel->transaction, false);
    const auto* notice = std::get_if<Notice>(&effect);
    if (notice != nullptr && notice->kind == NoticeKind::path_changed) check_move(*notice, now);
    if (const auto* sent = std::get_if<SendMessage>(&effect)) check_send(engine, *sent, now);
  }
  for (const auto& [device, until] : just_frozen_) frozen_until_.at(device.value) = until;
  for (const auto& [comm, message] : under_way_) {
    if (now <= message.due) continue;
    complaints_.add(now, fmt::format("comm device {}: a message outlived its time-out", comm));
    break;
  }
}

}  // namespace nightwatt::sim

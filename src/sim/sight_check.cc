#include "sim/sight_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <variant>

#include "core/comm/guard.h"
#include "sim/draw_site.h"

namespace nightwatt::sim {
namespace {

bool is_lost(const core::MemberView& member) {
  const auto by_failsafe = [](const Reason& reason) { return reason.kind == ReasonKind::failsafe; };
  return member.ever_read &&
         (member.state == MemberState::unknown || std::ranges::any_of(member.reasons, by_failsafe));
}

}  // namespace

SightCheck::SightCheck(const core::Site& site, Complaints& complaints)
    : site_(site), complaints_(complaints), devices_(site.devices.size()) {
  for (const core::DeviceRule& device : site.devices) answered_.emplace_back(device.paths.size());
}

void SightCheck::ended(std::uint64_t transaction, bool with_data, Instant now) {
  const auto asked = asked_.find(transaction);
  if (asked == asked_.end()) return;
  auto& answered = answered_[asked->second.device.value][asked->second.path.value - 1u];
  if (!with_data) {
    answered.reset();
    devices_[asked->second.device.value].failed_aside += asked->second.aside ? 1 : 0;
  } else if (asked->second.tells) {
    answered = now;
  }
  asked_.erase(asked);
}

void SightCheck::before_step(const core::Engine&, std::span<const Event> events, Instant now) {
  for (const Event& event : events) {
    if (const auto* reply = std::get_if<MessageReplied>(&event)) {
      const auto asked = asked_.find(reply->transaction.value);
      const bool tells = asked != asked_.end() && asked->second.tells;
      ended(reply->transaction.value, !tells || reply->reading.usable(), now);
    } else if (const auto* refused = std::get_if<MessageRefused>(&event)) {
      ended(refused->transaction.value, false, now);
    } else if (const auto* failed = std::get_if<MessageFailed>(&event)) {
      ended(failed->transaction.value, false, now);
    }
  }
}

void SightCheck::after_step(const core::Engine& engine, std::span<const Effect> effects,
                            Instant now) {
  for (const Effect& effect : effects) {
    if (const auto* cancel = std::get_if<CancelMessage>(&effect)) {
      ended(cancel->transaction.value, false, now);
      if (site_.comms.at(cancel->comm.value).shared_fate) share_fate(cancel->comm);
    } else if (const auto* sent = std::get_if<SendMessage>(&effect)) {
      if (sent->order) continue;
      asked_[sent->transaction.value] = {sent->device, sent->path,
                                         ends_first_schedule(site_, *sent),
                                         sent->path != engine.comm().active(sent->device)};
    }
  }
  for (const core::MemberRule& member : site_.members) judge(engine, member.device, now);
}

// A time-out ends what waits for the same connection, looks that were never sent among it.
void SightCheck::share_fate(CommId comm) {
  for (std::size_t i = 0; i < site_.devices.size(); ++i) {
    for (std::size_t p = 0; p < site_.devices[i].paths.size(); ++p) {
      if (site_.devices[i].paths[p].comm == comm) answered_[i][p].reset();
    }
  }
}

void SightCheck::judge(const core::Engine& engine, DeviceId device, Instant now) {
  const core::MemberView& member = *engine.member(device);
  Device& before = devices_[device.value];
  const bool was_lost = std::exchange(before.lost, is_lost(member));
  if (std::exchange(before.read, member.last_reading) != member.last_reading) {
    before.failed_aside = 0;
  }
  const core::DeviceRule& rule = site_.devices[device.value];
  const core::Comm& comm = engine.comm();
  const bool guarded = rule.mode == FailoverMode::guarded && comm.automatic(device);
  if (was_lost || !before.lost || !guarded) return;
  if (before.failed_aside >= core::sweeps_again_max && comm.swept_enough(device)) return;
  for (std::uint8_t p = 1; p <= rule.paths.size(); ++p) {
    const auto& answered = answered_[device.value][p - 1u];
    if (!answered || *answered <= member.last_reading || !comm.usable(device, PathRank{p})) {
      continue;
    }
    complaints_.add(now, fmt::format("{} is lost from sight although its path {} answered {} ms "
                                     "ago, and nobody has looked there since",
                                     rule.name, p, (now - *answered).count()));
  }
}

void SightCheck::daemon_down(Instant) {
  asked_.clear();
  for (auto& paths : answered_) std::ranges::fill(paths, std::nullopt);
  devices_.assign(devices_.size(), Device());
}

// What was heard before it counts for nobody.
void SightCheck::clock_gap(Instant) {
  for (auto& paths : answered_) std::ranges::fill(paths, std::nullopt);
}

}  // namespace nightwatt::sim

#include "sim/reading_book.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <variant>

#include "sim/draw_site.h"
#include "sim/virtual_ups.h"

namespace nightwatt::sim {
namespace {

bool has(const Reading& reading, StatusWord word) { return reading.status.has(word); }

bool is_data(const Reading& reading) {
  if (has(reading, StatusWord::WAIT)) return false;
  return has(reading, StatusWord::OL) || has(reading, StatusWord::OB) ||
         has(reading, StatusWord::OFF) || has(reading, StatusWord::BYPASS) ||
         has(reading, StatusWord::FSD);
}

bool ends_evidence(const Reading& reading) {
  return has(reading, StatusWord::OL) && !has(reading, StatusWord::OB) &&
         !has(reading, StatusWord::FSD) && !has(reading, StatusWord::OFF);
}

bool is_clean(const Reading& reading) {
  StatusWords good;
  for (const StatusWord word : {StatusWord::OL, StatusWord::CHRG, StatusWord::HB}) good.add(word);
  if (!has(reading, StatusWord::OL) || (reading.status.bits & ~good.bits) != 0) return false;
  const auto volts = reading.values.get(Variable::input_voltage);
  return volts && std::abs(*volts - 230) < 5;
}

}  // namespace

ReadingBook::ReadingBook(const core::Site& site) : site_(site) {
  books_.resize(site.devices.size());
  active_before_.resize(site.devices.size(), primary);
}

const core::MemberRule* ReadingBook::member(DeviceId device) const {
  const auto found = std::ranges::find(site_.members, device, &core::MemberRule::device);
  return found == site_.members.end() ? nullptr : &*found;
}

void ReadingBook::before_step(const core::Engine& engine, std::span<const Event> events,
                              Instant now) {
  for (std::uint32_t i = 0; i < active_before_.size(); ++i) {
    active_before_[i] = engine.comm().active(DeviceId{i});
  }
  for (const Event& event : events) {
    if (const auto* reply = std::get_if<MessageReplied>(&event)) {
      const auto asked = asked_.find(reply->transaction.value);
      if (asked == asked_.end()) continue;
      hear_temperature(asked->second, reply->reading, now);
      if (is_data(reply->reading)) {
        hear(asked->second, reply->reading, now);
      } else if (asked->second.decides) {
        books_[asked->second.device.value].failed_since = true;
      }
      asked_.erase(asked);
    } else if (const auto* refused = std::get_if<MessageRefused>(&event)) {
      const auto asked = asked_.find(refused->transaction.value);
      if (asked == asked_.end()) continue;
      books_[asked->second.device.value].failed_since = true;
      asked_.erase(asked);
    } else if (const auto* failed = std::get_if<MessageFailed>(&event)) {
      const auto asked = asked_.find(failed->transaction.value);
      if (asked == asked_.end()) continue;
      books_[asked->second.device.value].failed_since = true;
      asked_.erase(asked);
    } else if (const auto* state = std::get_if<CommStateReported>(&event)) {
      if (state->state != CommState::ok) mark_failed(state->comm);
    } else if (const auto* wanted = std::get_if<MaintenanceRequested>(&event)) {
      maintenance_asked_[wanted->request.value] = *wanted;
    }
  }
}

void ReadingBook::after_step(const core::Engine& engine, std::span<const Effect> effects,
                             Instant now) {
  for (const Effect& effect : effects) {
    if (const auto* cancel = std::get_if<CancelMessage>(&effect)) {
      if (site_.comms.at(cancel->comm.value).shared_fate) mark_failed(cancel->comm);
      const auto asked = asked_.find(cancel->transaction.value);
      if (asked == asked_.end()) continue;
      books_[asked->second.device.value].failed_since = true;
      asked_.erase(asked);
    } else if (const auto* sent = std::get_if<SendMessage>(&effect)) {
      const bool active = sent->path == active_before_[sent->device.value] &&
                          sent->path == engine.comm().active(sent->device);
      asked_[sent->transaction.value] = {sent->device, active, ends_first_schedule(site_, *sent)};
    } else if (const auto* answer = std::get_if<Answer>(&effect)) {
      const auto asked = maintenance_asked_.find(answer->request.value);
      if (asked == maintenance_asked_.end()) continue;
      if (answer->ok) {
        books_[asked->second.device.value].maintenance_until = now + asked->second.for_how_long;
      }
      maintenance_asked_.erase(asked);
    } else if (const auto* notice = std::get_if<Notice>(&effect)) {
      // Polls that a failing neighbour took with it, or that were never sent.
      if (notice->kind != NoticeKind::poll_failed) continue;
      const auto device = engine.device_named(notice->subject);
      if (device) books_[device->value].failed_since = true;
    }
  }
}

// The ages of all that is known begin anew, and with them the time that a condition holds.
void ReadingBook::clock_gap(Instant until) {
  for (Book& book : books_) {
    if (book.cool_since) book.cool_since = std::max(*book.cool_since, until);
  }
}

Duration ReadingBook::longest_hold() const {
  Duration longest{0};
  const auto look = [&](const core::TriggerRule& triggers) {
    if (triggers.conditions == nullptr) return;
    for (const core::ConditionRule& each : *triggers.conditions) {
      longest = std::max(longest, each.hold);
    }
  };
  for (const core::MemberRule& each : site_.members) look(each.triggers);
  for (const core::GroupRule& each : site_.groups) {
    if (each.quorum.triggers) look(*each.quorum.triggers);
  }
  return longest;
}

// What is hot may have been seen wherever it came from; what is cool must surely have been.
void ReadingBook::hear_temperature(const Asked& asked, const Reading& reading, Instant now) {
  const auto degrees = reading.values.get(Variable::ups_temperature);
  if (!degrees) return;
  Book& book = books_[asked.device.value];
  if (*degrees > (cool + hot) / 2) {
    book.hot = true;
    book.cool_since.reset();
  } else if (book.hot && asked.definite && !book.cool_since) {
    book.cool_since = now;
  }
  book.hot_on_battery |= book.on_battery_since && may_be_hot(asked.device);
}

bool ReadingBook::may_be_hot(DeviceId device) const {
  const Book& it = book(device);
  if (!it.hot) return false;
  return !it.cool_since || !it.definite_at || *it.definite_at <= *it.cool_since + longest_hold();
}

// A time-out takes the polls of all who waited for the same connection with it; a comm device that
// cannot be used ends what is under way.
void ReadingBook::mark_failed(CommId comm) {
  for (std::size_t i = 0; i < site_.devices.size(); ++i) {
    const auto& paths = site_.devices[i].paths;
    if (std::ranges::find(paths, comm, &core::PathRule::comm) != paths.end()) {
      books_[i].failed_since = true;
    }
  }
}

void ReadingBook::daemon_down(Instant) {
  books_.assign(books_.size(), Book());
  asked_.clear();
  maintenance_asked_.clear();
}

void ReadingBook::hear(const Asked& asked, const Reading& reading, Instant now) {
  Book& book = books_[asked.device.value];
  if (asked.definite) {
    if (book.definite_at) book.longest_gap = std::max(book.longest_gap, now - *book.definite_at);
    book.definite_at = now;
    book.failed_since = false;
  }
  if (ends_evidence(reading)) book.sure_fsd = book.sure_low = false;
  if (asked.definite && is_clean(reading)) {
    const Book before = std::exchange(book, Book());
    book.definite_at = now;
    book.maintenance_until = before.maintenance_until;
    book.hot = before.hot;
    book.cool_since = before.cool_since;
    book.clean = true;
  } else if (!is_clean(reading)) {
    note_bad(book, reading, now);
    const bool test = has(reading, StatusWord::CAL) || has(reading, StatusWord::TEST);
    if (asked.definite) {
      book.sure_fsd |= has(reading, StatusWord::FSD);
      book.sure_low |= has(reading, StatusWord::OB) && has(reading, StatusWord::LB) && !test;
    }
  }
}

void ReadingBook::note_bad(Book& book, const Reading& reading, Instant now) {
  book.clean = false;
  book.fsd |= has(reading, StatusWord::FSD);
  book.off |= has(reading, StatusWord::OFF);
  book.overload |= has(reading, StatusWord::OVER);
  if (!has(reading, StatusWord::OB)) return;
  book.low |= has(reading, StatusWord::LB);
  if (!book.on_battery_since) book.on_battery_since = now;
  const auto runtime = reading.values.get(Variable::battery_runtime);
  if (runtime) book.lowest_runtime = std::min(book.lowest_runtime.value_or(1e12), *runtime);
  const auto charge = reading.values.get(Variable::battery_charge);
  if (!charge) return;
  book.lowest_charge = std::min(book.lowest_charge.value_or(1e12), *charge);
  if (book.last_charge && now > book.last_charge->first) {
    const double minutes = seconds(now - book.last_charge->first) / 60;
    book.steepest_per_minute =
        std::max(book.steepest_per_minute, (book.last_charge->second - *charge) / minutes);
  }
  book.last_charge = {now, *charge};
}

bool ReadingBook::in_maintenance(DeviceId device, Instant now) const {
  const auto until = book(device).maintenance_until;
  return until && now < *until;
}

bool ReadingBook::surely_healthy(DeviceId device, Instant now, bool degraded_fails) const {
  const Book& it = book(device);
  if (!it.clean || !it.definite_at || in_maintenance(device, now)) return false;
  if (may_be_hot(device) || (degraded_fails && may_be_degraded_by_comm(device))) return false;
  // Half of stale_after: a little staleness must not be an argument.
  const Duration recent = member(device)->stale_after.get() / 2;
  const bool short_grace = member(device)->connection_loss_grace < recent;
  if ((degraded_fails || short_grace) && it.failed_since) return false;
  return now - *it.definite_at <= recent;
}

// One of its conditions looks at a status point, which no reading shows.
bool ReadingBook::may_be_degraded_by_comm(DeviceId device) const {
  const auto looks = [](const core::TriggerRule& triggers) {
    return triggers.conditions != nullptr &&
           std::ranges::any_of(*triggers.conditions, &core::ConditionRule::of_comm);
  };
  return looks(member(device)->triggers) ||
         std::ranges::any_of(site_.groups, [&](const core::GroupRule& group) {
           return group.quorum.triggers && looks(*group.quorum.triggers);
         });
}

bool ReadingBook::surely_failed(DeviceId device, const core::TriggerRule& triggers) const {
  const Book& it = book(device);
  return it.sure_fsd || (it.sure_low && triggers.low_battery_flag);
}

bool ReadingBook::unseen_for(DeviceId device, Duration how_long, Instant now) const {
  const auto at = book(device).definite_at;
  return !at || now - *at >= how_long;
}

bool ReadingBook::may_have_evidence(DeviceId device, const core::QuorumRule& rule,
                                    Instant now) const {
  const Book& it = book(device);
  if (in_maintenance(device, now)) return false;
  if (it.fsd || it.off) return true;
  if (!it.on_battery_since) return false;
  if (it.low || it.hot_on_battery || may_be_hot(device)) return true;
  const core::MemberRule& member = *this->member(device);
  const Duration battery = now - *it.on_battery_since;
  for (const core::TriggerRule* triggers :
       {&member.triggers, rule.triggers ? &*rule.triggers : &member.triggers}) {
    if (it.lowest_charge && *it.lowest_charge <= triggers->low_battery_threshold) return true;
    if (it.lowest_runtime && *it.lowest_runtime <= seconds(triggers->critical_runtime_threshold)) {
      return true;
    }
    // A tenth off for single precision.
    if (it.steepest_per_minute > triggers->depletion_critical_rate * 0.9) return true;
    if (triggers->extended_time_enabled && battery >= triggers->extended_time_threshold) {
      return true;
    }
  }
  // The failsafe: on battery, then nothing for as many polls as it tolerates.
  const Duration polls = member.poll_interval * std::max(0, member.max_stale_data_tolerance - 2);
  const Duration gap = it.definite_at ? now - *it.definite_at : Duration::max();
  return std::max(gap, it.longest_gap) > polls;
}

}  // namespace nightwatt::sim

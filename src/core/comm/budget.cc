#include "core/comm/budget.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "core/comm/comm.h"

namespace nightwatt::core {

namespace {

constexpr std::uint32_t whole_share = 1u << 16;

// At most 1,000 devices' worth of 20,000 messages per second each fit: 2e13 * 65,536 < 2^64.
std::uint32_t part(Load have, Load want) {
  return have >= want ? whole_share : static_cast<std::uint32_t>(have * whole_share / want);
}

}  // namespace

std::uint32_t share_of(const Demand& demand, Haste haste) {
  if (demand.budget == 0) return whole_share;
  const Load spare = demand.budget - std::min(demand.budget, demand.calm);
  switch (haste) {
    case Haste::calm: return 0;
    case Haste::unseen: return whole_share;
    case Haste::battery: return part(spare, demand.battery);
    case Haste::doubt: return part(spare - std::min(spare, demand.battery), demand.doubt);
  }
  return 0;
}

Duration shared_interval(std::uint32_t share, std::uint16_t messages, Duration calm,
                         Duration alert) {
  if (share >= whole_share || messages == 0) return alert;
  const Load slow = load_of(messages, calm);
  const Load fast = load_of(messages, alert);
  const Load rate = slow + (fast - slow) * share / whole_share;
  if (rate == 0) return calm;
  // Rounded up: a budget is not exceeded by fractions of a millisecond.
  const Load interval = (messages * Load{1'000'000'000} + rate - 1) / rate;
  return std::clamp(Duration(static_cast<Duration::rep>(interval)), alert, calm);
}

Duration scattered_interval(Duration interval, Duration calm, std::uint64_t seed) {
  const Duration::rep most = std::min(interval / 10, calm - interval).count();
  if (most <= 0) return interval;
  const std::uint64_t mixed = (seed * 0x9e3779b97f4a7c15u ^ (seed >> 29)) * 0xbf58476d1ce4e5b9u;
  const auto offset =
      static_cast<Duration::rep>((mixed >> 33) % (2 * static_cast<std::uint64_t>(most) + 1));
  return interval + Duration(offset - most);
}

// --- of one device ------------------------------------------------------------------------------

Haste Comm::haste_of(DeviceId device) const {
  const DeviceState& state = devices_[device.value];
  if (state.dead) return Haste::unseen;
  if (state.alert) return Haste::battery;
  const PathState& path = state.paths[state.active.value - 1u];
  return path.failing || path.unproven ? Haste::doubt : Haste::calm;
}

// What its schedules send over its active path.
Load Comm::load_here(DeviceId device, bool at_alert_interval) const {
  const PathRank path = devices_[device.value].active;
  Load load = 0;
  for (std::uint16_t schedule = 0; schedule < rules_.schedules_of(device); ++schedule) {
    const Duration calm = rules_.interval_of(device, schedule);
    if (calm <= Duration::zero() || !rules_.runs_on(device, schedule, path)) continue;
    const Duration alert = rules_.alert_interval_of(device, schedule);
    const bool faster = at_alert_interval && alert > Duration::zero() && alert < calm;
    load += load_of(rules_.messages_of(device, schedule, path), faster ? alert : calm);
  }
  return load;
}

// Before and after its active path changes. What it wants in haste is counted anew where it goes,
// at its next poll.
void Comm::count_here(DeviceId device, bool arrives) {
  if (!arrives) set_haste(device, Haste::calm);
  Line& here = lines_[rules_.line_at(device, devices_[device.value].active)];
  const Load load = load_here(device, false);
  arrives ? ++here.polled_here : --here.polled_here;
  NW_CHECK(arrives || here.demand.calm >= load);
  arrives ? here.demand.calm += load : here.demand.calm -= load;
}

bool Comm::books_balance() const {
  std::vector<Demand> counted(lines_.size());
  std::vector<std::uint32_t> polled(lines_.size(), 0);
  for (std::uint32_t i = 0; i < devices_.size(); ++i) {
    const DeviceId device{i};
    const std::uint32_t line = rules_.line_at(device, devices_[i].active);
    const Load calm = load_here(device, false);
    const Load extra = load_here(device, true) - calm;
    ++polled[line];
    counted[line].calm += calm;
    if (devices_[i].haste == Haste::battery) counted[line].battery += extra;
    if (devices_[i].haste == Haste::doubt) counted[line].doubt += extra;
  }
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    const Demand& kept = lines_[i].demand;
    if (lines_[i].polled_here != polled[i] || kept.calm != counted[i].calm ||
        kept.battery != counted[i].battery || kept.doubt != counted[i].doubt) {
      return false;
    }
  }
  return true;
}

void Comm::set_haste(DeviceId device, Haste haste) {
  DeviceState& state = devices_[device.value];
  if (state.haste == haste) return;
  const Load extra = load_here(device, true) - load_here(device, false);
  Demand& demand = lines_[rules_.line_at(device, state.active)].demand;
  NW_CHECK(state.haste != Haste::battery || demand.battery >= extra);
  NW_CHECK(state.haste != Haste::doubt || demand.doubt >= extra);
  if (state.haste == Haste::battery) demand.battery -= extra;
  if (state.haste == Haste::doubt) demand.doubt -= extra;
  if (haste == Haste::battery) demand.battery += extra;
  if (haste == Haste::doubt) demand.doubt += extra;
  state.haste = haste;
  for (std::uint16_t schedule = 0; schedule < rules_.schedules_of(device); ++schedule) {
    hurried_by_[rules_.schedule_index(device, schedule)] = Duration::zero();
  }
}

Duration Comm::hurried_pace(DeviceId device, std::uint16_t schedule) const {
  const PathRank path = devices_[device.value].active;
  const Demand& demand = lines_[rules_.line_at(device, path)].demand;
  return shared_interval(
      share_of(demand, haste_of(device)), rules_.messages_of(device, schedule, path),
      rules_.interval_of(device, schedule), rules_.alert_interval_of(device, schedule));
}

// The time from a poll of a device in haste, planned for `due`, to its next one. Nothing: since it
// was planned others came who want their share, so it is too early, and is planned anew.
std::optional<Duration> Comm::hurried_until_next(DeviceId device, std::uint16_t schedule,
                                                 Instant due) {
  const DeviceState& state = devices_[device.value];
  const Duration interval = pace(device, schedule);
  if (state.haste == Haste::unseen) return interval;
  const Duration was =
      std::exchange(hurried_by_[rules_.schedule_index(device, schedule)], interval);
  if (was > Duration::zero() && due + (interval - was) > now_ && !state.spoke) {
    agenda_.set(rules_.schedule_slot(device, schedule), due + (interval - was), 0);
    return std::nullopt;
  }
  const std::uint64_t seed = (std::uint64_t{device.value} << 44) ^ (std::uint64_t{schedule} << 38) ^
                             static_cast<std::uint64_t>(due.time_since_epoch().count());
  return scattered_interval(interval, rules_.interval_of(device, schedule), seed);
}

}  // namespace nightwatt::core

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/check.h"
#include "core/comm/comm.h"
#include "core/comm/points.h"

// What a device is polled for, and when: any number of schedules, each with its own rhythm (R23 and
// section 5, item 12), and the parts that make one reading.
namespace nightwatt::core {

namespace {

constexpr Duration first_poll_spread{1'000};
constexpr Duration first_poll_slot{20};                // polls of many devices share a wake-up
constexpr std::size_t large_site_devices = 50;         // as many as slots in that second
constexpr std::uint64_t slot_neighbours = 32;          // of a large site
constexpr std::uint64_t golden = 0x9e3779b97f4a7c15u;  // 2^64 / 1.618: multiples spread evenly
constexpr Duration spoke_pause = std::chrono::seconds(1);

}  // namespace

// Faster while it matters: on battery, or when the path it is on is in doubt (budget.cc).
Duration Comm::pace(DeviceId device, std::uint16_t schedule) const {
  const Duration calm = rules_.interval_of(device, schedule);
  const Duration alert = rules_.alert_interval_of(device, schedule);
  if (alert <= Duration::zero() || alert >= calm) return calm;
  if (haste_of(device) == Haste::calm) return calm;
  return hurried_pace(device, schedule);
}

// Its next scheduled polls need not wait for the rhythm that they had.
void Comm::quicken(DeviceId device, Instant now) {
  for (std::uint16_t schedule = 0; schedule < rules_.schedules_of(device); ++schedule) {
    const std::uint32_t slot = rules_.schedule_slot(device, schedule);
    const auto due = agenda_.at(slot);
    const Duration interval = pace(device, schedule);
    if (!due || *due <= now + interval) continue;
    agenda_.set(slot, now + interval, 0);
    hurried_by_[rules_.schedule_index(device, schedule)] = interval;
  }
}

// Its place among the devices that have a path over the same comm device as its active one.
std::uint32_t Comm::place_on_line(DeviceId device) const {
  const CommId comm{rules_.line_at(device, devices_[device.value].active)};
  const auto here = rules_.devices_of(comm);
  const auto at = std::ranges::lower_bound(here, device, {}, &std::pair<CommId, DeviceId>::second);
  return static_cast<std::uint32_t>(at - here.begin());
}

// Where in a time of that length a schedule of many has its place. Deterministic and even, in whole
// slots. Some devices that follow each other share a slot: what belongs to them lies together, in
// our memory and in the kernel's, and a slot of 200 scattered devices waited for the memory more
// than it computed. Only some: they may also be behind one thin line. The next ones, and those that
// share a comm device, land far apart. A small site is just scattered.
Duration Comm::place_in(Duration length, DeviceId device, std::uint16_t schedule) const {
  const auto slots = static_cast<std::uint64_t>(length / first_poll_slot);
  if (slots == 0) return Duration::zero();
  const std::uint64_t each = rules_.devices().size() / slots;  // in a slot
  // From half of that on, fewer and fuller slots: a wake-up costs as much as some polls.
  const std::uint64_t block_size =
      each * 2 < slot_neighbours ? std::max<std::uint64_t>(each, 1) : slot_neighbours;
  const std::uint64_t block = device.value / block_size;
  const std::uint64_t together =
      is_large() ? (block * golden >> 32 & 0xffff'ffff) * slots >> 32 : 0;
  const std::uint64_t place = is_large() ? place_on_line(device) : device.value;
  const std::uint64_t apart = ((place + (std::uint64_t{schedule} << 20)) * golden) >> 32;
  return static_cast<Duration::rep>((together + apart) % slots) * first_poll_slot;
}

bool Comm::is_large() const { return rules_.devices().size() > large_site_devices; }

// Everything is read for the first time within a second.
void Comm::start_schedules(DeviceId device, Instant now) {
  for (std::uint16_t schedule = 0; schedule < rules_.schedules_of(device); ++schedule) {
    const Duration interval = rules_.interval_of(device, schedule);
    if (interval <= Duration::zero()) continue;
    const Duration spread = std::min(interval, first_poll_spread);
    agenda_.set(rules_.schedule_slot(device, schedule), now + place_in(spread, device, schedule),
                0);
  }
}

// The next time of a calm schedule. In a large site slow ones that began within one second spread
// over their whole interval from then on, each to a place of its own, instead of coming in waves.
// One that was just polled, because it arrived here, gets there in two steps and not at once again.
Instant Comm::next_time(DeviceId device, std::uint16_t schedule, Instant planned,
                        Instant now) const {
  const Duration interval = rules_.interval_of(device, schedule);
  const Instant next = planned + ((now - planned) / interval + 1) * interval;
  if (interval <= first_poll_spread || !is_large()) return next;
  const Duration place = place_in(interval, device, schedule);
  const Duration off = (next.time_since_epoch() - place) % interval;
  const Instant own = next - off > now ? next - off : next - off + interval;
  return own - now < interval / 2 ? own + interval / 2 : own;
}

// Each schedule keeps its rhythm: after a suspend or a long stall the missed instants are skipped,
// and devices that one late step served together spread again. One that does not run on the active
// path has no next time: it waits for a path where it does.
void Comm::schedule_due(std::uint32_t index, Instant planned, Instant now) {
  const DeviceId device = rules_.device_of(index);
  const auto schedule = static_cast<std::uint16_t>(index - rules_.schedule_index(device, 0));
  DeviceState& state = devices_[device.value];
  if (!rules_.runs_on(device, schedule, state.active)) return;
  if (const Haste haste = haste_of(device); haste != state.haste) set_haste(device, haste);
  Instant next{};
  if (state.haste == Haste::calm) {
    next = next_time(device, schedule, planned, now);
  } else {
    const auto hurried = hurried_until_next(device, schedule, planned);
    if (!hurried) return;
    next = planned + ((now - planned) / *hurried + 1) * *hurried;
  }
  agenda_.set(rules_.schedule_slot(device, schedule), next, 0);
  PollPriority priority = rules_.priority_of(device, schedule);
  if (state.spoke && schedule == first_running_on(rules_.of(device), state.active)) {
    state.spoke = false;
    state.spoke_polled = now;
    priority = std::max(priority, PollPriority::high);
  } else if (state.dead && (planned < state.quiet_until || in_flight(device, schedule) ||
                            schedule != first_running_on(rules_.of(device), state.active))) {
    return;
  }
  if (schedule_waits_[index] > 0) {
    ++state.skipped_polls;
    if (schedule == 0 && !state.waits_since) state.waits_since = now;
    raise_waiting(device, schedule, priority);
    return;
  }
  Poll poll;
  poll.device = device;
  poll.purpose = PollPurpose::scheduled;
  poll.priority = priority;
  poll.schedule = schedule;
  poll.messages = rules_.messages_of(device, schedule, state.active);
  wait_in(rules_.line_at(device, state.active), polls_.add(poll, state.first_poll));
}

// A dead device may be waited for longer than until its next turn, and is tried once all the same.
bool Comm::in_flight(DeviceId device, std::uint16_t schedule) const {
  return polls_.any_of_device(devices_[device.value].first_poll, [&](const Poll& poll) {
    return poll.purpose == PollPurpose::scheduled && poll.schedule == schedule && !poll.waiting;
  });
}

void Comm::raise_waiting(DeviceId device, std::uint16_t schedule, PollPriority priority) {
  const DeviceState& state = devices_[device.value];
  for (std::uint32_t at = state.first_poll; at != no_poll; at = polls_[at].next_of_device) {
    Poll& poll = polls_[at];
    if (poll.purpose != PollPurpose::scheduled || poll.schedule != schedule) continue;
    if (!poll.waiting || poll.priority >= priority) continue;
    const std::uint32_t line = rules_.line_at(device, state.active);
    take_from(line, at);
    poll.priority = priority;
    wait_in(line, at);
  }
}

// After a move: what had no path to run on is due at once.
void Comm::wake_schedules(DeviceId device, Instant now) {
  for (std::uint16_t schedule = 0; schedule < rules_.schedules_of(device); ++schedule) {
    const std::uint32_t slot = rules_.schedule_slot(device, schedule);
    if (agenda_.has(slot) || rules_.interval_of(device, schedule) <= Duration::zero()) continue;
    if (rules_.runs_on(device, schedule, devices_[device.value].active)) agenda_.set(slot, now, 0);
  }
}

void Comm::device_spoke(CommId comm, Instant now) {
  now_ = std::max(now_, now);
  for (const auto& [line, device] : rules_.devices_of(comm)) {
    DeviceState& state = devices_[device.value];
    if (rules_.line_at(device, state.active) != comm.value || state.spoke) continue;
    const auto schedule = first_running_on(rules_.of(device), state.active);
    if (!schedule || rules_.interval_of(device, *schedule) <= Duration::zero()) continue;
    Instant at = now;
    if (state.spoke_polled) at = std::max(at, *state.spoke_polled + spoke_pause);
    state.spoke = true;
    const std::uint32_t slot = rules_.schedule_slot(device, *schedule);
    const auto due = agenda_.at(slot);
    if (!due || *due > at) agenda_.set(slot, at, 0);
  }
}

// A poll that goes on over another path. Where readings may not be mixed from two paths, or the
// path cuts the schedule into other messages, it starts anew (R8 lets `compat` resume).
void Comm::adapt_to(std::uint32_t index, PathRank path) {
  Poll& poll = polls_[index];
  if (poll.purpose != PollPurpose::scheduled) return;
  const auto messages = rules_.messages_of(poll.device, poll.schedule, path);
  if (poll.messages == messages && !rules_.guarded(poll.device)) return;
  poll.messages = messages;
  poll.done = 0;
  partial_.erase(index);
}

// A probe asks whether the path answers; the first schedule of a UPS must say how it is.
bool Comm::gives_data(std::uint32_t index, PathRank path, const Reading& reading) const {
  const Poll& poll = polls_[index];
  if (poll.kind != PollClass::read || poll.schedule != 0 || !rules_.facts(poll.device).is_ups)
    return true;
  if (poll.done + 1 < poll.messages) return true;
  if (only_asks(poll.purpose) && rules_.messages_of(poll.device, 0, path) > 1) return true;
  const auto before = partial_.find(index);
  if (before == partial_.end()) return reading.usable();
  Reading whole = before->second;
  whole.merge(reading);
  return whole.usable();
}

void Comm::keep_part(std::uint32_t poll, const Reading& part) {
  const auto [place, fresh] = partial_.try_emplace(poll, part);
  if (!fresh) place->second.merge(part);
}

// What a poll brought before one of its messages was refused: a device that lacks a register of its
// profile is seen all the same. Nothing when decisions could not use it.
std::optional<Reading> Comm::gathered_reading(std::uint32_t index, PathRank path,
                                              Instant now) const {
  const Poll& poll = polls_[index];
  const auto before = partial_.find(index);
  if (poll.kind != PollClass::read || before == partial_.end()) return std::nullopt;
  Reading gathered = before->second;
  gathered.at = now;
  gathered.path = path;
  if (poll.schedule == 0 && rules_.of(poll.device).is_ups && !gathered.usable())
    return std::nullopt;
  return gathered;
}

// The whole of what the poll brought; nothing of it is kept.
Reading Comm::whole_reading(std::uint32_t poll, const Reading& last_part, PathRank path,
                            Instant now) {
  const auto before = partial_.find(poll);
  Reading whole = before == partial_.end() ? last_part : std::move(before->second);
  if (before != partial_.end()) {
    partial_.erase(before);
    whole.merge(last_part);
  }
  whole.at = now;
  whole.path = path;
  return whole;
}

std::vector<LatestValue>& Comm::latest_of(DeviceId device) {
  if (latest_.empty()) latest_.resize(devices_.size());
  return latest_[device.value];
}

// Decisions see the first schedule of a UPS; whatever else was read is kept by variable.
void Comm::report_read(std::uint32_t poll, PollResult result, PathRank path, const Reading* reading,
                       Instant now, CommOut& out) {
  const DeviceId device = polls_[poll].device;
  const bool decides = polls_[poll].schedule == 0;
  if (decides && reading != nullptr) {
    devices_[device.value].last_reading = now;
    devices_[device.value].sweeps = 0;
    drop_background(device, PollPurpose::sweep);
  }
  std::optional<Reading> points;
  if (rules_.facts(device).has_points) {
    points = points_of(*this, device, polls_[poll].schedule, path, now);
    take_over(*points, now, latest_of(device));
  }
  if (decides && rules_.facts(device).is_ups) {
    PollReport report{device, path, result, false, std::nullopt};
    if (reading != nullptr) {
      report.reading = whole_reading(poll, *reading, path, now);
      if (points) report.reading->merge(*points);
    }
    out.reports.push_back(std::move(report));
    return;
  }
  if (reading != nullptr && partial_.empty()) {
    take_over(*reading, now, latest_of(device));
  } else if (reading != nullptr) {
    take_over(whole_reading(poll, *reading, path, now), now, latest_of(device));
  }
  if (rules_.facts(device).is_ups && rules_.of(device).tells_every_poll)
    out.touched.push_back(device);
}

void Comm::remove_poll(std::uint32_t poll) {
  if (!partial_.empty()) partial_.erase(poll);
  polls_.remove(poll, devices_[polls_[poll].device.value].first_poll);
}

std::span<const LatestValue> Comm::variables(DeviceId device) const {
  if (latest_.empty()) return {};
  return latest_[device.value];
}

}  // namespace nightwatt::core

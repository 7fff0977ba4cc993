#include "core/comm/comm.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "core/comm/teller.h"

namespace nightwatt::core {

Comm::Comm(std::vector<CommRule> comms, std::vector<DeviceRule> devices, Instant now)
    : Comm(shared_rules(std::move(comms), std::move(devices)), now) {}

Comm::Comm(SiteRules rules, Instant now) : rules_(std::move(rules)), now_(now) {
  NW_CHECK(rules_.comms().size() < lines_max);
  agenda_ = Agenda(rules_.order_slot(orders_max));
  // What a calm site has there at most: its messages, its schedules, a heartbeat for each device.
  agenda_.reserve(rules_.comms().size() + rules_.schedules() + rules_.devices().size());
  schedule_waits_.assign(rules_.schedules(), 0);
  hurried_by_.assign(rules_.schedules(), Duration::zero());
  lines_.reserve(rules_.comms().size());
  devices_.reserve(rules_.devices().size());
  polls_.reserve(rules_.devices().size());
  for (const CommRule& comm : rules_.comms()) {
    Line line;
    line.state = comm.at_start;
    line.by_hand = comm.at_start != CommState::ok;
    line.demand.budget = Load{comm.budget_milli} * 1'000;
    lines_.push_back(line);
  }
  for (std::uint32_t i = 0; i < rules_.devices().size(); ++i) {
    const DeviceRule& device = rules_.devices()[i];
    DeviceState state;
    state.automatic = device.auto_failover;
    state.active = path_at_start(device);
    state.last_ok = now;
    state.since = now;
    if (state.active != primary) state.left_primary = now;
    state.paths.resize(device.paths.size());
    for (PathState& path : state.paths) path.entered = now;
    devices_.push_back(std::move(state));
    start_schedules(DeviceId{i}, now);
    start_heartbeat(DeviceId{i}, now);
  }
  count_polled();
}

Teller Comm::teller() const { return Teller(*this); }

std::string Comm::path_phrase(DeviceId device, PathRank path) const {
  return teller().path_phrase(device, path);
}

PathState& Comm::path_state(DeviceId device, PathRank path) {
  return devices_[device.value].paths[path.value - 1u];
}

std::optional<std::uint32_t> Comm::line_of(Transaction transaction) const {
  const auto line = static_cast<std::uint32_t>(transaction.value & (lines_max - 1));
  if (line >= lines_.size() || !lines_[line].flight) return std::nullopt;
  if (lines_[line].flight->transaction != transaction) return std::nullopt;
  return line;
}

void Comm::make_ready(std::uint32_t line) {
  if (lines_[line].ready || lines_[line].flight || lines_[line].queue.size == 0) return;
  lines_[line].ready = true;
  ready_.push_back(line);
}

void Comm::wait_in(std::uint32_t line, std::uint32_t poll) {
  polls_.enter(lines_[line].queue, poll);
  if (polls_[poll].purpose == PollPurpose::scheduled) {
    ++schedule_waits_[rules_.schedule_index(polls_[poll].device, polls_[poll].schedule)];
  }
  make_ready(line);
}

void Comm::take_from(std::uint32_t line, std::uint32_t poll) {
  polls_.leave(lines_[line].queue, poll);
  if (polls_[poll].purpose == PollPurpose::scheduled) {
    --schedule_waits_[rules_.schedule_index(polls_[poll].device, polls_[poll].schedule)];
  }
}

bool Comm::usable(DeviceId device, PathRank path) const {
  if (path.value < 1 || path.value > rules_.facts(device).paths) return false;
  const PathFacts& facts = rules_.facts(device, path);
  if (path != primary && !facts.available) return false;
  return lines_[facts.comm.value].state == CommState::ok;
}

void Comm::replied(Transaction transaction, const Reading& reading, Instant now, CommOut& out) {
  now_ = std::max(now_, now);
  const auto line = line_of(transaction);
  if (!line) {
    ++late_replies_;
    return;
  }
  const Flight& flight = *lines_[*line].flight;
  if (!gives_data(flight.poll, flight.path, reading)) {
    attempt_failed(*line, {MessageFailure::refused, "it answered without data of the device"}, now,
                   out);
    return;
  }
  answered(*line, &reading, now, out);
}

void Comm::refused(Transaction transaction, std::string text, Instant now, CommOut& out) {
  now_ = std::max(now_, now);
  const auto line = line_of(transaction);
  if (!line) {
    ++late_replies_;
    return;
  }
  const Flight& flight = *lines_[*line].flight;
  path_state(polls_[flight.poll].device, flight.path).last_error = std::move(text);
  answered(*line, nullptr, now, out);
}

void Comm::failed(Transaction transaction, MessageFailure failure, std::string text, Instant now,
                  CommOut& out, bool not_sent) {
  now_ = std::max(now_, now);
  const auto line = line_of(transaction);
  if (!line) {
    ++late_replies_;
    return;
  }
  if (text.empty()) text = to_string(failure);
  attempt_failed(*line, {failure, std::move(text), not_sent}, now, out);
}

void Comm::comm_reported(CommId comm, CommState state, Instant now, CommOut& out) {
  lines_[comm.value].reported = state;
  if (!lines_[comm.value].by_hand) comm_state(comm, state, now, out);
}

void Comm::set_comm(CommId comm, CommState state, Instant now, CommOut& out) {
  Line& line = lines_[comm.value];
  line.by_hand = state != CommState::ok;
  comm_state(comm, line.by_hand ? state : line.reported, now, out);
}

std::vector<DeviceId> Comm::polled_over(CommId comm) const {
  std::vector<DeviceId> devices;
  for (const auto& [line, device] : rules_.devices_of(comm)) {
    if (rules_.line_at(device, devices_[device.value].active) == comm.value)
      devices.push_back(device);
  }
  return devices;
}

void Comm::enqueue(const PollRequest& request, Instant now, CommOut&) {
  NW_CHECK(request.device.value < devices_.size());
  now_ = std::max(now_, now);
  DeviceState& device = devices_[request.device.value];
  Poll poll;
  poll.device = request.device;
  poll.kind = request.kind;
  poll.priority = request.priority;
  poll.messages = std::max(request.messages, 1);
  poll.tag = request.tag;
  wait_in(rules_.line_at(request.device, device.active), polls_.add(poll, device.first_poll));
}

void Comm::reload_device(DeviceId device, Instant now) {
  now_ = std::max(now_, now);
  devices_[device.value].last_ok = now;
}

void Comm::set_auto(DeviceId device, bool automatic, Instant now, CommOut&) {
  now_ = std::max(now_, now);
  devices_[device.value].automatic = automatic;
  if (!automatic) {
    drop_background(device, PollPurpose::sweep);
    drop_background(device, PollPurpose::heartbeat);
  }
  plan_probe(device, now);
  plan_guard(device);
}

std::optional<Instant> Comm::next_deadline() const {
  if (!ready_.empty()) return now_;
  return agenda_.next();
}

std::optional<std::uint64_t> Comm::tag_of(Transaction transaction) const {
  const auto line = line_of(transaction);
  if (!line) return std::nullopt;
  const Poll& poll = polls_[lines_[*line].flight->poll];
  if (poll.purpose != PollPurpose::asked) return std::nullopt;
  return poll.tag;
}

std::vector<std::uint64_t> Comm::pending(DeviceId device) const {
  std::vector<const Poll*> polls;
  for (std::uint32_t at = devices_[device.value].first_poll; at != no_poll;
       at = polls_[at].next_of_device) {
    if (polls_[at].purpose == PollPurpose::asked) polls.push_back(&polls_[at]);
  }
  std::sort(polls.begin(), polls.end(), [](const Poll* a, const Poll* b) {
    if (a->waiting != b->waiting) return !a->waiting;
    const std::size_t class_a = a->waiting ? queue_class(*a) : 0;
    const std::size_t class_b = b->waiting ? queue_class(*b) : 0;
    return class_a != class_b ? class_a < class_b : a->order < b->order;
  });
  std::vector<std::uint64_t> tags;
  for (const Poll* poll : polls) tags.push_back(poll->tag);
  return tags;
}

}  // namespace nightwatt::core

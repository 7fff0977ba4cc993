#include "sim/world.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "base/archive.h"
#include "base/check.h"

namespace nightwatt::sim {

World::World(core::Site site, std::uint64_t seed) : site_(std::move(site)), rng_(seed) {
  ups_.resize(site_.devices.size());
  for (const core::DeviceRule& device : site_.devices) links_.emplace_back(device.paths.size());
  silent_.assign(site_.comms.size(), false);
  for (const core::CommRule& comm : site_.comms) comm_states_.push_back(comm.at_start);
  flags_.resize(site_.groups.size());
}

Machine& World::machine(GroupId group, const std::string& step_id) {
  return machines_[{group.value, step_id}];
}

void World::report_comm(CommId comm, CommState state) {
  comm_states_.at(comm.value) = state;
  if (alive()) post(Duration(0), CommStateReported{.comm = comm, .state = state});
}

void World::ask(Event event) {
  if (!alive()) return;
  const RequestId request{++requests_};
  std::visit(
      [request](auto& it) {
        if constexpr (requires { it.request; }) it.request = request;
      },
      event);
  post(Duration(0), std::move(event));
}

// --- the daemon's life --------------------------------------------------------------------------

void World::begin_life() {
  ++life_;
  powered_off_ = false;
  stalled_until_ = now_;
  engine_.emplace(site_, RunId{disk_.greatest + 1}, now_);
  // Strays of a dead predecessor are cleared at start; what appears later is not ours to clear.
  for (FlagFile& flag : flags_) {
    if (flag.owner == FlagFile::Owner::stray && flag.writable) flag.owner = FlagFile::Owner::none;
  }
  for (Observer* observer : observers_) observer->daemon_up(*engine_, now_);
}

void World::begin(const std::function<void(core::Engine&, Effects&)>& recall) {
  begin_life();
  Effects effects;
  recall(*engine_, effects);
  for (const auto& [group, until] : disk_.holds) {
    (void)engine_->restore_hold({.group = group, .until = until}, now_, effects);
  }
  for (Observer* observer : observers_) observer->between_steps(*engine_, effects, now_);
  obey(effects);
  for (std::uint32_t i = 0; i < comm_states_.size(); ++i) {
    if (comm_states_[i] != site_.comms[i].at_start) report_comm(CommId{i}, comm_states_[i]);
  }
}

void World::start() {
  NW_CHECK(!alive());
  begin([this](core::Engine& engine, Effects& effects) {
    for (const auto& [id, record] : disk_.open) (void)engine.resume(record, now_, effects);
  });
}

void World::boot() {
  NW_CHECK(!alive());
  const std::map<std::uint64_t, RunRecord> interrupted = std::exchange(disk_.open, {});
  begin([&](core::Engine& engine, Effects& effects) {
    for (const auto& [id, record] : interrupted) (void)engine.after_reboot(record, now_, effects);
  });
}

void World::crash() {
  if (!alive()) return;
  engine_.reset();
  ++life_;
  disk_.backlog.clear();
  watched_.clear();
  under_way_.clear();
  for (FlagFile& flag : flags_) {
    if (flag.owner == FlagFile::Owner::ours) flag.owner = FlagFile::Owner::stray;
  }
  for (Observer* observer : observers_) observer->daemon_down(now_);
}

void World::stall(Duration how_long) {
  if (!alive()) return;
  stalled_until_ = std::max(stalled_until_, now_ + how_long);
  for (Observer* observer : observers_) observer->clock_gap(stalled_until_);
}

bool World::reincarnate() {
  if (!alive()) return true;
  const std::string bytes = to_bytes(*engine_);
  core::Engine other(site_, RunId{1}, Instant{});
  Reader reader(bytes);
  reader(other);
  if (!reader.ok() || !reader.at_end() || to_bytes(other) != bytes) return false;
  engine_.emplace(std::move(other));
  return true;
}

expected<void, std::string> World::reload(core::Site site) {
  NW_CHECK(alive());
  Effects effects;
  auto done = engine_->reload(site, now_, effects);
  if (done) {
    site_ = std::move(site);
    flags_.resize(site_.groups.size());
    silent_.resize(site_.comms.size(), false);
    comm_states_.resize(site_.comms.size(), CommState::ok);
    ups_.resize(site_.devices.size());
    links_.resize(site_.devices.size());
    for (std::size_t i = 0; i < site_.devices.size(); ++i) {
      links_[i].resize(site_.devices[i].paths.size());
    }
  }
  for (Observer* observer : observers_) observer->between_steps(*engine_, effects, now_);
  obey(effects);
  return done;
}

// --- time ---------------------------------------------------------------------------------------

void World::push(Instant at, std::uint32_t slot, bool is_event) {
  queue_.push_back({std::max(at, now_), ++order_, slot, is_event});
  std::ranges::push_heap(queue_, later);
}

void World::at(Instant when, Change change) {
  std::uint32_t slot = static_cast<std::uint32_t>(changes_.size());
  if (free_changes_.empty()) {
    changes_.push_back(std::move(change));
  } else {
    slot = free_changes_.back();
    free_changes_.pop_back();
    changes_[slot] = std::move(change);
  }
  push(when, slot, false);
}

void World::post(Duration delay, Event event) {
  std::uint32_t slot = static_cast<std::uint32_t>(events_.size());
  if (free_events_.empty()) {
    events_.push_back({std::move(event), life_});
  } else {
    slot = free_events_.back();
    free_events_.pop_back();
    events_[slot] = {std::move(event), life_};
  }
  push(now_ + delay, slot, true);
}

std::optional<Instant> World::next_instant() const {
  std::optional<Instant> next;
  if (!queue_.empty()) {
    next = queue_.front().at;
    if (queue_.front().is_event) next = std::max(*next, now_);
  }
  if (alive()) {
    const auto deadline = engine_->next_deadline();
    Instant wanted = deadline ? *deadline : Instant::max();
    if (!batch_.empty()) wanted = now_;
    wanted = std::max({wanted, stalled_until_, now_});
    if (wanted != Instant::max() && (!next || wanted < *next)) next = wanted;
  }
  return next;
}

// World changes happen at once; events wait for the daemon in batch_ (it may be stalled).
void World::take_due(Instant now) {
  while (!queue_.empty() && queue_.front().at <= now) {
    const Due due = queue_.front();
    std::ranges::pop_heap(queue_, later);
    queue_.pop_back();
    if (due.is_event) {
      if (alive() && events_[due.slot].life == life_) {
        batch_.push_back(std::move(events_[due.slot].event));
      }
      free_events_.push_back(due.slot);
    } else {
      const Change change = std::exchange(changes_[due.slot], nullptr);
      free_changes_.push_back(due.slot);
      const std::uint32_t life = life_;
      change(*this);
      if (life != life_) batch_.clear();  // they were for a daemon that is no more
    }
  }
}

void World::run_until(Instant end) {
  while (!stuck_) {
    const auto next = next_instant();
    if (!next || *next > end) break;
    now_ = std::max(now_, *next);
    take_due(now_);
    if (!alive() || now_ < stalled_until_) continue;
    const auto deadline = engine_->next_deadline();
    if (!batch_.empty() || (deadline && *deadline <= now_)) step();
  }
  now_ = std::max(now_, end);
}

void World::step() {
  if (last_step_ != now_) steps_here_ = 0;
  last_step_ = now_;
  if (++steps_here_ > steps_per_instant_max) {
    stuck_ = true;
    return;
  }
  ++steps_;
  std::vector<Event> events;
  events.swap(batch_);
  effects_.clear();
  for (Observer* observer : observers_) observer->before_step(*engine_, events, now_);
  engine_->step(events, now_, effects_);
  for (Observer* observer : observers_) observer->after_step(*engine_, effects_, now_);
  obey(effects_);
  events.clear();
  if (batch_.empty()) batch_.swap(events);  // keeps its capacity
}

void World::take_digest(const Effects& effects) {
  if (effects.empty()) return;
  digest_.add(static_cast<std::uint64_t>(now_.time_since_epoch().count()));
  for (const Effect& effect : effects) digest_.add(effect);
}

void World::obey(const Effects& effects) {
  take_digest(effects);
  for (const Effect& effect : effects) {
    std::visit([this](const auto& it) { carry_out(it); }, effect);
  }
}

}  // namespace nightwatt::sim

// The daemon's life once it runs: signals, a new configuration, the way to a clean end.
#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <utility>

#include "app/configuration.h"
#include "app/daemon.h"
#include "app/daemon_settings.h"

namespace nightwatt::app {
namespace {

// Beyond the needed time of the plans under way, a stopping daemon waits this long for the last
// records to be written.
constexpr Duration stop_margin{5'000};
// How often members that were read for the first time, and devices that changed their paths, are
// written to the journal.
constexpr Duration reads_interval{2'000};
// Of a site of thousands not all at once: their texts would leave a hole in the heap.
constexpr std::size_t reads_max = 1'000;
constexpr Duration reads_interval_full{100};
// How often the ages of answers are written, and of how many devices then.
constexpr Duration ages_interval{60'000};
constexpr Duration ages_retry{4'000};
constexpr std::size_t ages_devices_max = 1'000;
// How often the system gets back what a burst needed.
constexpr std::chrono::minutes memory_interval{1};
constexpr Duration told_again_after{200};  // when systemd had no room for it

// Those of `names` that `others` lacks.
std::vector<std::string> without(std::vector<std::string> names, std::vector<std::string> others) {
  std::ranges::sort(others);
  std::erase_if(names,
                [&](const std::string& name) { return std::ranges::binary_search(others, name); });
  return names;
}

}  // namespace

void Daemon::wait_for_signal() {
  signals_.async_wait([this](const boost::system::error_code& problem, int signal) {
    if (problem) return;
    on_signal(signal);
    if (!finished_) wait_for_signal();
  });
}

void Daemon::on_signal(int signal) {
  if (signal != SIGHUP) {
    begin_stop();
    return;
  }
  systemd_.reloading();
  tell_systemd();
  if (auto done = reload(); !done) {
    say(Severity::error, NoticeKind::reloaded,
        fmt::format("configuration not reloaded, the old one stays: {}", done.error().what));
  }
  systemd_.ready("watching");
  tell_systemd();
}

expected<void, Error> Daemon::reload() {
  auto file = read_apart([&] { return read_config_again(options_.config); });
  if (!file) return unexpected<Error>(file.error());
  if (!file->loaded.diagnostics.ok()) {
    file->loaded.diagnostics.sort();
    return fail(Errc::bad_reply,
                "\n" + config::render(file->loaded.diagnostics, file->name, file->text));
  }
  config::Config fresh = std::move(*file->loaded.config);
  if (options_.dry_run) make_dry(fresh.site);
  // For a group that is new this is the start: no stale flag may block its first quorum loss.
  const auto before = guarded_groups(loop_->engine().site());
  const auto after = guarded_groups(fresh.site);
  if (auto cleared = flags_->clear_at_start(without(after, before)); !cleared) {
    return unexpected<Error>(cleared.error());
  }
  Identities identities(fresh);  // before the heap is made ready for what stays
  memory_.expect(fresh.site.devices.size());
  auto links = drivers_->open_links(fresh);
  profile::PlanTable plans = std::move(fresh.plans);
  expected<void, std::string> done{};
  loop_->with_engine([&](core::Engine& engine, Instant now, Effects& effects) {
    done = engine.reload(std::move(fresh.site), now, effects);
  });
  if (!done) return fail(Errc::limit_reached, done.error());
  for (const std::string& gone : without(before, after)) flags_->clear(gone);
  loop_->doors().links = std::move(links);
  loop_->doors().plans = std::move(plans);
  nameplates_.watch(loop_->engine().site().devices.size());
  identities_ = std::move(identities);
  const bool api_changed = fresh.api.enabled != config_.api.enabled ||
                           fresh.api.bind != config_.api.bind || fresh.api.port != config_.api.port;
  hear_traps(fresh);
  config_ = std::move(fresh);
  shed(config_);
  memory_.give_back();
  memory_.settle();
  if (auto log = log_.reopen(log_settings(options_, config_.logging)); !log) {
    say(Severity::error, NoticeKind::reloaded,
        fmt::format("{}: the log stays where it was", log.error().what));
  }
  loop_->start();
  say(Severity::info, NoticeKind::reloaded,
      fmt::format("configuration {} reloaded: {} devices, {} groups{}", options_.config,
                  loop_->engine().site().devices.size(), loop_->engine().site().groups.size(),
                  api_changed ? "; the API's TCP address changes at the next start" : ""));
  return {};
}

void Daemon::begin_stop() {
  if (stopping_) {
    say(Severity::warning, NoticeKind::daemon,
        "stopping already; a plan is finishing. SIGKILL would stop it, and the next start resumes "
        "it");
    return;
  }
  stopping_ = true;
  systemd_.stopping("stopping");
  tell_systemd();
  const Instant now = clock_.now();
  if (loop_->engine().busy()) {
    const Duration bound = loop_->engine().busy_for(now) + stop_margin;
    say(Severity::warning, NoticeKind::daemon,
        fmt::format("a shutdown plan is running: waiting up to {:.0f} s for it", seconds(bound)));
    stop_timer_.expires_after(bound);
    stop_timer_.async_wait([this](const boost::system::error_code& problem) {
      if (!problem) finish();
    });
  }
  loop_->post(StopRequested{});
}

void Daemon::finish_if_idle() {
  if (stopping_ && !loop_->engine().busy()) finish();
}

void Daemon::finish() {
  if (std::exchange(finished_, true)) return;
  say(Severity::info, NoticeKind::daemon,
      loop_->engine().busy() ? "stopped in the middle of a plan; the next start resumes it"
                             : "stopped");
  remember_comm(true);
  server_->stop();
  loop_->stop();
  io_.stop();
}

void Daemon::feed_watchdog() {
  const auto interval = systemd_.watchdog_interval();
  if (!interval) return;
  systemd_.alive();
  tell_systemd();
  watchdog_timer_.expires_after(*interval);
  watchdog_timer_.async_wait([this](const boost::system::error_code& problem) {
    if (!problem) feed_watchdog();
  });
}

// Until it had room for everything: a ready that is lost looks like a start that hangs.
void Daemon::tell_systemd() {
  if (systemd_.flush()) return;
  systemd_timer_.expires_after(told_again_after);
  systemd_timer_.async_wait([this](const boost::system::error_code& problem) {
    if (!problem) tell_systemd();
  });
}

void Daemon::tidy_memory() {
  memory_timer_.expires_after(memory_interval);
  memory_timer_.async_wait([this](const boost::system::error_code& problem) {
    if (problem) return;
    memory_.give_back_all();
    tidy_memory();
  });
}

// What was read once is known after a restart, too: a member that cannot be seen then is a lost
// feed and no typing error.
void Daemon::remember_reads() {
  const core::Engine& engine = loop_->engine();
  ports::RecordRead record;
  for (std::size_t i = 0; i < identities_.size() && record.members.size() < reads_max; ++i) {
    if (identities_.known(i)) continue;
    if (!engine.member(engine.site().members[i].device)->ever_read) continue;
    record.members.emplace_back(identities_.of(i));
    identities_.set_known(i);  // the last one empties it
  }
  const bool more = record.members.size() == reads_max;
  if (!record.members.empty()) journal_->record_read(std::move(record));
  remember_comm(false);
  reads_timer_.expires_after(more ? reads_interval_full : reads_interval);
  reads_timer_.async_wait([this](const boost::system::error_code& problem) {
    if (!problem) remember_reads();
  });
}

// Which path each device is on, and what it knows of the others: what changed since it was written
// last, or everything.
void Daemon::remember_comm(bool all) {
  const core::Comm& comm = loop_->engine().comm();
  const Instant now = clock_.now();
  const auto count = static_cast<std::uint32_t>(comm.device_rules().size());
  if (comm_changes_.size() != count) {
    comm_changes_.assign(count, 0);
    comm_heard_.assign(count, Instant{});
    ages_turn_ = 0;
  }
  ports::RecordComm record;
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint32_t changes = comm.changes(DeviceId{i});
    if (!all && comm_changes_[i] == changes) continue;
    comm_changes_[i] = changes;
    record.devices.push_back(comm.remember(DeviceId{i}, now));
  }
  if (!all && now - ages_written_ >= ages_interval) remember_ages(record, now);
  if (!record.devices.empty()) journal_->record_comm(std::move(record));
}

// When each path answered last, for the path that is chosen after a crash: once a minute, of
// devices that have a choice and were heard since, and of so many at a time that no site keeps the
// disk busy with it.
void Daemon::remember_ages(ports::RecordComm& record, Instant now) {
  const core::Comm& comm = loop_->engine().comm();
  const auto count = static_cast<std::uint32_t>(comm.device_rules().size());
  std::size_t written = 0;
  record.devices.reserve(record.devices.size() + std::min<std::size_t>(count, ages_devices_max));
  for (std::uint32_t looked = 0; looked < count && written < ages_devices_max; ++looked) {
    const std::uint32_t device = std::exchange(ages_turn_, (ages_turn_ + 1) % count);
    if (comm.device_rules()[device].paths.size() < 2) continue;
    CommMemory memory = comm.remember(DeviceId{device}, now);
    Instant heard{};
    for (const PathMemory& path : memory.paths) {
      if (path.last_ok_ago) heard = std::max(heard, now - *path.last_ok_ago);
    }
    if (heard <= comm_heard_[device]) continue;
    comm_heard_[device] = heard;
    record.devices.push_back(std::move(memory));
    ++written;
  }
  // Nobody was heard (a start, a site out of sight): soon again, and not with every tick.
  ages_written_ = written > 0 ? now : now - ages_interval + ages_retry;
}

}  // namespace nightwatt::app

#include "app/daemon.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "app/configuration.h"
#include "app/daemon_settings.h"
#include "base/check.h"
#include "io/on_strand.h"
#include "io/process_identity.h"
#include "version_info.h"

namespace nightwatt::app {
namespace {

std::string run_dir_of(const RunOptions& options) {
  if (!options.run_dir.empty()) return options.run_dir;
  return options.state_dir.empty() ? "/var/run" : options.state_dir;
}

const char* plural(std::size_t count) { return count == 1 ? "" : "s"; }

// Thousands of devices need thousands of descriptors; the hard limit is the machine's business.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

expected<std::unique_ptr<Daemon>, Error> Daemon::open(const RunOptions& options,
                                                      config::Config config) {
  if (options.dry_run) make_dry(config.site);
  auto log = Log::open(log_settings(options, config.logging));
  if (!log) return unexpected<Error>(log.error());
  auto state_dir =
      io::StateDir::open(options.state_dir.empty() ? default_state_dir : options.state_dir);
  if (!state_dir) return unexpected<Error>(state_dir.error());
  std::unique_ptr<Daemon> daemon(
      new Daemon(options, std::move(config), std::move(*state_dir), std::move(*log)));
  if (auto opened = daemon->open_doors(); !opened) return unexpected<Error>(opened.error());
  daemon->open_engine();
  return daemon;
}

Daemon::Daemon(const RunOptions& options, config::Config config, io::StateDir state_dir, Log log)
    : options_(options),
      config_(std::move(config)),
      state_dir_(std::move(state_dir)),
      log_(std::move(log)),
      signals_(io_, SIGTERM, SIGINT, SIGHUP),
      stop_timer_(io_),
      watchdog_timer_(io_),
      systemd_timer_(io_),
      reads_timer_(io_),
      memory_timer_(io_) {
  std::signal(SIGPIPE, SIG_IGN);
  raise_descriptor_limit();
}

Daemon::~Daemon() { close(); }

bool Daemon::close() {
  server_.reset();
  if (loop_) loop_->doors().links.clear();
  machines_.reset();
  bool ended = !drivers_ || !drivers_->sockets()->names->looking();
  if (flags_ && !flags_->stop()) ended = false;
  if (journal_ && !journal_->stop()) ended = false;
  if (history_ && !history_->stop()) ended = false;
  return log_.stop() && ended;
}

expected<void, Error> Daemon::open_doors() {
  const ports::EventSink events =
      io::on_strand(io_, ports::EventSink([this](Event event) { loop_->post(std::move(event)); }));
  const ports::NoticeSink notices =
      io::on_strand(io_, ports::NoticeSink([this](Notice notice) { tell(notice); }));

  flags_ = std::make_unique<io::FlagFiles>(run_dir_of(options_), clock_, events);
  if (auto cleared = flags_->clear_at_start(guarded_groups(config_.site)); !cleared) {
    return unexpected<Error>(cleared.error());
  }
  auto journal =
      io::SqliteJournal::open({.directory = state_dir_.path(), .boot_id = io::boot_id(), .vfs = {}},
                              clock_, events, notices);
  if (!journal) return unexpected<Error>(journal.error());
  journal_ = std::move(*journal);
  io::HistorySettings history;
  history.directory = state_dir_.path();
  history_ = std::make_unique<io::SqliteHistory>(history, notices);
  io::MachineSettings machines;
  machines.known_hosts_file = state_dir_.file("known_hosts");
  machines_ = std::make_unique<io::StepThreads>(machines, events, notices);
  drivers_ = std::make_unique<Drivers>(io_, clock_,
                                       [this](Event event) { loop_->post(std::move(event)); });
  traps_ = std::make_unique<Traps>(drivers_->sockets(),
                                   [this](Event event) { loop_->post(std::move(event)); });
  return {};
}

void Daemon::open_engine() {
  const RunId next_run{journal_->contents().greatest.value + 1};
  identities_ = Identities(config_);  // before the heap is made ready for what stays
  memory_.expect(config_.site.devices.size());
  auto links = drivers_->open_links(config_);
  warnings_ = config::warnings(config_);
  core::Engine engine(std::move(config_.site), next_run, clock_.now());
  loop_ = std::make_unique<EngineLoop>(io_, std::move(engine), clock_);
  const std::uint64_t next_order = journal_->contents().greatest_order + 1;
  loop_->with_engine(
      [next_order](core::Engine& it, Instant, Effects&) { it.number_orders_from(next_order); });
  Doors& doors = loop_->doors();
  doors.links = std::move(links);
  doors.plans = std::move(config_.plans);
  nameplates_.watch(loop_->engine().site().devices.size());
  doors.nameplates = &nameplates_;
  doors.journal = journal_.get();
  doors.machines = machines_.get();
  doors.flags = flags_.get();
  doors.tell = [this](const Notice& notice) { tell(notice); };
  api_ = std::make_unique<Api>(*loop_, clock_, *history_, [this] { return reload(); });
  server_ = std::make_unique<io::HttpServer>(
      io_, [this](const io::Request& request) { return api_->handle(request); });
}

// Without traps the polls still see everything, only later: no reason not to start.
void Daemon::hear_traps(const config::Config& config) {
  if (const auto heard = traps_->obey(config); !heard) {
    say(Severity::error, NoticeKind::daemon, heard.error().what + "; nobody listens");
  }
}

void Daemon::resume_runs() {
  const Instant now = clock_.now();
  const ports::JournalContents& found = journal_->contents();
  loop_->with_engine([&](core::Engine& engine, Instant, Effects& out) {
    for (const RunRecord& record : found.unfinished) {
      if (engine.resume(record, now, out)) continue;
      say(Severity::alarm, NoticeKind::journal,
          fmt::format("the journal holds an unfinished run of group '{}', which the configuration "
                      "no longer names: it is not resumed",
                      record.group));
      out.push_back(CloseRun{.run = record.id, .outcome = "abandoned: the group is gone"});
    }
    for (const ports::ClosedRun& closed : found.last_closed) {
      if (closed.outcome == ports::journal_interrupted) {
        engine.after_reboot(closed.record, now, out);
      } else {
        engine.recall(closed.record, now);
      }
    }
    for (std::size_t i = 0; i < identities_.size(); ++i) {
      if (!std::ranges::binary_search(found.read_members, identities_.of(i))) continue;
      engine.recall_read(engine.site().members[i].device);
      identities_.set_known(i);
    }
    for (const CommMemory& memory : found.comm) engine.recall_comm(memory, now, out);
    for (const std::string& comm : engine.restore_comm_states(found.out_by_hand, now, out)) {
      out.push_back(RecordCommState{{comm, CommState::ok, "", Duration{}}});
    }
    for (const RecordMaintenance& each : found.maintenance) {
      if (engine.restore_maintenance(each, now, out)) continue;
      out.push_back(RecordMaintenance{each.device, std::nullopt});
    }
    for (const HoldRecord& hold : found.holds) {
      if (!engine.restore_hold(hold, now, out)) out.push_back(ForgetHold{.group = hold.group});
    }
  });
  journal_->forget_contents();
}

expected<void, Error> Daemon::listen() {
  if (auto listening = server_->listen_unix(options_.socket); !listening) {
    return unexpected<Error>(listening.error());
  }
  if (!config_.api.enabled) return {};
  const auto port = server_->listen_tcp(config_.api.bind, config_.api.port);
  if (!port) return unexpected<Error>(port.error());
  say(Severity::info, NoticeKind::daemon,
      fmt::format("API also on http://{}:{}/api/v1/", config_.api.bind, *port));
  return {};
}

expected<void, Error> Daemon::run() {
  const core::Site& site = loop_->engine().site();
  say(Severity::info, NoticeKind::daemon,
      fmt::format("nightwatt {} ({}) watches {} device{} in {} group{}, state in {}{}",
                  version_info::number, version_info::commit, site.devices.size(),
                  plural(site.devices.size()), site.groups.size(), plural(site.groups.size()),
                  state_dir_.path(),
                  options_.dry_run || config_.dry_run ? "; DRY RUN: no machine is touched" : ""));
  for (const std::string& warning : std::exchange(warnings_, {})) {
    say(Severity::warning, NoticeKind::daemon, warning);
  }
  resume_runs();
  loop_->on_batch([this](Instant) { finish_if_idle(); });
  loop_->start();
  if (auto listening = listen(); !listening) return listening;
  wait_for_signal();
  feed_watchdog();
  remember_reads();
  tidy_memory();
  hear_traps(config_);
  shed(config_);
  memory_.give_back();
  memory_.settle();
  systemd_.ready("watching");
  tell_systemd();
  say(Severity::info, NoticeKind::daemon, "ready");
  io_.run();
  return {};
}

void Daemon::tell(const Notice& notice) {
  const WallTime at = clock_.wall_now();
  log_.write(notice, at);
  if (notice.severity != Severity::debug) history_->add(notice, at);
}

void Daemon::say(Severity severity, NoticeKind kind, std::string message) {
  tell(Notice{.severity = severity,
              .kind = kind,
              .subject = {},
              .message = std::move(message),
              .details = {}});
}

int run_daemon(const RunOptions& options) {
  SiteMemory::keep_little();
  auto config = read_apart([&] { return config_or_complain(options.config, true); });
  if (!config) return exit_usage;
  auto daemon = Daemon::open(options, std::move(*config));
  if (!daemon) {
    fmt::print(stderr, "FATAL: {}\n", daemon.error().what);
    return exit_failed;
  }
  const auto ended = (*daemon)->run();
  if (!ended) fmt::print(stderr, "FATAL: {}\n", ended.error().what);
  const int code = ended ? exit_ok : exit_failed;
  if ((*daemon)->close()) return code;
  // The kernel ends what is left and releases the lock of the state directory.
  std::fflush(nullptr);
  std::_Exit(code);
}

}  // namespace nightwatt::app

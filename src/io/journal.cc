#include "io/journal.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <deque>
#include <optional>
#include <utility>

#include "io/database.h"
#include "io/file_text.h"
#include "io/journal_audit.h"
#include "io/journal_queue.h"
#include "io/journal_store.h"
#include "io/system_clock.h"
#include "io/worker.h"

namespace nightwatt::io {
namespace {

constexpr Duration patience_at_exit{2'000};
constexpr Duration retry_every{2'000};
constexpr std::size_t waiting_max = 10'000;  // writes that a disk refused; refusals go first
constexpr Duration dropped_told_every{60'000};

}  // namespace

// What the journal's thread works on. All of it belongs to that thread once open() has
// returned, except `found`, which nobody changes any more.
struct SqliteJournal::Shared {
  JournalSettings settings;
  const ports::Clock* clock = nullptr;
  ports::EventSink events;
  ports::NoticeSink notices;
  ports::JournalContents found;  // at open()
  std::optional<Database> database;
  bool prepared = false;             // it has all our tables
  std::deque<JournalWrite> waiting;  // in order; empty as long as the disk takes everything
  bool failing = false;
  std::optional<Instant> told_of_dropped;
  JournalQueue queue;
  std::atomic<int> readers{0};  // of the audit, waiting or read for
  Worker worker{"nw-journal"};

  std::string path() const { return settings.directory + "/journal.db"; }

  JournalTime time() const { return {settings.boot_id, clock->now(), clock->wall_now()}; }

  void say(Severity severity, const std::string& message) const {
    notices({severity, NoticeKind::journal, "journal", message, {}});
  }

  SqlResult<void> open_once(bool load);
  void open_or_replace();
  void begin_anew(const std::string& word, const std::string& why);
  void write_queued();
  bool drop_refusals();
  void make_room();
  void tell_of_dropped();
  void answer(const JournalWrite& write, const SqlResult<void>& written);
  SqlResult<void> flush();
  void retry();
  void failed(const std::string& why);
  expected<std::vector<AuditEntry>, Error> audit(std::size_t limit);
};

SqlResult<void> SqliteJournal::Shared::open_once(bool load) {
  auto opened = open_journal(path(), settings.vfs);
  if (!opened) return unexpected<SqlError>(opened.error());
  const JournalTime now = time();
  // A full disk refuses this; reading what stands there is worth more.
  auto tidied = prepare_journal(*opened);
  prepared = tidied.has_value();
  if (tidied) tidied = tidy_journal(*opened, now);
  if (!tidied && tidied.error().damaged()) return tidied;
  if (load) {
    auto read = read_journal(*opened, now);
    if (!read) return unexpected<SqlError>(read.error());
    found = std::move(*read);
  }
  database = std::move(*opened);
  if (!tidied) failed(tidied.error().what);
  return {};
}

// A broken journal must not keep the daemon from protecting machines.
void SqliteJournal::Shared::open_or_replace() {
  struct stat file{};
  if (::stat(path().c_str(), &file) == 0 && file.st_size == 0) {
    say(Severity::warning, path() + " was there and empty: what it knew of runs and holds is gone");
  }
  std::string word;
  std::string why;
  {
    const auto peek = Database::open(path(), settings.vfs);
    const auto version = peek ? journal_version(*peek) : SqlResult<std::int64_t>(0);
    if (version && *version > journal_schema_version) {
      word = fmt::format("version-{}", *version);
      why = fmt::format("it was written by a later program (schema {})", *version);
    }
  }
  if (word.empty()) {
    const auto opened = open_once(true);
    if (opened) return;
    if (!opened.error().damaged()) {
      failed("cannot be opened: " + opened.error().what);
      return;
    }
    word = "corrupt";
    why = "it is damaged: " + opened.error().what;
  }
  begin_anew(word, why);
}

void SqliteJournal::Shared::begin_anew(const std::string& word, const std::string& why) {
  const auto aside = move_database_aside(path(), word, compact_utc(clock->wall_now()));
  if (!aside) {
    failed(fmt::format("{}; {}", why, aside.error().what));
    return;
  }
  say(Severity::alarm,
      fmt::format("{} was moved to {}, because {}; a new journal was begun, and what only the old "
                  "one knew of runs and holds is not known",
                  path(), *aside, why));
  if (const auto opened = open_once(false); !opened)
    failed("cannot be opened: " + opened.error().what);
}

void SqliteJournal::Shared::failed(const std::string& why) {
  if (!failing)
    say(Severity::alarm, fmt::format("{} takes no records: {}; they are kept in memory and tried "
                                     "again, and shutdowns go on",
                                     path(), why));
  failing = true;
}

// All that waits, in one transaction.
SqlResult<void> SqliteJournal::Shared::flush() {
  if (!database)
    if (auto opened = open_once(false); !opened) return opened;
  if (!prepared)
    if (auto made = prepare_journal(*database); !made) return made;
  prepared = true;
  const JournalTime now = time();
  const auto written = database->transaction([&](Database& db) -> SqlResult<void> {
    for (const JournalWrite& write : waiting) {
      auto done = write_journal(db, write, now);
      // A step of a run that was lost with an older file: the others must not wait behind it.
      if (!done && !done.error().refused()) return done;
    }
    return {};
  });
  if (!written) {
    // Whatever it is (file removed, device gone and back), the next try begins with a fresh file
    // handle; a full disk needs none.
    if (!written.error().full()) database.reset();
    return written;
  }
  waiting.clear();
  if (std::exchange(failing, false))
    say(Severity::warning, fmt::format("{} takes records again", path()));
  return {};
}

void SqliteJournal::Shared::write_queued() {
  const std::deque<JournalWrite> queued = queue.take();
  waiting.insert(waiting.end(), queued.begin(), queued.end());
  while (waiting.size() > waiting_max) make_room();
  auto written = flush();
  if (!written && written.error().full() && drop_refusals()) written = flush();
  if (!written && written.error().damaged()) {
    begin_anew("corrupt", "it is damaged: " + written.error().what);
    written = flush();
  }
  if (!written) failed(written.error().what);
  for (const JournalWrite& write : queued) answer(write, written);
  tell_of_dropped();
}

// What is refused fills the disk again as soon as it has room, before what matters is written.
// True: there were some.
bool SqliteJournal::Shared::drop_refusals() {
  const auto dropped = std::erase_if(waiting, may_be_dropped);
  queue.count_dropped(dropped);
  return dropped > 0;
}

void SqliteJournal::Shared::make_room() {
  const auto refusal = std::ranges::find_if(waiting, may_be_dropped);
  waiting.erase(refusal != waiting.end() ? refusal : waiting.begin());
}

void SqliteJournal::Shared::tell_of_dropped() {
  const Instant now = clock->now();
  if (told_of_dropped && now - *told_of_dropped < dropped_told_every) return;
  const std::uint64_t dropped = queue.take_dropped();
  if (dropped == 0) return;
  told_of_dropped = now;
  say(Severity::warning,
      fmt::format("{} orders that were refused or dry runs are not in the audit: they came faster "
                  "than the disk takes them",
                  dropped));
}

void SqliteJournal::Shared::answer(const JournalWrite& write, const SqlResult<void>& written) {
  const std::string why = written ? std::string() : written.error().what;
  if (const auto* commit = std::get_if<CommitRun>(&write.effect))
    events(CommitWritten{commit->record.id, written.has_value(), why});
  const auto* audit = std::get_if<RecordAudit>(&write.effect);
  if (audit != nullptr && audit->answer)
    events(AuditWritten{audit->record.id, written.has_value(), why});
}

// What the disk has not taken yet is not in it.
expected<std::vector<AuditEntry>, Error> SqliteJournal::Shared::audit(std::size_t limit) {
  if (!database) return fail(Errc::io_failed, path() + " cannot be read now");
  auto rows = io::read_audit(*database, limit);
  if (!rows) return fail(Errc::io_failed, fmt::format("{}: {}", path(), rows.error().what));
  return std::move(*rows);
}

void SqliteJournal::Shared::retry() {
  tell_of_dropped();
  if (waiting.empty() && database) return;
  if (const auto written = flush(); !written) failed(written.error().what);
}

expected<std::unique_ptr<SqliteJournal>, Error> SqliteJournal::open(const JournalSettings& settings,
                                                                    const ports::Clock& clock,
                                                                    ports::EventSink events,
                                                                    ports::NoticeSink notices) {
  if (::access(settings.directory.c_str(), W_OK | X_OK) != 0)
    return fail(Errc::io_failed, fmt::format("journal directory {} cannot be written: {}",
                                             settings.directory, errno_text(errno)));
  auto shared = std::make_shared<Shared>();
  shared->settings = settings;
  shared->clock = &clock;
  shared->events = std::move(events);
  shared->notices = std::move(notices);
  shared->open_or_replace();
  // The worker belongs to the shared state, so its idle job must not keep that alive.
  shared->worker.when_idle(retry_every, [weak = std::weak_ptr(shared)] {
    if (const auto alive = weak.lock()) alive->retry();
  });
  return std::unique_ptr<SqliteJournal>(new SqliteJournal(std::move(shared)));
}

SqliteJournal::SqliteJournal(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}

SqliteJournal::~SqliteJournal() { stop(); }

bool SqliteJournal::stop() { return shared_->worker.stop(patience_at_exit); }

const ports::JournalContents& SqliteJournal::contents() const { return shared_->found; }
void SqliteJournal::forget_contents() { shared_->found = ports::JournalContents(); }

void SqliteJournal::post(JournalWrite write) {
  if (!shared_->queue.add(std::move(write))) return;
  shared_->worker.post([shared = shared_] { shared->write_queued(); });
}

void SqliteJournal::commit_run(const CommitRun& effect) { post({effect, shared_->clock->now()}); }

void SqliteJournal::record_step(const RecordStep& effect) { post({effect, shared_->clock->now()}); }

void SqliteJournal::close_run(const CloseRun& effect) { post({effect, shared_->clock->now()}); }

void SqliteJournal::record_read(ports::RecordRead record) {
  post({std::move(record), shared_->clock->now()});
}

void SqliteJournal::record_comm(ports::RecordComm record) {
  post({std::move(record), shared_->clock->now()});
}

void SqliteJournal::record_hold(const RecordHold& effect) { post({effect, shared_->clock->now()}); }

void SqliteJournal::forget_hold(const ForgetHold& effect) { post({effect, shared_->clock->now()}); }

void SqliteJournal::record_audit(const RecordAudit& effect) {
  post({effect, shared_->clock->now()});
}

void SqliteJournal::record_comm_state(const RecordCommState& effect) {
  post({effect, shared_->clock->now()});
}

void SqliteJournal::record_maintenance(const RecordMaintenance& effect) {
  post({effect, shared_->clock->now()});
}

void SqliteJournal::read_audit(std::size_t limit, ports::AuditAnswer answer) {
  if (shared_->readers.fetch_add(1) >= journal_readers_max) {
    --shared_->readers;
    answer(fail(Errc::limit_reached, "too many ask for the audit at once: ask again"));
    return;
  }
  shared_->worker.post([shared = shared_, limit, answer = std::move(answer)] {
    auto rows = shared->audit(limit);
    --shared->readers;
    answer(std::move(rows));
  });
}

}  // namespace nightwatt::io

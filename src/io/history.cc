#include "io/history.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "io/database.h"
#include "io/system_clock.h"
#include "io/worker.h"

namespace nightwatt::io {
namespace {

using ports::HistoryEntry;

constexpr std::int64_t schema_version = 1;
constexpr Duration patience_at_exit{1'000};
constexpr Duration retry_every{5'000};
constexpr const char* schema =
    "CREATE TABLE entries(id INTEGER PRIMARY KEY, wall INTEGER NOT NULL, severity INTEGER NOT "
    "NULL, "
    "kind TEXT NOT NULL, subject TEXT NOT NULL, message TEXT NOT NULL, details TEXT NOT NULL);"
    "PRAGMA user_version = 1;";

using Details = std::vector<std::pair<std::string, std::string>>;

// Pairs and not an object: their order is for people, and a name may come twice.
std::string to_text(const Details& details) {
  nlohmann::json list = nlohmann::json::array();
  for (const auto& [name, value] : details) list.push_back({name, value});
  return list.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Details details_of(const std::string& text) {
  Details details;
  const auto list = nlohmann::json::parse(text, nullptr, false);
  if (!list.is_array()) return details;
  for (const auto& item : list)
    if (item.is_array() && item.size() == 2 && item[0].is_string() && item[1].is_string())
      details.emplace_back(item[0].get<std::string>(), item[1].get<std::string>());
  return details;
}

// Losing the last second of history in a power cut is fine; waiting for the disk is not.
SqlResult<Database> open_history(const std::string& path, const std::string& vfs) {
  auto database = Database::open(path, vfs);
  if (!database) return database;
  const auto version = database->integer("PRAGMA user_version");
  if (!version) return unexpected<SqlError>(version.error());
  if (*version > schema_version)
    return unexpected<SqlError>(
        SqlError{1, fmt::format("it was written by a later program (schema {})", *version)});
  if (auto set = database->run("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
                               "PRAGMA busy_timeout=1000; PRAGMA cache_size=-256;");
      !set)
    return unexpected<SqlError>(set.error());
  if (*version == 0) {
    const auto fresh = database->transaction([](Database& db) { return db.run(schema); });
    if (!fresh) return unexpected<SqlError>(fresh.error());
  }
  return database;
}

SqlResult<std::deque<HistoryEntry>> read_newest(const Database& database, std::size_t limit) {
  auto rows = database.prepare(
      "SELECT id, wall, severity, kind, subject, message, details FROM entries "
      "ORDER BY id DESC LIMIT ?");
  if (!rows) return unexpected<SqlError>(rows.error());
  rows->bind(static_cast<std::int64_t>(limit));
  std::deque<HistoryEntry> entries;
  for (;;) {
    const auto row = rows->step();
    if (!row) return unexpected<SqlError>(row.error());
    if (!*row) return entries;
    HistoryEntry entry;
    entry.id = static_cast<std::uint64_t>(rows->integer(0));
    entry.time = WallTime(Duration(rows->integer(1)));
    const auto severity =
        std::clamp<std::int64_t>(rows->integer(2), 0, static_cast<std::int64_t>(Severity::alarm));
    entry.severity = static_cast<Severity>(severity);
    entry.kind = rows->text(3);
    entry.subject = rows->text(4);
    entry.message = rows->text(5);
    entry.details = details_of(rows->text(6));
    entries.push_front(std::move(entry));
  }
}

SqlResult<void> write_entries(Database& database, const std::vector<HistoryEntry>& entries,
                              std::size_t kept) {
  return database.transaction([&](Database& db) -> SqlResult<void> {
    auto insert = db.prepare("INSERT OR REPLACE INTO entries VALUES(?,?,?,?,?,?,?)");
    if (!insert) return unexpected<SqlError>(insert.error());
    for (const HistoryEntry& entry : entries) {
      insert->bind(static_cast<std::int64_t>(entry.id));
      insert->bind(std::int64_t{entry.time.time_since_epoch().count()});
      insert->bind(static_cast<std::int64_t>(entry.severity)).bind(entry.kind);
      insert->bind(entry.subject).bind(entry.message);
      if (auto done = insert->bind(to_text(entry.details)).run(); !done) return done;
    }
    auto remove = db.prepare("DELETE FROM entries WHERE id <= ?");
    if (!remove) return unexpected<SqlError>(remove.error());
    const auto newest = static_cast<std::int64_t>(entries.back().id);
    return remove->bind(newest - static_cast<std::int64_t>(kept)).run();
  });
}

}  // namespace

struct SqliteHistory::Shared {
  HistorySettings settings;
  ports::NoticeSink notices;
  std::optional<Database> database;  // the worker's, once the constructor has returned
  bool failing = false;              // the worker's

  std::mutex mutex;
  std::deque<HistoryEntry> queue;
  bool job_posted = false;
  std::atomic<std::uint64_t> dropped{0};
  Worker worker{"nw-history"};

  std::string path() const { return settings.directory + "/history.db"; }

  void say(Severity severity, const std::string& message) const {
    notices({severity, NoticeKind::daemon, "history", message, {}});
  }

  SqlResult<std::deque<HistoryEntry>> open() {
    auto opened = open_history(path(), settings.vfs);
    if (!opened) return unexpected<SqlError>(opened.error());
    auto newest = read_newest(*opened, settings.kept_in_memory);
    if (newest) database = std::move(*opened);
    return newest;
  }

  std::deque<HistoryEntry> open_or_replace();
  void failed(const std::string& why);
  void flush();
};

std::deque<HistoryEntry> SqliteHistory::Shared::open_or_replace() {
  auto newest = open();
  if (!newest && newest.error().damaged()) {
    const auto aside =
        move_database_aside(path(), "corrupt", compact_utc(SystemClock().wall_now()));
    if (aside)
      say(Severity::warning, fmt::format("{} was moved to {}: {}; a new one was begun", path(),
                                         *aside, newest.error().what));
    newest = open();
  }
  if (newest) return std::move(*newest);
  failed(newest.error().what);
  return {};
}

void SqliteHistory::Shared::failed(const std::string& why) {
  if (!std::exchange(failing, true))
    say(Severity::warning,
        fmt::format("{} takes no entries: {}; they are kept in memory only", path(), why));
}

// Everything that waits, in one transaction; what fails stays in the queue until the bound drops
// it.
void SqliteHistory::Shared::flush() {
  std::vector<HistoryEntry> batch;
  {
    const std::lock_guard lock(mutex);
    job_posted = false;
    batch.assign(queue.begin(), queue.end());
  }
  if (batch.empty()) return;
  if (!database) {
    if (const auto opened = open(); !opened) return failed(opened.error().what);
  }
  if (const auto done = write_entries(*database, batch, settings.kept_on_disk); !done) {
    if (!done.error().full()) database.reset();
    return failed(done.error().what);
  }
  {
    const std::lock_guard lock(mutex);
    while (!queue.empty() && queue.front().id <= batch.back().id) queue.pop_front();
  }
  if (std::exchange(failing, false))
    say(Severity::warning,
        fmt::format("{} takes entries again; {} did not get there since the start", path(),
                    dropped.load()));
}

SqliteHistory::SqliteHistory(const HistorySettings& settings, ports::NoticeSink notices)
    : settings_(settings), recent_(settings.kept_in_memory), shared_(std::make_shared<Shared>()) {
  shared_->settings = settings;
  shared_->notices = std::move(notices);
  for (const HistoryEntry& entry : shared_->open_or_replace()) {
    recent_.add(entry);
    last_id_ = entry.id;
  }
  shared_->worker.when_idle(retry_every, [weak = std::weak_ptr(shared_)] {
    if (const auto alive = weak.lock()) alive->flush();
  });
}

SqliteHistory::~SqliteHistory() { stop(); }

bool SqliteHistory::stop() { return shared_->worker.stop(patience_at_exit); }

std::uint64_t SqliteHistory::add(const Notice& notice, WallTime at) {
  HistoryEntry entry{++last_id_,      at,
                     notice.severity, std::string(to_string(notice.kind)),
                     notice.subject,  notice.message,
                     notice.details};
  recent_.add(entry);
  const std::lock_guard lock(shared_->mutex);
  shared_->queue.push_back(std::move(entry));
  if (shared_->queue.size() > settings_.queue_max) {
    shared_->queue.pop_front();
    if (shared_->dropped++ == 0)
      shared_->say(Severity::warning, "the disk cannot keep up; the oldest entries are dropped");
  }
  if (!std::exchange(shared_->job_posted, true))
    shared_->worker.post([shared = shared_] { shared->flush(); });
  return last_id_;
}

std::vector<HistoryEntry> SqliteHistory::after(std::uint64_t after, std::size_t limit) const {
  return recent_.after(after, limit);
}

std::vector<HistoryEntry> SqliteHistory::newest(std::size_t limit) const {
  return recent_.newest(limit);
}

std::uint64_t SqliteHistory::last_id() const { return last_id_; }

std::uint64_t SqliteHistory::dropped() const { return shared_->dropped.load(); }

}  // namespace nightwatt::io

#include "io/journal_store.h"

#include <sqlite3.h>

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "io/journal.h"
#include "io/journal_audit.h"
#include "io/journal_comm.h"
#include "io/journal_until.h"

namespace nightwatt::io {
namespace {

// Times: milliseconds; *_boot on the boot clock of runs.boot_id, *_wall since 1970 in UTC.
constexpr const char* schema = R"sql(
CREATE TABLE runs(
  id INTEGER PRIMARY KEY, group_name TEXT NOT NULL, reason TEXT NOT NULL, state TEXT NOT NULL,
  boot_id TEXT NOT NULL, committed_boot INTEGER, committed_wall INTEGER,
  ended_boot INTEGER, ended_wall INTEGER, outcome TEXT);
CREATE TABLE steps(
  run_id INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE, position INTEGER NOT NULL,
  step_id TEXT NOT NULL, name TEXT NOT NULL, state TEXT NOT NULL, dry_run INTEGER NOT NULL,
  down_confirmed INTEGER NOT NULL, started_boot INTEGER, started_wall INTEGER,
  ended_boot INTEGER, ended_wall INTEGER, error TEXT NOT NULL,
  PRIMARY KEY(run_id, step_id)) WITHOUT ROWID;
CREATE TABLE holds(
  group_name TEXT PRIMARY KEY, boot_id TEXT NOT NULL, until_boot INTEGER NOT NULL,
  until_wall INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE read_members(identity TEXT PRIMARY KEY) WITHOUT ROWID;
PRAGMA user_version = 1;
)sql";
static_assert(journal_schema_version == 1, "the schema says which version it is");

unexpected<SqlError> wrong(const std::string& what) {
  return unexpected<SqlError>(SqlError{SQLITE_CORRUPT, what});
}

std::int64_t count(Instant at) { return at.time_since_epoch().count(); }
std::int64_t count(WallTime at) { return at.time_since_epoch().count(); }

std::optional<std::int64_t> boot_column(const std::optional<Instant>& at) {
  if (!at) return std::nullopt;
  return count(*at);
}
std::optional<std::int64_t> wall_column(const std::optional<Instant>& at, const JournalTime& time) {
  if (!at) return std::nullopt;
  return count(time.wall_of(*at));
}

SqlResult<void> write_step(Database& database, RunId run, std::optional<std::int64_t> position,
                           const StepRecord& step, const JournalTime& time) {
  auto insert = database.prepare(
      "INSERT INTO steps(run_id, step_id, name, state, dry_run, down_confirmed, started_boot, "
      "started_wall, ended_boot, ended_wall, error, position) "
      "VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11, coalesce(?12, (SELECT count(*) FROM steps WHERE "
      "run_id = ?1))) "
      "ON CONFLICT(run_id, step_id) DO UPDATE SET name = excluded.name, state = excluded.state, "
      "dry_run = excluded.dry_run, down_confirmed = excluded.down_confirmed, "
      "started_boot = excluded.started_boot, started_wall = excluded.started_wall, "
      "ended_boot = excluded.ended_boot, ended_wall = excluded.ended_wall, error = excluded.error");
  if (!insert) return unexpected<SqlError>(insert.error());
  insert->bind(static_cast<std::int64_t>(run.value)).bind(step.id).bind(step.name);
  insert->bind(to_string(step.state)).bind(std::int64_t{step.dry_run});
  // Bit 0: seen to go down; bit 1: seen up again.
  insert->bind(std::int64_t{step.down_confirmed} | (std::int64_t{step.returned} << 1));
  insert->bind(boot_column(step.started_at)).bind(wall_column(step.started_at, time));
  insert->bind(boot_column(step.ended_at)).bind(wall_column(step.ended_at, time));
  return insert->bind(step.error).bind(position).run();
}

SqlResult<void> write_one(Database& database, const CommitRun& effect, Instant,
                          const JournalTime& time) {
  const RunRecord& run = effect.record;
  auto insert = database.prepare(
      "INSERT OR REPLACE INTO runs(id, group_name, reason, state, boot_id, committed_boot, "
      "committed_wall, ended_boot, ended_wall) VALUES(?,?,?,?,?,?,?,?,?)");
  if (!insert) return unexpected<SqlError>(insert.error());
  insert->bind(static_cast<std::int64_t>(run.id.value)).bind(run.group).bind(run.reason);
  insert->bind(to_string(run.state)).bind(time.boot_id);
  insert->bind(boot_column(run.committed_at)).bind(wall_column(run.committed_at, time));
  insert->bind(boot_column(run.ended_at)).bind(wall_column(run.ended_at, time));
  if (auto done = insert->run(); !done) return done;
  std::int64_t position = 0;
  for (const StepRecord& step : run.steps)
    if (auto done = write_step(database, run.id, position++, step, time); !done) return done;
  return {};
}

SqlResult<void> write_one(Database& database, const RecordStep& effect, Instant,
                          const JournalTime& time) {
  auto update = database.prepare("UPDATE runs SET state = ? WHERE id = ? AND state = ?");
  if (!update) return unexpected<SqlError>(update.error());
  // Progress after the commit means that the plan is running.
  update->bind(to_string(RunState::running)).bind(static_cast<std::int64_t>(effect.run.value));
  if (auto done = update->bind(to_string(RunState::committed)).run(); !done) return done;
  return write_step(database, effect.run, std::nullopt, effect.step, time);
}

SqlResult<void> write_one(Database& database, const CloseRun& effect, Instant at,
                          const JournalTime& time) {
  auto update = database.prepare(
      "UPDATE runs SET state = ?, outcome = ?, ended_boot = ?, ended_wall = ? WHERE id = ?");
  if (!update) return unexpected<SqlError>(update.error());
  update->bind(to_string(RunState::done)).bind(effect.outcome).bind(count(at));
  update->bind(count(time.wall_of(at))).bind(static_cast<std::int64_t>(effect.run.value));
  return update->run();
}

SqlResult<void> write_one(Database& database, const RecordHold& effect, Instant at,
                          const JournalTime& time) {
  return write_until(database, UntilKind::hold, effect.hold.group, effect.hold.until, at, time);
}

SqlResult<void> write_one(Database& database, const ForgetHold& effect, Instant,
                          const JournalTime&) {
  return forget_until(database, UntilKind::hold, effect.group);
}

SqlResult<void> write_one(Database& database, const RecordAudit& effect, Instant at,
                          const JournalTime& time) {
  return write_audit(database, effect.record, at, time);
}

SqlResult<void> write_one(Database& database, const RecordCommState& effect, Instant at,
                          const JournalTime& time) {
  return write_hand(database, effect.record, at, time);
}

SqlResult<void> write_one(Database& database, const RecordMaintenance& effect, Instant at,
                          const JournalTime& time) {
  constexpr auto kind = UntilKind::maintenance;
  if (!effect.until) return forget_until(database, kind, effect.device);
  return write_until(database, kind, effect.device, *effect.until, at, time);
}

SqlResult<void> write_one(Database& database, const ports::RecordRead& record, Instant,
                          const JournalTime&) {
  for (const std::string& member : record.members) {
    auto insert = database.prepare("INSERT OR IGNORE INTO read_members VALUES(?)");
    if (!insert) return unexpected<SqlError>(insert.error());
    if (auto done = insert->bind(member).run(); !done) return done;
  }
  return {};
}

SqlResult<void> write_one(Database& database, const ports::RecordComm& record, Instant at,
                          const JournalTime& time) {
  return write_comm(database, record, at, time);
}

SqlResult<std::vector<std::string>> read_read_members(const Database& database) {
  auto rows = database.prepare("SELECT identity FROM read_members ORDER BY identity");
  if (!rows) return unexpected<SqlError>(rows.error());
  std::vector<std::string> members;
  for (;;) {
    const auto row = rows->step();
    if (!row) return unexpected<SqlError>(row.error());
    if (!*row) return members;
    members.push_back(rows->text(0));
  }
}

SqlResult<std::vector<StepRecord>> read_steps(const Database& database, std::int64_t run,
                                              bool same_boot, const JournalTime& time) {
  auto rows = database.prepare(
      "SELECT step_id, name, state, dry_run, down_confirmed, started_boot, started_wall, "
      "ended_boot, ended_wall, error FROM steps WHERE run_id = ? ORDER BY position");
  if (!rows) return unexpected<SqlError>(rows.error());
  rows->bind(run);
  std::vector<StepRecord> steps;
  for (;;) {
    const auto row = rows->step();
    if (!row) return unexpected<SqlError>(row.error());
    if (!*row) return steps;
    const auto state = named(rows->text(2), StepState::skipped);
    if (!state) return wrong("unknown step state '" + rows->text(2) + "'");
    StepRecord& step = steps.emplace_back();
    step.id = rows->text(0);
    step.name = rows->text(1);
    step.state = *state;
    step.dry_run = rows->integer(3) != 0;
    step.down_confirmed = (rows->integer(4) & 1) != 0;
    step.returned = (rows->integer(4) & 2) != 0;
    step.started_at = instant_of(rows->maybe_integer(5), rows->maybe_integer(6), same_boot, time);
    step.ended_at = instant_of(rows->maybe_integer(7), rows->maybe_integer(8), same_boot, time);
    step.error = rows->text(9);
  }
}

// Runs that `where` selects, ascending; ?1 in it is this boot's id.
SqlResult<std::vector<ports::ClosedRun>> read_runs(const Database& database,
                                                   const std::string& where,
                                                   const JournalTime& time) {
  auto rows = database.prepare(
      "SELECT id, group_name, reason, state, boot_id, committed_boot, committed_wall, ended_boot, "
      "ended_wall, outcome FROM runs WHERE " +
      where + " ORDER BY id");
  if (!rows) return unexpected<SqlError>(rows.error());
  rows->bind(time.boot_id);
  std::vector<ports::ClosedRun> runs;
  for (;;) {
    const auto row = rows->step();
    if (!row) return unexpected<SqlError>(row.error());
    if (!*row) return runs;
    const bool same_boot = rows->text(4) == time.boot_id;
    const auto state = named(rows->text(3), RunState::done);
    if (!state) return wrong("unknown run state '" + rows->text(3) + "'");
    RunRecord record;
    record.id = RunId{static_cast<std::uint64_t>(rows->integer(0))};
    record.group = rows->text(1);
    record.reason = rows->text(2);
    record.state = *state;
    record.committed_at =
        instant_of(rows->maybe_integer(5), rows->maybe_integer(6), same_boot, time);
    record.ended_at = instant_of(rows->maybe_integer(7), rows->maybe_integer(8), same_boot, time);
    auto steps = read_steps(database, rows->integer(0), same_boot, time);
    if (!steps) return unexpected<SqlError>(steps.error());
    record.steps = std::move(*steps);
    runs.push_back({std::move(record), rows->text(9)});
  }
}

}  // namespace

std::optional<Instant> instant_of(std::optional<std::int64_t> boot,
                                  std::optional<std::int64_t> wall, bool same_boot,
                                  const JournalTime& time) {
  if (same_boot && boot) return Instant(Duration(*boot));
  if (!wall) return std::nullopt;
  return time.now - (time.wall_now - WallTime(Duration(*wall)));
}

SqlResult<std::int64_t> journal_version(const Database& database) {
  return database.integer("PRAGMA user_version");
}

SqlResult<Database> open_journal(const std::string& path, const std::string& vfs) {
  auto database = Database::open(path, vfs);
  if (!database) return database;
  // Exclusive first: the log's index then lives in memory and not in a file of its own.
  if (auto set = database->run(
          "PRAGMA locking_mode=EXCLUSIVE; PRAGMA foreign_keys=ON; PRAGMA cache_size=-256;");
      !set)
    return unexpected<SqlError>(set.error());
  const auto version = journal_version(*database);
  if (!version) return unexpected<SqlError>(version.error());
  const auto check = database->text("PRAGMA quick_check(1)");
  if (!check) return unexpected<SqlError>(check.error());
  if (*check != "ok") return wrong(*check);
  if (auto set = database->run("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"); !set)
    return unexpected<SqlError>(set.error());
  if (*version == 0) {
    const auto fresh = database->transaction([](Database& db) { return db.run(schema); });
    if (!fresh) return unexpected<SqlError>(fresh.error());
  }
  return database;
}

SqlResult<void> prepare_journal(Database& database) {
  if (auto audit = prepare_audit(database); !audit) return audit;
  if (auto until = prepare_until(database); !until) return until;
  return prepare_comm(database);
}

SqlResult<void> tidy_journal(Database& database, const JournalTime& time) {
  auto tidied = database.transaction([&](Database& db) -> SqlResult<void> {
    auto update = db.prepare(
        "UPDATE runs SET state = 'done', outcome = ?, ended_wall = "
        "(SELECT max(coalesce(max(ended_wall), 0), coalesce(max(started_wall), 0), "
        "coalesce(runs.committed_wall, 0)) FROM steps WHERE run_id = runs.id) "
        "WHERE state <> 'done' AND boot_id <> ?");
    if (!update) return unexpected<SqlError>(update.error());
    if (auto done = update->bind(ports::journal_interrupted).bind(time.boot_id).run(); !done)
      return done;
    auto remove = db.prepare(
        "DELETE FROM runs WHERE state = 'done' AND id NOT IN "
        "(SELECT id FROM runs WHERE state = 'done' ORDER BY id DESC LIMIT ?)");
    if (!remove) return unexpected<SqlError>(remove.error());
    remove->bind(static_cast<std::int64_t>(journal_closed_runs_max));
    return remove->run();
  });
  const auto kept = database.transaction([&](Database& db) { return keep_shortened(db, time); });
  return tidied ? kept : tidied;
}

SqlResult<ports::JournalContents> read_journal(const Database& database, const JournalTime& time) {
  ports::JournalContents contents;
  // Should closing have failed (a full disk), another boot's runs still are not ours to resume.
  auto unfinished = read_runs(database, "state <> 'done' AND boot_id = ?1", time);
  if (!unfinished) return unexpected<SqlError>(unfinished.error());
  for (ports::ClosedRun& run : *unfinished) contents.unfinished.push_back(std::move(run.record));
  auto closed = read_runs(
      database, "id IN (SELECT max(id) FROM runs WHERE state = 'done' GROUP BY group_name)", time);
  if (!closed) return unexpected<SqlError>(closed.error());
  contents.last_closed = std::move(*closed);
  auto holds = read_until(database, UntilKind::hold, time);
  if (!holds) return unexpected<SqlError>(holds.error());
  for (auto& [group, until] : *holds) contents.holds.push_back({std::move(group), until});
  auto members = read_read_members(database);
  if (!members) return unexpected<SqlError>(members.error());
  contents.read_members = std::move(*members);
  auto comm = read_comm(database, time);
  if (!comm) return unexpected<SqlError>(comm.error());
  contents.comm = std::move(*comm);
  auto hand = read_hands(database, time);
  if (!hand) return unexpected<SqlError>(hand.error());
  contents.out_by_hand = std::move(*hand);
  auto maintenance = read_until(database, UntilKind::maintenance, time);
  if (!maintenance) return unexpected<SqlError>(maintenance.error());
  for (auto& [device, until] : *maintenance)
    contents.maintenance.push_back({std::move(device), until});
  const auto greatest = database.integer("SELECT coalesce(max(id), 0) FROM runs");
  if (!greatest) return unexpected<SqlError>(greatest.error());
  contents.greatest = RunId{static_cast<std::uint64_t>(*greatest)};
  contents.greatest_order = greatest_audit(database).value_or(0);
  return contents;
}

SqlResult<void> write_journal(Database& database, const JournalWrite& write,
                              const JournalTime& time) {
  return std::visit([&](const auto& effect) { return write_one(database, effect, write.at, time); },
                    write.effect);
}

}  // namespace nightwatt::io

#include "io/journal_audit.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace nightwatt::io {
namespace {

constexpr std::uint64_t rows_between_removals = 256;

constexpr const char* audit_table = R"sql(
CREATE TABLE IF NOT EXISTS audit(
  id INTEGER PRIMARY KEY, device TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL,
  value TEXT NOT NULL, who TEXT NOT NULL, dry_run INTEGER NOT NULL, path TEXT NOT NULL,
  outcome TEXT NOT NULL, text TEXT NOT NULL, asked_wall INTEGER NOT NULL, ended_wall INTEGER);
)sql";

// A journal of before has the table without these.
SqlResult<void> add_columns(Database& database) {
  for (const char* column : {"policy TEXT", "expires_ms INTEGER"}) {
    const std::string name(std::string_view(column).substr(0, std::string_view(column).find(' ')));
    const auto there = database.integer(
        fmt::format("SELECT count(*) FROM pragma_table_info('audit') WHERE name = '{}'", name));
    if (!there) return unexpected<SqlError>(there.error());
    if (*there > 0) continue;
    auto added = database.run(fmt::format("ALTER TABLE audit ADD COLUMN {}", column));
    if (!added) return added;
  }
  return {};
}

// Refusals have room of their own: whoever only knocks at the door pushes out nobody's orders.
SqlResult<void> remove_old(Database& database) {
  for (const char* kind : {"outcome = 'refused'", "outcome <> 'refused'"}) {
    auto remove = database.prepare(
        fmt::format("DELETE FROM audit WHERE {0} AND id <= (SELECT id FROM audit WHERE {0} "
                    "ORDER BY id DESC LIMIT 1 OFFSET ?)",
                    kind));
    if (!remove) return unexpected<SqlError>(remove.error());
    auto done = remove->bind(static_cast<std::int64_t>(journal_audit_rows_max)).run();
    if (!done) return done;
  }
  return {};
}

}  // namespace

SqlResult<void> prepare_audit(Database& database) {
  return database.transaction([](Database& db) -> SqlResult<void> {
    if (auto made = db.run(audit_table); !made) return made;
    if (auto added = add_columns(db); !added) return added;
    // Whoever wrote this is gone, and nobody waits for an answer any more.
    if (auto closed =
            db.run("UPDATE audit SET outcome = 'unknown', text = 'the daemon ended before "
                   "it was answered' WHERE outcome = 'pending'");
        !closed)
      return closed;
    return remove_old(db);
  });
}

SqlResult<void> write_audit(Database& database, const AuditRecord& record, Instant at,
                            const JournalTime& time) {
  const std::int64_t wall = time.wall_of(at).time_since_epoch().count();
  auto insert = database.prepare(
      "INSERT INTO audit(id, device, kind, name, value, who, dry_run, path, outcome, text, "
      "asked_wall, ended_wall, policy, expires_ms) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,"
      "?13,?14) "
      "ON CONFLICT(id) DO UPDATE SET path = excluded.path, outcome = excluded.outcome, "
      "text = excluded.text, ended_wall = excluded.asked_wall");
  if (!insert) return unexpected<SqlError>(insert.error());
  insert->bind(static_cast<std::int64_t>(record.id)).bind(record.device);
  insert->bind(to_string(record.kind)).bind(record.name).bind(record.value).bind(record.who);
  insert->bind(std::int64_t{record.dry_run}).bind(record.path).bind(to_string(record.outcome));
  insert->bind(record.text).bind(wall);
  const bool ended = record.outcome != ControlOutcome::pending;
  insert->bind(ended ? std::optional(wall) : std::optional<std::int64_t>());
  insert->bind(record.policy ? to_string(*record.policy) : std::string_view());
  const auto expires = record.expires_in ? std::optional(record.expires_in->count()) : std::nullopt;
  auto done = insert->bind(std::optional<std::int64_t>(expires)).run();
  if (!done || record.id % rows_between_removals != 0) return done;
  return remove_old(database);  // refusals in a row must not fill the disk of a long life
}

SqlResult<std::vector<AuditEntry>> read_audit(const Database& database, std::size_t limit) {
  auto rows = database.prepare(
      "SELECT * FROM (SELECT id, device, kind, name, value, who, dry_run, path, outcome, text, "
      "asked_wall, ended_wall, policy, expires_ms FROM audit ORDER BY id DESC LIMIT ?) ORDER BY "
      "id");
  if (!rows) return unexpected<SqlError>(rows.error());
  rows->bind(static_cast<std::int64_t>(std::min(limit, 2 * journal_audit_rows_max)));
  std::vector<AuditEntry> entries;
  for (;;) {
    const auto row = rows->step();
    if (!row) return unexpected<SqlError>(row.error());
    if (!*row) return entries;
    AuditRecord record;
    record.id = static_cast<std::uint64_t>(rows->integer(0));
    record.device = rows->text(1);
    record.kind = named(rows->text(2), ControlKind::write).value_or(ControlKind::command);
    record.name = rows->text(3);
    record.value = rows->text(4);
    record.who = rows->text(5);
    record.dry_run = rows->integer(6) != 0;
    record.path = rows->text(7);
    record.outcome =
        named(rows->text(8), ControlOutcome::unknown).value_or(ControlOutcome::unknown);
    record.text = rows->text(9);
    record.policy = named(rows->text(12), ControlPolicy::select_before_operate);
    if (const auto ms = rows->maybe_integer(13)) record.expires_in = Duration(*ms);
    AuditEntry entry{std::move(record), WallTime(Duration(rows->integer(10))), std::nullopt};
    if (const auto ended = rows->maybe_integer(11)) entry.ended = WallTime(Duration(*ended));
    entries.push_back(std::move(entry));
  }
}

SqlResult<std::uint64_t> greatest_audit(const Database& database) {
  const auto found = database.integer("SELECT coalesce(max(id), 0) FROM audit");
  if (!found) return unexpected<SqlError>(found.error());
  return static_cast<std::uint64_t>(*found);
}

}  // namespace nightwatt::io

#include "io/journal_audit.h"

#include <fmt/format.h>

#include <cstdint>

namespace nightwatt::io {
namespace {

constexpr const char* audit_table = R"sql(
CREATE TABLE IF NOT EXISTS audit(
  id INTEGER PRIMARY KEY, device TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL,
  value TEXT NOT NULL, who TEXT NOT NULL, dry_run INTEGER NOT NULL, path TEXT NOT NULL,
  outcome TEXT NOT NULL, text TEXT NOT NULL, asked_wall INTEGER NOT NULL, ended_wall INTEGER);
)sql";

}  // namespace

SqlResult<void> prepare_audit(Database& database) {
  return database.transaction([](Database& db) -> SqlResult<void> {
    if (auto made = db.run(audit_table); !made) return made;
    // Whoever wrote this is gone, and nobody waits for an answer any more.
    if (auto closed =
            db.run("UPDATE audit SET outcome = 'unknown', text = 'the daemon ended before "
                   "it was answered' WHERE outcome = 'pending'");
        !closed)
      return closed;
    auto remove = db.prepare("DELETE FROM audit WHERE id <= (SELECT max(id) FROM audit) - ?");
    if (!remove) return unexpected<SqlError>(remove.error());
    return remove->bind(static_cast<std::int64_t>(journal_audit_rows_max)).run();
  });
}

SqlResult<void> write_audit(Database& database, const AuditRecord& record, Instant at,
                            const JournalTime& time) {
  const std::int64_t wall = (time.wall_now - (time.now - at)).time_since_epoch().count();
  auto insert = database.prepare(
      "INSERT INTO audit(id, device, kind, name, value, who, dry_run, path, outcome, text, "
      "asked_wall, ended_wall) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12) "
      "ON CONFLICT(id) DO UPDATE SET path = excluded.path, outcome = excluded.outcome, "
      "text = excluded.text, ended_wall = excluded.asked_wall");
  if (!insert) return unexpected<SqlError>(insert.error());
  insert->bind(static_cast<std::int64_t>(record.id)).bind(record.device);
  insert->bind(to_string(record.kind)).bind(record.name).bind(record.value).bind(record.who);
  insert->bind(std::int64_t{record.dry_run}).bind(record.path).bind(to_string(record.outcome));
  insert->bind(record.text).bind(wall);
  const bool ended = record.outcome != ControlOutcome::pending;
  return insert->bind(ended ? std::optional(wall) : std::optional<std::int64_t>()).run();
}

SqlResult<std::uint64_t> greatest_audit(const Database& database) {
  const auto found = database.integer("SELECT coalesce(max(id), 0) FROM audit");
  if (!found) return unexpected<SqlError>(found.error());
  return static_cast<std::uint64_t>(*found);
}

}  // namespace nightwatt::io

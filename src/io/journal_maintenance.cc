#include "io/journal_maintenance.h"

#include <cstdint>

namespace nightwatt::io {

SqlResult<void> prepare_maintenance(Database& database) {
  return database.run(R"sql(
CREATE TABLE IF NOT EXISTS maintenance(
  device TEXT PRIMARY KEY, boot_id TEXT NOT NULL, until_boot INTEGER NOT NULL,
  until_wall INTEGER NOT NULL);
)sql");
}

SqlResult<void> write_maintenance(Database& database, const RecordMaintenance& record,
                                  const JournalTime& time) {
  if (!record.until) {
    auto remove = database.prepare("DELETE FROM maintenance WHERE device = ?");
    if (!remove) return unexpected<SqlError>(remove.error());
    return remove->bind(record.device).run();
  }
  auto insert = database.prepare("INSERT OR REPLACE INTO maintenance VALUES(?,?,?,?)");
  if (!insert) return unexpected<SqlError>(insert.error());
  insert->bind(record.device).bind(time.boot_id);
  insert->bind(std::int64_t{record.until->time_since_epoch().count()});
  const WallTime wall = time.wall_of(*record.until);
  return insert->bind(std::int64_t{wall.time_since_epoch().count()}).run();
}

SqlResult<std::vector<RecordMaintenance>> read_maintenance(const Database& database,
                                                           const JournalTime& time) {
  std::vector<RecordMaintenance> found;
  const auto there = has_table(database, "maintenance");
  if (!there) return unexpected<SqlError>(there.error());
  if (!*there) return found;
  auto rows = database.prepare(
      "SELECT device, boot_id, until_boot, until_wall FROM maintenance ORDER BY device");
  if (!rows) return unexpected<SqlError>(rows.error());
  for (;;) {
    const auto row = rows->step();
    if (!row) return unexpected<SqlError>(row.error());
    if (!*row) return found;
    const bool same_boot = rows->text(1) == time.boot_id;
    const auto until = instant_of(rows->integer(2), rows->integer(3), same_boot, time);
    found.push_back({rows->text(0), until.value_or(Instant{})});
  }
}

}  // namespace nightwatt::io

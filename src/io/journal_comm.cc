#include "io/journal_comm.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

namespace nightwatt::io {
namespace {

// Times as in the other tables; ages in milliseconds, counted from `at`.
constexpr const char* tables = R"sql(
CREATE TABLE IF NOT EXISTS comm_memory(
  device TEXT PRIMARY KEY, active_comm TEXT NOT NULL, active_unit TEXT NOT NULL,
  left_primary_ago INTEGER, frozen_for INTEGER, failed_over INTEGER NOT NULL,
  flaps INTEGER NOT NULL, boot_id TEXT NOT NULL, at_boot INTEGER NOT NULL,
  at_wall INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS comm_memory_paths(
  device TEXT NOT NULL REFERENCES comm_memory(device) ON DELETE CASCADE,
  position INTEGER NOT NULL, comm TEXT NOT NULL, unit TEXT NOT NULL, last_ok_ago INTEGER,
  failed_ago INTEGER, unproven INTEGER NOT NULL,
  PRIMARY KEY(device, position)) WITHOUT ROWID;
)sql";

constexpr std::int64_t day_ms = 86'400'000;

std::optional<std::int64_t> column(const std::optional<Duration>& age) {
  if (!age) return std::nullopt;
  return age->count();
}

std::optional<Duration> age_of(std::optional<std::int64_t> column) {
  if (!column) return std::nullopt;
  return Duration(*column);
}

SqlResult<void> write_paths(Database& database, const CommMemory& memory) {
  std::int64_t position = 0;
  for (const PathMemory& path : memory.paths) {
    auto insert = database.prepare("INSERT INTO comm_memory_paths VALUES(?,?,?,?,?,?,?)");
    if (!insert) return unexpected<SqlError>(insert.error());
    insert->bind(memory.device).bind(position++).bind(path.comm).bind(path.unit);
    insert->bind(column(path.last_ok_ago)).bind(column(path.failed_ago));
    if (auto done = insert->bind(std::int64_t{path.unproven}).run(); !done) return done;
  }
  return {};
}

SqlResult<std::vector<PathMemory>> read_paths(const Database& database, const std::string& device) {
  auto rows = database.prepare(
      "SELECT comm, unit, last_ok_ago, failed_ago, unproven FROM comm_memory_paths WHERE device = "
      "? ORDER BY position");
  if (!rows) return unexpected<SqlError>(rows.error());
  rows->bind(device);
  std::vector<PathMemory> paths;
  for (;;) {
    const auto row = rows->step();
    if (!row) return unexpected<SqlError>(row.error());
    if (!*row) return paths;
    paths.push_back({.comm = rows->text(0),
                     .unit = rows->text(1),
                     .last_ok_ago = age_of(rows->maybe_integer(2)),
                     .failed_ago = age_of(rows->maybe_integer(3)),
                     .unproven = rows->integer(4) != 0});
  }
}

}  // namespace

SqlResult<void> prepare_comm(Database& database) {
  return database.transaction([](Database& db) -> SqlResult<void> {
    if (auto made = db.run(tables); !made) return made;
    auto remove = db.prepare(
        "DELETE FROM comm_memory WHERE at_wall < (SELECT max(at_wall) FROM comm_memory) - ?");
    if (!remove) return unexpected<SqlError>(remove.error());
    return remove->bind(journal_comm_days_max * day_ms).run();
  });
}

SqlResult<void> write_comm(Database& database, const ports::RecordComm& record, Instant at,
                           const JournalTime& time) {
  const std::int64_t wall = (time.wall_now - (time.now - at)).time_since_epoch().count();
  for (const CommMemory& memory : record.devices) {
    auto remove = database.prepare("DELETE FROM comm_memory WHERE device = ?");
    if (!remove) return unexpected<SqlError>(remove.error());
    if (auto done = remove->bind(memory.device).run(); !done) return done;
    auto insert = database.prepare("INSERT INTO comm_memory VALUES(?,?,?,?,?,?,?,?,?,?)");
    if (!insert) return unexpected<SqlError>(insert.error());
    insert->bind(memory.device).bind(memory.active_comm).bind(memory.active_unit);
    insert->bind(column(memory.left_primary_ago)).bind(column(memory.frozen_for));
    insert->bind(std::int64_t{memory.failed_over}).bind(std::int64_t{memory.flaps});
    insert->bind(time.boot_id).bind(std::int64_t{at.time_since_epoch().count()});
    if (auto done = insert->bind(wall).run(); !done) return done;
    if (auto done = write_paths(database, memory); !done) return done;
  }
  return {};
}

SqlResult<std::vector<CommMemory>> read_comm(const Database& database, const JournalTime& time) {
  std::vector<CommMemory> devices;
  const auto there = database.integer(
      "SELECT count(*) FROM sqlite_master WHERE name IN ('comm_memory', 'comm_memory_paths')");
  if (!there) return unexpected<SqlError>(there.error());
  if (*there < 2) return devices;
  auto rows = database.prepare(
      "SELECT device, active_comm, active_unit, left_primary_ago, frozen_for, failed_over, flaps, "
      "boot_id, at_boot, at_wall FROM comm_memory ORDER BY device");
  if (!rows) return unexpected<SqlError>(rows.error());
  for (;;) {
    const auto row = rows->step();
    if (!row) return unexpected<SqlError>(row.error());
    if (!*row) return devices;
    CommMemory memory;
    memory.device = rows->text(0);
    memory.active_comm = rows->text(1);
    memory.active_unit = rows->text(2);
    memory.left_primary_ago = age_of(rows->maybe_integer(3));
    memory.frozen_for = age_of(rows->maybe_integer(4));
    memory.failed_over = rows->integer(5) != 0;
    memory.flaps = static_cast<std::uint8_t>(std::clamp<std::int64_t>(rows->integer(6), 0, 255));
    auto paths = read_paths(database, memory.device);
    if (!paths) return unexpected<SqlError>(paths.error());
    memory.paths = std::move(*paths);
    const Duration since = rows->text(7) == time.boot_id
                               ? time.now - Instant(Duration(rows->integer(8)))
                               : time.wall_now - WallTime(Duration(rows->integer(9)));
    memory.age(std::max(since, Duration(0)));  // a wall clock that was set back makes nothing young
    devices.push_back(std::move(memory));
  }
}

}  // namespace nightwatt::io

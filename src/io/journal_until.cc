#include "io/journal_until.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace nightwatt::io {
namespace {

// The holds' table is older than this one and stays as it is, for programs that know no other.
// `until_boot` says whether a length belongs to what an earlier program wrote meanwhile.
constexpr const char* tables = R"sql(
CREATE TABLE IF NOT EXISTS maintenance(
  device TEXT PRIMARY KEY, boot_id TEXT NOT NULL, until_boot INTEGER NOT NULL,
  until_wall INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS asked_lengths(
  kind TEXT NOT NULL, name TEXT NOT NULL, until_boot INTEGER NOT NULL, length INTEGER NOT NULL,
  PRIMARY KEY(kind, name)) WITHOUT ROWID;
)sql";

struct Table {
  std::string name;
  std::string key;
};

Table table_of(UntilKind kind) {
  switch (kind) {
    case UntilKind::hold: return {"holds", "group_name"};
    case UntilKind::maintenance: return {"maintenance", "device"};
  }
  return {};
}

}  // namespace

SqlResult<void> prepare_until(Database& database) { return database.run(tables); }

SqlResult<void> write_until(Database& database, UntilKind kind, const std::string& name,
                            Instant until, Instant at, const JournalTime& time) {
  const Table table = table_of(kind);
  const std::int64_t until_boot = until.time_since_epoch().count();
  auto insert = database.prepare("INSERT OR REPLACE INTO " + table.name + " VALUES(?,?,?,?)");
  if (!insert) return unexpected<SqlError>(insert.error());
  insert->bind(name).bind(time.boot_id).bind(until_boot);
  insert->bind(std::int64_t{time.wall_of(until).time_since_epoch().count()});
  if (auto done = insert->run(); !done) return done;
  auto length = database.prepare("INSERT OR REPLACE INTO asked_lengths VALUES(?,?,?,?)");
  if (!length) return unexpected<SqlError>(length.error());
  length->bind(table.name).bind(name).bind(until_boot);
  return length->bind(std::int64_t{(until - at).count()}).run();
}

SqlResult<void> forget_until(Database& database, UntilKind kind, const std::string& name) {
  const Table table = table_of(kind);
  auto remove = database.prepare("DELETE FROM " + table.name + " WHERE " + table.key + " = ?");
  if (!remove) return unexpected<SqlError>(remove.error());
  if (auto done = remove->bind(name).run(); !done) return done;
  auto length = database.prepare("DELETE FROM asked_lengths WHERE kind = ? AND name = ?");
  if (!length) return unexpected<SqlError>(length.error());
  return length->bind(table.name).bind(name).run();
}

namespace {

struct Row {
  std::string name;
  Instant until{};
  bool cut = false;  // to the length that was asked for
};

SqlResult<std::vector<Row>> rows_of(const Database& database, UntilKind kind,
                                    const JournalTime& time) {
  const Table table = table_of(kind);
  std::vector<Row> found;
  const auto there = has_table(database, table.name.c_str());
  if (!there) return unexpected<SqlError>(there.error());
  if (!*there) return found;
  const auto measured = has_table(database, "asked_lengths");
  if (!measured) return unexpected<SqlError>(measured.error());
  const std::string length = *measured ? "(SELECT length FROM asked_lengths AS a WHERE a.kind = '" +
                                             table.name + "' AND a.name = t." + table.key +
                                             " AND a.until_boot = t.until_boot)"
                                       : "NULL";
  auto rows = database.prepare("SELECT " + table.key + ", boot_id, until_boot, until_wall, " +
                               length + " FROM " + table.name + " AS t ORDER BY 1");
  if (!rows) return unexpected<SqlError>(rows.error());
  for (;;) {
    const auto row = rows->step();
    if (!row) return unexpected<SqlError>(row.error());
    if (!*row) return found;
    const bool same_boot = rows->text(1) == time.boot_id;
    Row next{rows->text(0)};
    next.until =
        instant_of(rows->integer(2), rows->integer(3), same_boot, time).value_or(Instant{});
    const auto asked = rows->maybe_integer(4);
    next.cut = asked && next.until > time.now + Duration(*asked);
    if (next.cut) next.until = time.now + Duration(*asked);
    found.push_back(std::move(next));
  }
}

}  // namespace

SqlResult<Untils> read_until(const Database& database, UntilKind kind, const JournalTime& time) {
  auto rows = rows_of(database, kind, time);
  if (!rows) return unexpected<SqlError>(rows.error());
  Untils found;
  for (Row& row : *rows) found.emplace_back(std::move(row.name), row.until);
  return found;
}

SqlResult<void> keep_cut(Database& database, const JournalTime& time) {
  for (const UntilKind kind : {UntilKind::hold, UntilKind::maintenance}) {
    const auto rows = rows_of(database, kind, time);
    if (!rows) return unexpected<SqlError>(rows.error());
    for (const Row& row : *rows) {
      if (!row.cut) continue;
      auto done = write_until(database, kind, row.name, row.until, time.now, time);
      if (!done) return done;
    }
  }
  return {};
}

}  // namespace nightwatt::io

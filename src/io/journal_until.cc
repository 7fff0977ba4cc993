#include "io/journal_until.h"

#include <cstdint>
#include <utility>

namespace nightwatt::io {
namespace {

// The holds' table is older than this one and stays as it is, for programs that know no other.
// `until_boot` says whether a length belongs to what an earlier program wrote meanwhile. What is
// left by a clock that was set back is kept beside the end itself: the clock may be right again
// when the machine boots the next time.
constexpr const char* tables = R"sql(
CREATE TABLE IF NOT EXISTS maintenance(
  device TEXT PRIMARY KEY, boot_id TEXT NOT NULL, until_boot INTEGER NOT NULL,
  until_wall INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS asked_ends(
  kind TEXT NOT NULL, name TEXT NOT NULL, until_boot INTEGER NOT NULL, length INTEGER NOT NULL,
  cut_boot_id TEXT, cut_boot INTEGER, cut_wall INTEGER, PRIMARY KEY(kind, name)) WITHOUT ROWID;
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
  auto length =
      database.prepare("INSERT OR REPLACE INTO asked_ends VALUES(?,?,?,?,NULL,NULL,NULL)");
  if (!length) return unexpected<SqlError>(length.error());
  length->bind(table.name).bind(name).bind(until_boot);
  return length->bind(std::int64_t{(until - at).count()}).run();
}

SqlResult<void> forget_until(Database& database, UntilKind kind, const std::string& name) {
  const Table table = table_of(kind);
  auto remove = database.prepare("DELETE FROM " + table.name + " WHERE " + table.key + " = ?");
  if (!remove) return unexpected<SqlError>(remove.error());
  if (auto done = remove->bind(name).run(); !done) return done;
  auto length = database.prepare("DELETE FROM asked_ends WHERE kind = ? AND name = ?");
  if (!length) return unexpected<SqlError>(length.error());
  return length->bind(table.name).bind(name).run();
}

namespace {

struct Row {
  std::string name;
  Instant until{};
  bool shortened = false;  // by row_of(), to what was asked for
};

// Its columns: name, boot, both clocks of the end; then of asked_ends, or nothing: the length,
// and boot and clocks of the end that was kept when the clock was behind.
Row row_of(const Statement& columns, const JournalTime& time) {
  Row row{columns.text(0)};
  const bool same_boot = columns.text(1) == time.boot_id;
  const auto wall = columns.integer(3);
  row.until = instant_of(columns.integer(2), wall, same_boot, time).value_or(Instant{});
  const auto asked = columns.maybe_integer(4);
  if (!asked || same_boot) return row;
  const WallTime asked_at = WallTime(Duration(wall)) - Duration(*asked);
  if (time.wall_now >= asked_at) return row;
  // Set back: by this clock nobody has asked for it yet.
  const Instant longest = time.now + Duration(*asked);
  const bool cut_here = columns.text(5) == time.boot_id;
  const auto kept = instant_of(columns.maybe_integer(6), columns.maybe_integer(7), cut_here, time);
  row.shortened = !kept || *kept > longest;
  row.until = row.shortened ? longest : *kept;
  return row;
}

SqlResult<std::vector<Row>> rows_of(const Database& database, UntilKind kind,
                                    const JournalTime& time) {
  const Table table = table_of(kind);
  std::vector<Row> found;
  const auto there = has_table(database, table.name.c_str());
  if (!there) return unexpected<SqlError>(there.error());
  if (!*there) return found;
  const auto measured = has_table(database, "asked_ends");
  if (!measured) return unexpected<SqlError>(measured.error());
  const std::string join =
      *measured ? ", length, cut_boot_id, cut_boot, cut_wall FROM " + table.name +
                      " AS t LEFT JOIN asked_ends AS a ON a.kind = '" + table.name +
                      "' AND a.name = t." + table.key + " AND a.until_boot = t.until_boot"
                : ", NULL, NULL, NULL, NULL FROM " + table.name + " AS t";
  auto rows = database.prepare("SELECT t." + table.key + ", boot_id, t.until_boot, until_wall" +
                               join + " ORDER BY 1");
  if (!rows) return unexpected<SqlError>(rows.error());
  for (;;) {
    const auto row = rows->step();
    if (!row) return unexpected<SqlError>(row.error());
    if (!*row) return found;
    found.push_back(row_of(*rows, time));
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

SqlResult<void> keep_shortened(Database& database, const JournalTime& time) {
  for (const UntilKind kind : {UntilKind::hold, UntilKind::maintenance}) {
    const auto rows = rows_of(database, kind, time);
    if (!rows) return unexpected<SqlError>(rows.error());
    for (const Row& row : *rows) {
      if (!row.shortened) continue;
      auto keep = database.prepare(
          "UPDATE asked_ends SET cut_boot_id = ?, cut_boot = ?, cut_wall = ? WHERE kind = ? AND "
          "name = ?");
      if (!keep) return unexpected<SqlError>(keep.error());
      keep->bind(time.boot_id).bind(std::int64_t{row.until.time_since_epoch().count()});
      keep->bind(std::int64_t{time.wall_of(row.until).time_since_epoch().count()});
      if (auto done = keep->bind(table_of(kind).name).bind(row.name).run(); !done) return done;
    }
  }
  return {};
}

}  // namespace nightwatt::io

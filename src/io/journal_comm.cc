#include "io/journal_comm.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <sstream>
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
CREATE TABLE IF NOT EXISTS comm_memory_moves(
  device TEXT PRIMARY KEY REFERENCES comm_memory(device) ON DELETE CASCADE,
  failovers TEXT NOT NULL, moved_ago INTEGER, moved_from INTEGER, moved_to INTEGER, cause TEXT,
  why TEXT, decisions TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS comm_by_hand(
  comm TEXT PRIMARY KEY, state TEXT NOT NULL, who TEXT NOT NULL, boot_id TEXT NOT NULL,
  at_boot INTEGER NOT NULL, at_wall INTEGER NOT NULL) WITHOUT ROWID;
)sql";

// How far back a stored instant lies.
Duration age_at(const std::string& boot_id, std::int64_t boot, std::int64_t wall,
                const JournalTime& time) {
  const Duration since = boot_id == time.boot_id ? time.now - Instant(Duration(boot))
                                                 : time.wall_now - WallTime(Duration(wall));
  return std::max(since, Duration(0));  // a wall clock that was set back makes nothing young
}

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

// A decision is one line of numbers and words, because it is only ever read as a whole:
// "AGO FROM TO CAUSE OUTCOME ELAPSED THRESHOLD AGE AGE ..."; nobody joins or searches them.
std::string text_of(const DecisionMemory& made) {
  return fmt::format("{} {} {} {} {} {} {} {}", made.ago.count(), made.from, made.to,
                     to_string(made.cause), to_string(made.outcome), made.elapsed_ms,
                     made.threshold_ms, fmt::join(made.ok_age_ms, " "));
}

// Nothing: a line that this program did not write.
std::optional<DecisionMemory> decision_of(const std::string& text) {
  std::istringstream words(text);
  std::int64_t ago = 0;
  int from = 0;
  int to = 0;
  std::string cause;
  std::string outcome;
  DecisionMemory made;
  words >> ago >> from >> to >> cause >> outcome >> made.elapsed_ms >> made.threshold_ms;
  const auto known_cause = named(cause, MoveCause::crowd);
  const auto known_outcome = named(outcome, DecisionOutcome::frozen);
  if (!words || !known_cause || !known_outcome || from < 0 || from > paths_max || to < 0 ||
      to > paths_max)
    return std::nullopt;
  made.ago = Duration(ago);
  made.from = static_cast<std::uint8_t>(from);
  made.to = static_cast<std::uint8_t>(to);
  made.cause = *known_cause;
  made.outcome = *known_outcome;
  for (std::int32_t age = 0; made.ok_age_ms.size() < paths_max && words >> age;)
    made.ok_age_ms.push_back(age);
  return made;
}

SqlResult<void> write_moves(Database& database, const CommMemory& memory) {
  std::vector<std::uint32_t> failovers;
  for (const PathMemory& path : memory.paths) failovers.push_back(path.failovers);
  std::string decisions;
  for (const DecisionMemory& made : memory.decisions) decisions += text_of(made) + "\n";
  auto insert = database.prepare("INSERT INTO comm_memory_moves VALUES(?,?,?,?,?,?,?,?)");
  if (!insert) return unexpected<SqlError>(insert.error());
  insert->bind(memory.device).bind(fmt::format("{}", fmt::join(failovers, " ")));
  if (const auto& last = memory.last_move) {
    insert->bind(last->ago.count()).bind(std::int64_t{last->from}).bind(std::int64_t{last->to});
    insert->bind(to_string(last->cause)).bind(last->why);
  } else {
    for (int column = 0; column < 5; ++column) insert->bind(std::optional<std::int64_t>());
  }
  return insert->bind(decisions).run();
}

// Into the memory of the device whose row it is.
SqlResult<void> read_moves(const Database& database, CommMemory& memory) {
  auto rows = database.prepare(
      "SELECT failovers, moved_ago, moved_from, moved_to, cause, why, decisions FROM "
      "comm_memory_moves WHERE device = ?");
  if (!rows) return unexpected<SqlError>(rows.error());
  const auto row = rows->bind(memory.device).step();
  if (!row) return unexpected<SqlError>(row.error());
  if (!*row) return {};
  std::istringstream failovers(rows->text(0));
  for (PathMemory& path : memory.paths) failovers >> path.failovers;
  if (const auto ago = rows->maybe_integer(1)) {
    const auto cause = named(rows->text(4), MoveCause::crowd);
    if (cause) {
      const auto rank = [&](int column) {
        return static_cast<std::uint8_t>(std::clamp<std::int64_t>(rows->integer(column), 0, 255));
      };
      memory.last_move = MoveMemory{Duration(*ago), rank(2), rank(3), *cause, rows->text(5)};
    }
  }
  std::istringstream decisions(rows->text(6));
  for (std::string line; std::getline(decisions, line);) {
    if (auto made = decision_of(line)) memory.decisions.push_back(std::move(*made));
  }
  return {};
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
  const std::int64_t wall = time.wall_of(at).time_since_epoch().count();
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
    if (auto done = write_moves(database, memory); !done) return done;
  }
  return {};
}

SqlResult<std::vector<CommMemory>> read_comm(const Database& database, const JournalTime& time) {
  std::vector<CommMemory> devices;
  const auto there = database.integer(
      "SELECT count(*) FROM sqlite_master WHERE name IN ('comm_memory', 'comm_memory_paths')");
  if (!there) return unexpected<SqlError>(there.error());
  if (*there < 2) return devices;
  const auto moves = has_table(database, "comm_memory_moves");
  if (!moves) return unexpected<SqlError>(moves.error());
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
    if (*moves) {
      if (auto read = read_moves(database, memory); !read)
        return unexpected<SqlError>(read.error());
    }
    memory.age(age_at(rows->text(7), rows->integer(8), rows->integer(9), time));
    devices.push_back(std::move(memory));
  }
}

SqlResult<void> write_hand(Database& database, const HandRecord& record, Instant at,
                           const JournalTime& time) {
  auto remove = database.prepare("DELETE FROM comm_by_hand WHERE comm = ?");
  if (!remove) return unexpected<SqlError>(remove.error());
  auto removed = remove->bind(record.comm).run();
  if (!removed || record.state == CommState::ok) return removed;
  auto insert = database.prepare("INSERT INTO comm_by_hand VALUES(?,?,?,?,?,?)");
  if (!insert) return unexpected<SqlError>(insert.error());
  insert->bind(record.comm).bind(to_string(record.state)).bind(record.who).bind(time.boot_id);
  insert->bind(std::int64_t{at.time_since_epoch().count()});
  const WallTime wall = time.wall_of(at);
  return insert->bind(std::int64_t{wall.time_since_epoch().count()}).run();
}

SqlResult<std::vector<HandRecord>> read_hands(const Database& database, const JournalTime& time) {
  std::vector<HandRecord> hands;
  const auto there = has_table(database, "comm_by_hand");
  if (!there) return unexpected<SqlError>(there.error());
  if (!*there) return hands;
  auto rows = database.prepare(
      "SELECT comm, state, who, boot_id, at_boot, at_wall FROM comm_by_hand ORDER BY comm");
  if (!rows) return unexpected<SqlError>(rows.error());
  for (;;) {
    const auto row = rows->step();
    if (!row) return unexpected<SqlError>(row.error());
    if (!*row) return hands;
    const auto state = named(rows->text(1), CommState::out_of_service);
    if (!state) continue;
    hands.push_back({rows->text(0), *state, rows->text(2),
                     age_at(rows->text(3), rows->integer(4), rows->integer(5), time)});
  }
}

}  // namespace nightwatt::io

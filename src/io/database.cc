#include "io/database.h"

#include <fmt/format.h>
#include <sqlite3.h>
#include <stdio.h>

#include <cerrno>

#include "io/file_text.h"

namespace nightwatt::io {
namespace {

SqlError error_of(sqlite3* handle, int code) {
  const char* text = handle != nullptr ? sqlite3_errmsg(handle) : sqlite3_errstr(code);
  std::string what = text != nullptr ? text : "unknown error";
  if (handle != nullptr && sqlite3_system_errno(handle) != 0 && (code & 0xff) != SQLITE_FULL)
    what += " (" + errno_text(sqlite3_system_errno(handle)) + ")";
  return {code, what};
}

}  // namespace

bool SqlError::full() const { return (code & 0xff) == SQLITE_FULL; }

bool SqlError::damaged() const {
  return (code & 0xff) == SQLITE_CORRUPT || (code & 0xff) == SQLITE_NOTADB ||
         (code & 0xff) == SQLITE_ERROR || (code & 0xff) == SQLITE_MISMATCH;
}

bool SqlError::refused() const { return (code & 0xff) == SQLITE_CONSTRAINT; }

Statement::Statement(Statement&& other) noexcept
    : statement_(std::exchange(other.statement_, nullptr)), bound_(other.bound_) {}

Statement::~Statement() { sqlite3_finalize(statement_); }

Statement& Statement::bind(std::int64_t value) {
  sqlite3_bind_int64(statement_, ++bound_, value);
  return *this;
}

Statement& Statement::bind(std::string_view value) {
  sqlite3_bind_text(statement_, ++bound_, value.data(), static_cast<int>(value.size()),
                    SQLITE_TRANSIENT);
  return *this;
}

Statement& Statement::bind(std::optional<std::int64_t> value) {
  if (value) return bind(*value);
  sqlite3_bind_null(statement_, ++bound_);
  return *this;
}

SqlResult<bool> Statement::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return unexpected<SqlError>(error_of(sqlite3_db_handle(statement_), code));
}

SqlResult<void> Statement::run() {
  for (;;) {
    const auto row = step();
    if (row && *row) continue;
    sqlite3_reset(statement_);
    bound_ = 0;
    if (!row) return unexpected<SqlError>(row.error());
    return {};
  }
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}

std::optional<std::int64_t> Statement::maybe_integer(int column) const {
  if (sqlite3_column_type(statement_, column) == SQLITE_NULL) return std::nullopt;
  return integer(column);
}

std::string Statement::text(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  if (text == nullptr) return {};
  return {text, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

SqlResult<Database> Database::open(const std::string& path, const std::string& vfs) {
  sqlite3* handle = nullptr;
  const int flags =
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  const int code =
      sqlite3_open_v2(path.c_str(), &handle, flags, vfs.empty() ? nullptr : vfs.c_str());
  Database database(handle);  // a failed open has a handle too
  if (code != SQLITE_OK) return unexpected<SqlError>(error_of(handle, code));
  return database;
}

Database::~Database() { sqlite3_close_v2(handle_); }

SqlResult<void> Database::run(const std::string& sql) {
  const int code = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return unexpected<SqlError>(error_of(handle_, code));
  return {};
}

SqlResult<Statement> Database::prepare(const std::string& sql) const {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v2(handle_, sql.c_str(), -1, &statement, nullptr);
  if (code != SQLITE_OK) return unexpected<SqlError>(error_of(handle_, code));
  return Statement(statement);
}

SqlResult<std::int64_t> Database::integer(const std::string& sql) const {
  auto statement = prepare(sql);
  if (!statement) return unexpected<SqlError>(statement.error());
  const auto row = statement->step();
  if (!row) return unexpected<SqlError>(row.error());
  return *row ? statement->integer(0) : 0;
}

SqlResult<std::string> Database::text(const std::string& sql) const {
  auto statement = prepare(sql);
  if (!statement) return unexpected<SqlError>(statement.error());
  const auto row = statement->step();
  if (!row) return unexpected<SqlError>(row.error());
  return *row ? statement->text(0) : std::string();
}

expected<std::string, Error> move_database_aside(const std::string& path, const std::string& word,
                                                 const std::string& stamp) {
  const std::string aside = path + "." + word + "-" + stamp;
  // The log first: without it the main file is merely old, with a foreign one it would be wrong.
  for (const char* suffix : {"-wal", "-shm", "-journal", ""}) {
    if (::rename((path + suffix).c_str(), (aside + suffix).c_str()) != 0 && errno != ENOENT)
      return fail(Errc::io_failed, path + suffix + " cannot be moved aside: " + errno_text(errno));
  }
  return aside;
}

SqlResult<bool> has_table(const Database& database, const char* name) {
  const auto there =
      database.integer(fmt::format("SELECT count(*) FROM sqlite_master WHERE name = '{}'", name));
  if (!there) return unexpected<SqlError>(there.error());
  return *there > 0;
}

}  // namespace nightwatt::io

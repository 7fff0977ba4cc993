#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"

struct sqlite3;
struct sqlite3_stmt;

// SQLite behind values: a connection, prepared statements, transactions. One thread at a time.
namespace nightwatt::io {

// SQLite's own result code beside its text, because callers branch on "full" and "damaged".
struct SqlError {
  int code = 0;
  std::string what{};
  bool full() const;     // no space, or a file-size limit
  bool damaged() const;  // not a database, a malformed one, or not one of ours
  bool refused() const;  // the record contradicts the others: trying again is no use
};
template <class T>
using SqlResult = expected<T, SqlError>;

class Statement {
 public:
  Statement(Statement&& other) noexcept;
  ~Statement();

  Statement& bind(std::int64_t value);
  Statement& bind(std::string_view value);
  Statement& bind(std::optional<std::int64_t> value);
  // True: a row is there.
  SqlResult<bool> step();
  SqlResult<void> run();  // to its end, rows are ignored; afterwards it can be bound again

  std::int64_t integer(int column) const;
  std::optional<std::int64_t> maybe_integer(int column) const;
  std::string text(int column) const;

 private:
  friend class Database;
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
  sqlite3_stmt* statement_;
  int bound_ = 0;
};

class Database {
 public:
  // Opens or creates. `vfs` empty: the system's.
  static SqlResult<Database> open(const std::string& path, const std::string& vfs);
  Database(Database&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Database& operator=(Database&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Database();

  SqlResult<void> run(const std::string& sql);  // one or more statements without results
  SqlResult<Statement> prepare(const std::string& sql) const;
  SqlResult<std::int64_t> integer(const std::string& sql) const;  // first column of the first row
  SqlResult<std::string> text(const std::string& sql) const;

  // Calls `body` between BEGIN IMMEDIATE and COMMIT; on any error everything is rolled back.
  template <class Body>
  SqlResult<void> transaction(Body body) {
    if (auto begun = run("BEGIN IMMEDIATE"); !begun) return begun;
    SqlResult<void> done = body(*this);
    if (done) done = run("COMMIT");
    if (!done) static_cast<void>(run("ROLLBACK"));
    return done;
  }

 private:
  explicit Database(sqlite3* handle) : handle_(handle) {}
  sqlite3* handle_ = nullptr;
};

// Renames the database with its -wal and -shm files to PATH.corrupt-<stamp>; the new name.
expected<std::string, Error> move_database_aside(const std::string& path, const std::string& word,
                                                 const std::string& stamp);

SqlResult<bool> has_table(const Database& database, const char* name);

}  // namespace nightwatt::io

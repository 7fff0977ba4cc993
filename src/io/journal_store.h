#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/time.h"
#include "io/database.h"
#include "model/effect.h"
#include "ports/clock.h"
#include "ports/journal.h"

// What stands in the journal's tables, and how records go in and out. Knows no threads and no retry
// (journal.h).
namespace nightwatt::io {

// A write with the time at which it was asked for: a retry hours later must not change it.
struct JournalWrite {
  std::variant<CommitRun, RecordStep, CloseRun, RecordHold, ForgetHold, RecordAudit,
               RecordCommState, RecordMaintenance, ports::RecordRead, ports::RecordComm>
      effect;
  Instant at{};
};

// The enumerator of this word; nothing: there is none up to `last`.
template <class Enum>
std::optional<Enum> named(std::string_view text, Enum last) {
  for (int i = 0; i <= static_cast<int>(last); ++i)
    if (to_string(static_cast<Enum>(i)) == text) return static_cast<Enum>(i);
  return std::nullopt;
}

// Which boot "now" belongs to, and its clocks: what converts stored times.
struct JournalTime {
  std::string boot_id;
  Instant now{};
  WallTime wall_now{};
  WallTime wall_of(Instant at) const { return wall_now - (now - at); }
};

// A stored instant in terms of this boot.
std::optional<Instant> instant_of(std::optional<std::int64_t> boot,
                                  std::optional<std::int64_t> wall, bool same_boot,
                                  const JournalTime& time);

// Opens the file, checks it, sets it up, brings an empty one to our schema. An error with damaged()
// means: move it aside.
SqlResult<Database> open_journal(const std::string& path, const std::string& vfs);
// Adds what a journal of an earlier program lacks; until that is done nothing may be written, since
// a missing table looks like damage. What is there can be read before.
SqlResult<void> prepare_journal(Database& database);
// The file's schema version; 0: a new one.
SqlResult<std::int64_t> journal_version(const Database& database);

// Closes what another boot left unfinished, deletes runs beyond journal_closed_runs_max, and keeps
// what a clock that was set back would lengthen (journal_until.h).
SqlResult<void> tidy_journal(Database& database, const JournalTime& time);
SqlResult<ports::JournalContents> read_journal(const Database& database, const JournalTime& time);
// One record, inside the caller's transaction.
SqlResult<void> write_journal(Database& database, const JournalWrite& write,
                              const JournalTime& time);

}  // namespace nightwatt::io

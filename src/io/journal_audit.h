#pragma once

#include <cstddef>
#include <vector>

#include "base/time.h"
#include "io/database.h"
#include "io/journal_store.h"
#include "model/control.h"

// The audit of control messages in the journal: one row for each order, and what came of it.
namespace nightwatt::io {

// Refusals beyond this are deleted, oldest first, and so are the others beyond as many: when the
// journal is opened and every 256 rows.
inline constexpr std::size_t journal_audit_rows_max = 10'000;

// Adds the table to a journal that does not have it yet, and ends as unknown what a daemon before
// this one left pending; a program that knows nothing of it still
// reads the rest.
SqlResult<void> prepare_audit(Database& database);
// The order's row: inserted when it is accepted, completed when it ends. `at` is when it was asked
// for or ended.
SqlResult<void> write_audit(Database& database, const AuditRecord& record, Instant at,
                            const JournalTime& time);
// The newest `limit` rows, oldest first.
SqlResult<std::vector<AuditEntry>> read_audit(const Database& database, std::size_t limit);
SqlResult<std::uint64_t> greatest_audit(const Database& database);  // 0: none

}  // namespace nightwatt::io

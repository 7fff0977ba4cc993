#pragma once

#include <vector>

#include "io/database.h"
#include "io/journal_store.h"
#include "model/effect.h"

// Maintenance of UPSes in the journal: one row for each that is out of the count, with its end.
namespace nightwatt::io {

// Adds the table to a journal that does not have it.
SqlResult<void> prepare_maintenance(Database& database);
// Replaces what was kept of the device; without an end, forgets it.
SqlResult<void> write_maintenance(Database& database, const RecordMaintenance& record,
                                  const JournalTime& time);
// By device name. Those whose end is over come, too.
SqlResult<std::vector<RecordMaintenance>> read_maintenance(const Database& database,
                                                           const JournalTime& time);

}  // namespace nightwatt::io

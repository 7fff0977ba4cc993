#pragma once

#include <vector>

#include "base/time.h"
#include "io/database.h"
#include "io/journal_store.h"
#include "model/comm_memory.h"
#include "ports/journal.h"

// What devices knew of their paths, in the journal: one row for each device, one for each path and
// one for how it came to where it is; and which comm devices people took out of use.
namespace nightwatt::io {

// Devices that were not heard of for so long are forgotten when the journal is opened.
inline constexpr int journal_comm_days_max = 90;

// Adds the tables to a journal that does not have them yet; a program that knows nothing of them
// still reads the rest.
SqlResult<void> prepare_comm(Database& database);
// Replaces what was kept of these devices. `at`: what the ages count from.
SqlResult<void> write_comm(Database& database, const ports::RecordComm& record, Instant at,
                           const JournalTime& time);
// Keeps that a person took a comm device out of use; forgets it when it is back.
SqlResult<void> write_hand(Database& database, const HandRecord& record, Instant at,
                           const JournalTime& time);
SqlResult<std::vector<HandRecord>> read_hands(const Database& database, const JournalTime& time);
// Ages as of now: of this boot by its own clock, of another one by the wall clock. None when the
// tables are missing, which a full disk may have prevented.
SqlResult<std::vector<CommMemory>> read_comm(const Database& database, const JournalTime& time);

}  // namespace nightwatt::io

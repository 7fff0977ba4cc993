#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "io/database.h"
#include "io/journal_store.h"

// What somebody asked for until a time, in the journal: one row for each name. The wall clock tells
// over a reboot how much of it is left; it may have been set back meanwhile (an empty clock battery
// after the outage), and from the boot on nothing lasts longer than it was asked for.
namespace nightwatt::io {

enum class UntilKind : std::uint8_t { hold, maintenance };

// Adds the tables that a journal does not have.
SqlResult<void> prepare_until(Database& database);
// Replaces what was kept under that name. Asked for at `at`.
SqlResult<void> write_until(Database& database, UntilKind kind, const std::string& name,
                            Instant until, Instant at, const JournalTime& time);
SqlResult<void> forget_until(Database& database, UntilKind kind, const std::string& name);
// By name. Those whose time is over come, too.
using Untils = std::vector<std::pair<std::string, Instant>>;
SqlResult<Untils> read_until(const Database& database, UntilKind kind, const JournalTime& time);
// Keeps by the clocks of this boot what read_until() shortens: a clock that goes on from there
// grants no more. (One that begins anew at each boot grants each the whole length.) The end itself
// stays, for a boot with a clock that is right.
SqlResult<void> keep_shortened(Database& database, const JournalTime& time);

}  // namespace nightwatt::io

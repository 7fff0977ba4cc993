#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/time.h"
#include "model/effect.h"
#include "model/ids.h"
#include "model/run.h"

// The things of the virtual world that are not UPSes: links, machines, the journal's disk, flag
// files. Plain state; sim/world.h makes them behave.
namespace nightwatt::sim {

// How one path of one device answers now.
struct Link {
  enum class Kind : std::uint8_t {
    ok,
    silent,       // never answers
    refuses,      // connection refused, at once
    exception,    // a valid error reply
    driver_down,  // the server says that it has no driver
    stale,        // the server says that its data is old
    small_only,   // answers single messages; the last one of a poll of several gets lost
  };
  Kind kind = Kind::ok;
  Duration latency{20};
  Duration jitter{0};    // up to so much more
  int loss_percent = 0;  // of messages, each by itself
};

// One machine that a step shuts down, or the program that a step runs.
struct Machine {
  enum class Act : std::uint8_t { ok, fail, hang, slow };  // slow: longer than its deadline
  Act act = Act::ok;
  Duration takes{1'500};
  Duration goes_down_after{3'000};  // after its command has ended
  bool up = true;
  std::uint32_t started = 0;  // how often its step really started
};

struct FlagFile {
  enum class Owner : std::uint8_t { none, ours, stray, foreign };
  Owner owner = Owner::none;
  bool writable = true;
  bool answers = true;  // false: the disk hangs
};

// What is on disk, and what the journal's disk does with the next record.
struct JournalDisk {
  enum class Kind : std::uint8_t {
    ok,
    slow,    // takes three seconds
    full,    // says no, and keeps the record until there is room
    silent,  // hangs
  };
  Kind kind = Kind::ok;
  std::map<std::uint64_t, RunRecord> open{};  // committed, not closed
  std::map<std::string, Instant> holds{};
  std::uint64_t greatest = 0;
  std::vector<Effect> backlog{};  // records that wait; a crash loses them

  // Takes the record to disk. REQUIRES: one of CommitRun, RecordStep, CloseRun, RecordHold,
  // ForgetHold.
  void write(const Effect& effect);
  void flush();
};

}  // namespace nightwatt::sim

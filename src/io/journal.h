#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "base/error.h"
#include "ports/clock.h"
#include "ports/journal.h"
#include "ports/sinks.h"

// The journal in SQLite: journal.db in the state directory, on a thread of its own.
//
// Write-ahead log with synchronous=FULL: a commit is one append and one fdatasync, half of what a
// rollback journal needs, and a torn tail is dropped by its checksums. The lock is exclusive, so
// that somebody's sqlite3 shell cannot hold up the point of no return.
namespace nightwatt::io {

struct JournalWrite;

inline constexpr int journal_schema_version = 1;
// So many readers of the audit at a time: each may cost the thread tens of milliseconds, which the
// record of a point of no return would wait for.
inline constexpr int journal_readers_max = 4;
inline constexpr std::size_t journal_closed_runs_max = 1'000;  // older ones are deleted at start

struct JournalSettings {
  std::string directory{};  // must exist
  std::string boot_id{};
  std::string vfs{};  // SQLite file system to use; empty: the system's. For faults in tests
};

class SqliteJournal : public ports::Journal {
 public:
  // Opens or creates it, and closes runs that another boot left unfinished. A file that is damaged
  // or of a later version is moved aside with an alarm through `notices` and a new one is begun; a
  // full disk is an alarm too. Refuses only when the directory cannot be written.
  // `clock` must outlive it.
  static expected<std::unique_ptr<SqliteJournal>, Error> open(const JournalSettings& settings,
                                                              const ports::Clock& clock,
                                                              ports::EventSink events,
                                                              ports::NoticeSink notices);
  ~SqliteJournal() override;  // as stop()

  // Writes what is queued, waiting up to 2 s for a slow disk; what comes later is dropped. False:
  // the disk hangs, and a thread is left behind that uses the clock and the sinks when it returns.
  bool stop();

  // What was found at open().
  const ports::JournalContents& contents() const;
  // Once they are taken over: for 10,000 devices they are megabytes.
  void forget_contents();

  void commit_run(const CommitRun& effect) override;
  void record_step(const RecordStep& effect) override;
  void close_run(const CloseRun& effect) override;
  void record_hold(const RecordHold& effect) override;
  void forget_hold(const ForgetHold& effect) override;
  void record_audit(const RecordAudit& effect) override;
  void record_read(ports::RecordRead record) override;
  void record_comm(ports::RecordComm record) override;
  void record_comm_state(const RecordCommState& effect) override;
  void record_maintenance(const RecordMaintenance& effect) override;
  void read_audit(std::size_t limit, ports::AuditAnswer answer) override;

 private:
  struct Shared;
  void post(JournalWrite write);
  explicit SqliteJournal(std::shared_ptr<Shared> shared);
  std::shared_ptr<Shared> shared_;
};

}  // namespace nightwatt::io

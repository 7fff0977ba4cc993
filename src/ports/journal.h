#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "model/comm_memory.h"
#include "model/effect.h"
#include "model/run.h"

// The durable truth about runs and holds. Writes are obeyed in order on a thread of their own; only
// commit_run() answers.
namespace nightwatt::ports {

struct ClosedRun {
  RunRecord record{};
  std::string outcome{};  // CloseRun::outcome, or journal_interrupted
};

// The outcome of a run that another boot left unfinished: that machine's power cycle ended it.
inline constexpr const char* journal_interrupted = "interrupted by a restart of the machine";

// What the journal knew when it was opened. Instants are of this boot: those written in another one
// are converted by their wall time, and may lie before its start (negative).
struct JournalContents {
  std::vector<RunRecord> unfinished{};      // of this boot, oldest first: resume these
  std::vector<ClosedRun> last_closed{};     // the last one of each group, by group name
  std::vector<HoldRecord> holds{};          // of any boot, expired ones included, by group name
  std::vector<std::string> read_members{};  // every RecordRead ever written, sorted
  std::vector<CommMemory> comm{};           // of each device, its ages as of now, by device name
  std::vector<HandRecord> out_by_hand{};    // comm devices that people took out of use, by name
  std::vector<RecordMaintenance> maintenance{};  // by device name, those that are over included
  RunId greatest{};                              // greatest run number ever used; 0: none
  std::uint64_t greatest_order = 0;              // greatest ControlOrder::id in the audit; 0: none
};

// Members that were read at least once; `members` are identities that the caller made of name and
// paths, so that a corrected host counts as a new member.
struct RecordRead {
  std::vector<std::string> members{};
};

// What devices knew of their paths when this was asked for; each replaces what was kept of it.
struct RecordComm {
  std::vector<CommMemory> devices{};
};

// Rows of the audit, oldest first, or why they cannot be read.
using AuditAnswer = std::function<void(expected<std::vector<AuditEntry>, Error>)>;

class Journal {
 public:
  virtual ~Journal() = default;
  Journal() = default;
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  // Write and sync the whole record in one transaction, then answer CommitWritten. When that fails
  // the answer says so, and the record is written later if the disk allows it.
  virtual void commit_run(const CommitRun& effect) = 0;
  // No answers. What cannot be written now is kept in order and tried again.
  virtual void record_step(const RecordStep& effect) = 0;
  virtual void close_run(const CloseRun& effect) = 0;
  virtual void record_hold(const RecordHold& effect) = 0;
  virtual void forget_hold(const ForgetHold& effect) = 0;
  // With `answer`: as commit_run(), and answers AuditWritten.
  virtual void record_audit(const RecordAudit& effect) = 0;
  virtual void record_comm_state(const RecordCommState& effect) = 0;
  virtual void record_maintenance(const RecordMaintenance& effect) = 0;
  virtual void record_read(RecordRead record) = 0;
  virtual void record_comm(RecordComm record) = 0;

  // The newest `limit` rows of the audit, behind all that was asked for before. `answer` is called
  // once, on any thread, maybe at once: when too many ask already, when the file cannot be read.
  virtual void read_audit(std::size_t limit, AuditAnswer answer) = 0;
};

}  // namespace nightwatt::ports

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "io/recent_entries.h"
#include "ports/history.h"
#include "ports/sinks.h"

// The history in SQLite: history.db in the state directory, written by a thread of its own, with
// the newest entries in memory.
namespace nightwatt::io {

struct HistorySettings {
  std::string directory{};             // must exist
  std::size_t kept_on_disk = 100'000;  // entries; the oldest go first
  std::size_t kept_in_memory = 2'000;  // entries
  std::size_t queue_max = 10'000;      // entries that wait for the disk
  std::string vfs{};                   // as in JournalSettings
};

class SqliteHistory : public ports::History {
 public:
  // Never fails: without a usable file it works from memory and says so through `notices`, which
  // may be called from its thread. A damaged file is moved aside.
  SqliteHistory(const HistorySettings& settings, ports::NoticeSink notices);
  ~SqliteHistory() override;  // as stop()

  // Waits up to 1 s for the queue; false: the disk hangs, and a thread is left behind.
  bool stop();

  std::uint64_t add(const Notice& notice, WallTime at) override;
  std::vector<ports::HistoryEntry> after(std::uint64_t after, std::size_t limit) const override;
  std::vector<ports::HistoryEntry> newest(std::size_t limit) const override;
  std::uint64_t last_id() const override;
  std::uint64_t dropped() const override;

 private:
  struct Shared;
  HistorySettings settings_;
  RecentEntries recent_;  // strand only
  std::uint64_t last_id_ = 0;
  std::shared_ptr<Shared> shared_;
};

}  // namespace nightwatt::io

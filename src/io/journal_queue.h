#pragma once

#include <cstdint>
#include <deque>
#include <mutex>

#include "io/journal_store.h"

namespace nightwatt::io {

// So many records of orders that never went out may wait for the disk.
inline constexpr std::size_t journal_refusals_max = 1'000;

// Whoever asks for what is refused can ask faster than a disk syncs: such a record is one too many
// before it holds up another.
bool may_be_dropped(const JournalWrite& write);

// Writes on their way to the journal's thread, which takes all of them for one transaction: what is
// behind a thousand refusals waits for one sync and not for a thousand. Thread-safe.
class JournalQueue {
 public:
  // True: nobody was told to take it yet.
  bool add(JournalWrite write);
  std::deque<JournalWrite> take();
  // Others that were given up elsewhere.
  void count_dropped(std::uint64_t more);
  // Since the last call: how many did not fit.
  std::uint64_t take_dropped();

 private:
  std::mutex mutex_;
  std::deque<JournalWrite> writes_;
  std::size_t refusals_ = 0;  // of writes_
  std::uint64_t dropped_ = 0;
};

}  // namespace nightwatt::io

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "ports/history.h"

namespace nightwatt::io {

// The newest entries of the history. As bytes of Writer (base/archive.h), many to a block: as texts
// and lists of their own 2,000 took three times as much. The blocks are made at the start and used
// again, and so do not lie between what a burst of events needs for a moment: its room goes back.
class RecentEntries {
 public:
  explicit RecentEntries(std::size_t kept_max);

  // REQUIRES: its id is above all before.
  void add(const ports::HistoryEntry& entry);
  // Up to `limit` with an id above `after`, oldest first.
  std::vector<ports::HistoryEntry> after(std::uint64_t after, std::size_t limit) const;
  // The newest `limit`, oldest first.
  std::vector<ports::HistoryEntry> newest(std::size_t limit) const;
  std::size_t size() const { return std::min(held_, kept_max_); }
  std::size_t room() const;  // bytes that it holds

 private:
  struct Block {
    std::string bytes{};  // of each entry its size and then its bytes
    std::size_t entries = 0;
  };
  std::size_t spares_max() const;
  void begin_block(std::size_t bytes);
  std::size_t too_old() const { return held_ - size(); }  // entries, of the first block

  std::size_t kept_max_;
  std::size_t held_ = 0;  // entries of all blocks
  std::deque<Block> blocks_{};
  std::vector<std::string> spare_{};
};

}  // namespace nightwatt::io

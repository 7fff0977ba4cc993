#include "io/recent_entries.h"

#include <cstring>
#include <string_view>
#include <utility>

#include "base/archive.h"

namespace nightwatt::io {

using ports::HistoryEntry;

namespace {

constexpr std::size_t block_bytes = 16 * 1024;
constexpr std::size_t usual_bytes = 192;  // of an entry

using Size = std::uint32_t;

std::string_view take_entry(std::string_view& block) {
  Size size = 0;
  std::memcpy(&size, block.data(), sizeof size);
  const std::string_view entry = block.substr(sizeof size, size);
  block.remove_prefix(sizeof size + size);
  return entry;
}

HistoryEntry unpacked(std::string_view bytes) {
  HistoryEntry out;
  Reader reader{std::string(bytes)};
  reader(out);
  return out;
}

}  // namespace

RecentEntries::RecentEntries(std::size_t kept_max) : kept_max_(kept_max) {
  spare_.resize(spares_max());
  for (std::string& each : spare_) each.reserve(block_bytes);
}

std::size_t RecentEntries::spares_max() const { return kept_max_ * usual_bytes / block_bytes; }

void RecentEntries::begin_block(std::size_t bytes) {
  Block& block = blocks_.emplace_back();
  if (!spare_.empty()) {
    block.bytes = std::move(spare_.back());
    spare_.pop_back();
  }
  block.bytes.reserve(std::max(block_bytes, bytes));
}

void RecentEntries::add(const HistoryEntry& entry) {
  Writer writer;
  writer(entry);
  const std::string& bytes = writer.bytes();
  const auto size = static_cast<Size>(bytes.size());
  const std::size_t needed = sizeof size + bytes.size();
  if (blocks_.empty() || blocks_.back().bytes.size() + needed > block_bytes) begin_block(needed);
  Block& block = blocks_.back();
  block.bytes.append(reinterpret_cast<const char*>(&size), sizeof size).append(bytes);
  ++block.entries;
  ++held_;
  while (held_ > kept_max_ && too_old() >= blocks_.front().entries) {
    held_ -= blocks_.front().entries;
    std::string& bytes_of_first = blocks_.front().bytes;
    // After a flood, or large entries, no more than at the start.
    if (spare_.size() < spares_max() && bytes_of_first.capacity() <= block_bytes) {
      bytes_of_first.clear();
      spare_.push_back(std::move(bytes_of_first));
    }
    blocks_.pop_front();
  }
}

std::size_t RecentEntries::room() const {
  std::size_t bytes = 0;
  for (const Block& block : blocks_) bytes += block.bytes.capacity();
  for (const std::string& each : spare_) bytes += each.capacity();
  return bytes;
}

std::vector<HistoryEntry> RecentEntries::newest(std::size_t limit) const {
  std::vector<HistoryEntry> out;
  std::size_t skipped = held_ - std::min(limit, size());
  for (const Block& block : blocks_) {
    if (skipped >= block.entries) {
      skipped -= block.entries;
      continue;
    }
    std::string_view rest = block.bytes;
    for (; skipped > 0; --skipped) take_entry(rest);
    while (!rest.empty()) out.push_back(unpacked(take_entry(rest)));
  }
  return out;
}

std::vector<HistoryEntry> RecentEntries::after(std::uint64_t after, std::size_t limit) const {
  std::vector<HistoryEntry> out;
  std::size_t old = too_old();
  for (const Block& block : blocks_) {
    std::string_view rest = block.bytes;
    while (!rest.empty() && out.size() < limit) {
      const std::string_view bytes = take_entry(rest);
      std::uint64_t id = 0;
      std::memcpy(&id, bytes.data(), sizeof id);  // it is written first
      if (old > 0 || id <= after) {
        old -= old > 0 ? 1 : 0;
        continue;
      }
      out.push_back(unpacked(bytes));
    }
  }
  return out;
}

}  // namespace nightwatt::io

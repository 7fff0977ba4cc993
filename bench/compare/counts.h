#pragma once

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

// What a responder process counts, in memory that it shares with the bench: reading it costs the
// responder nothing.
namespace nightwatt::bench {

struct Counts {
  static constexpr std::size_t span_ms = 120'000;  // that the histogram covers

  std::atomic<std::uint64_t> answered = 0;
  std::atomic<std::uint64_t> ignored = 0;   // by those that are mute
  std::atomic<std::uint64_t> accepted = 0;  // connections
  // mark() starts a count of units that had not asked since, and a histogram of polls.
  std::atomic<std::uint32_t> marks = 0;
  std::atomic<std::int64_t> marked_at_ms = 0;
  std::atomic<std::uint64_t> arrived = 0;  // units
  std::array<std::atomic<std::uint32_t>, span_ms> polls_at{};

  static std::int64_t now_ms() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
  }
  void mark() {
    for (auto& bucket : polls_at) bucket = 0;
    marked_at_ms = now_ms();
    arrived = 0;
    ++marks;
  }
  // The most polls that came within `width_ms` of each other since the mark.
  std::uint64_t most_within(std::size_t width_ms) const {
    std::uint64_t sum = 0;
    std::uint64_t most = 0;
    for (std::size_t ms = 0; ms < span_ms; ++ms) {
      sum += polls_at[ms];
      if (ms >= width_ms) sum -= polls_at[ms - width_ms];
      most = std::max(most, sum);
    }
    return most;
  }
};

// Lives until the bench ends.
inline Counts* shared_counts() {
  void* const memory =
      ::mmap(nullptr, sizeof(Counts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) std::exit(1);
  return new (memory) Counts;
}

}  // namespace nightwatt::bench

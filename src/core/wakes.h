#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "base/time.h"

// When each of many numbered things wants to be looked at again: a heap that is told of deadlines
// and tolerates that most of them move later before they come due.
//
// Each reading pushes its member's deadlines out by one poll interval. Re-sorting for that would
// cost more than the reading itself, so an entry stays where it is and is looked at when it comes
// up: the owner then says when it really wants to wake. A thing has at most one live entry.
namespace nightwatt::core {

class Wakes {
 public:
  Wakes() = default;
  explicit Wakes(std::size_t count) : live_(count, never) {
    // After the start each thing has its first deadline, and the earlier one that replaced it.
    heap_.reserve(2 * count);
  }

  // `at`: what the thing's own next_deadline() says now.
  void want(std::uint32_t index, std::optional<Instant> at) {
    if (!at || live_[index] <= *at) return;
    live_[index] = *at;
    heap_.push_back({*at, index});
    std::ranges::push_heap(heap_, later);
  }

  // The next thing that is due, or nothing. Ties: the smaller number first.
  std::optional<std::uint32_t> take_due(Instant now) {
    while (!heap_.empty() && heap_.front().first <= now) {
      const auto [at, index] = heap_.front();
      std::ranges::pop_heap(heap_, later);
      heap_.pop_back();
      if (live_[index] != at) continue;  // replaced by an earlier one
      live_[index] = never;
      return index;
    }
    return std::nullopt;
  }

  std::optional<Instant> next() const {
    if (heap_.empty()) return std::nullopt;
    return heap_.front().first;
  }

  template <class A>
  void fields(A& a) {
    a(heap_, live_);
  }

 private:
  using Entry = std::pair<Instant, std::uint32_t>;
  static constexpr Instant never = Instant::max();
  static bool later(const Entry& a, const Entry& b) { return b < a; }

  std::vector<Entry> heap_{};
  std::vector<Instant> live_{};
};

}  // namespace nightwatt::core

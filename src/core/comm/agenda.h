#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "base/time.h"

namespace nightwatt::core {

// The agenda holds one possible deadline for each of a fixed number of slots and tells the next.
//
// A heap of four children to a node, as many as a cache line holds, that knows where each slot
// stands: set, clear and pop are O(log n) and allocate nothing after the start, which matters when
// every poll sets and clears a deadline. Deadlines of the same instant come in the order of
// `order`, then of the slot, so a replay is exact.
class Agenda {
 public:
  Agenda() = default;
  explicit Agenda(std::uint32_t slots) : places_(slots, nowhere) {}

  void reserve(std::size_t deadlines) { heap_.reserve(deadlines); }
  // Replaces the slot's deadline when it has one. One that is centuries away stands for one of 278
  // years. REQUIRES: of `order` only the two highest bits and the 50 lowest are used.
  void set(std::uint32_t slot, Instant at, std::uint64_t order);
  void clear(std::uint32_t slot);
  bool has(std::uint32_t slot) const { return places_[slot] != nowhere; }
  std::optional<Instant> at(std::uint32_t slot) const;
  std::optional<Instant> next() const;
  // The first slot whose deadline is at or before `now`; its deadline, which was next(), is
  // cleared.
  std::optional<std::uint32_t> pop_due(Instant now);

  // Those that probably come next, the very next one first: a guess for whoever prepares.
  template <class F>
  void coming(F use) const {
    for (std::size_t i = 0; i < std::min<std::size_t>(heap_.size(), 5); ++i) use(heap_[i].slot());
  }

  template <class A>
  void fields(A& a) {
    a(heap_, places_);
  }

 private:
  // Time, order and slot as one number of 128 bits, which compares as they do one after the other.
  struct Entry {
    std::uint64_t high = 0;  // time: 44 bits, from 278 years before zero; order: the upper 20
    std::uint64_t low = 0;   // order: the lower 32; slot: 32
    std::uint32_t slot() const { return static_cast<std::uint32_t>(low); }
    Instant at() const;
    template <class A>
    void fields(A& a) {
      a(high, low);
    }
  };
  static Entry entry_of(std::uint32_t slot, Instant at, std::uint64_t order);
  static constexpr std::uint32_t nowhere = std::numeric_limits<std::uint32_t>::max();
  static bool before(const Entry& a, const Entry& b);
  void put(std::uint32_t place, const Entry& entry);
  void rise(std::uint32_t place);
  void sink(std::uint32_t place);
  void remove_at(std::uint32_t place);

  std::vector<Entry> heap_{};
  std::vector<std::uint32_t> places_{};  // slot to index in heap_
};

}  // namespace nightwatt::core

#include "core/comm/agenda.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/prefetch.h"

namespace nightwatt::core {

namespace {

constexpr std::uint32_t children = 4;
constexpr unsigned order_bits = 52;
constexpr std::int64_t centuries = std::int64_t{1} << 43;  // milliseconds

}  // namespace

Agenda::Entry Agenda::entry_of(std::uint32_t slot, Instant at, std::uint64_t order) {
  constexpr std::uint64_t kind_mask = std::uint64_t{3} << 62;
  constexpr std::uint64_t rest_mask = (std::uint64_t{1} << (order_bits - 2)) - 1;
  NW_CHECK((order & ~(kind_mask | rest_mask)) == 0);
  const std::uint64_t rank = (order >> 62 << (order_bits - 2)) | (order & rest_mask);
  const Duration::rep ms = at.time_since_epoch().count();
  const auto time =
      static_cast<std::uint64_t>(std::clamp(ms, -centuries, centuries - 1) + centuries);
  return {.high = time << 20 | rank >> 32, .low = rank << 32 | slot};
}

Instant Agenda::Entry::at() const {
  return Instant(Duration(static_cast<Duration::rep>(high >> 20) - centuries));
}

bool Agenda::before(const Entry& a, const Entry& b) {
  return a.high != b.high ? a.high < b.high : a.low < b.low;
}

void Agenda::put(std::uint32_t place, const Entry& entry) {
  heap_[place] = entry;
  places_[entry.slot()] = place;
}

void Agenda::rise(std::uint32_t place) {
  const Entry entry = heap_[place];
  while (place > 0) {
    const std::uint32_t parent = (place - 1) / children;
    if (!before(entry, heap_[parent])) break;
    put(place, heap_[parent]);
    place = parent;
  }
  put(place, entry);
}

void Agenda::sink(std::uint32_t place) {
  const Entry entry = heap_[place];
  const auto size = static_cast<std::uint32_t>(heap_.size());
  for (;;) {
    std::uint32_t child = children * place + 1;
    if (child >= size) break;
    const std::uint32_t grandchild = children * child + 1;
    if (grandchild < size) prefetch(&heap_[grandchild], children * children * sizeof(Entry));
    const std::uint32_t end = std::min(child + children, size);
    for (std::uint32_t other = child + 1; other < end; ++other) {
      if (before(heap_[other], heap_[child])) child = other;
    }
    if (!before(heap_[child], entry)) break;
    put(place, heap_[child]);
    place = child;
  }
  put(place, entry);
}

void Agenda::remove_at(std::uint32_t place) {
  places_[heap_[place].slot()] = nowhere;
  const Entry last = heap_.back();
  heap_.pop_back();
  if (place == heap_.size()) return;
  put(place, last);
  rise(place);
  sink(places_[last.slot()]);
}

void Agenda::set(std::uint32_t slot, Instant at, std::uint64_t order) {
  NW_CHECK(slot < places_.size());
  const Entry entry = entry_of(slot, at, order);
  const std::uint32_t place = places_[slot];
  if (place == nowhere) {
    heap_.push_back(entry);
    rise(static_cast<std::uint32_t>(heap_.size() - 1));
    return;
  }
  heap_[place] = entry;
  rise(place);
  sink(places_[slot]);
}

void Agenda::clear(std::uint32_t slot) {
  NW_CHECK(slot < places_.size());
  if (places_[slot] != nowhere) remove_at(places_[slot]);
}

std::optional<Instant> Agenda::at(std::uint32_t slot) const {
  if (places_[slot] == nowhere) return std::nullopt;
  return heap_[places_[slot]].at();
}

std::optional<Instant> Agenda::next() const {
  if (heap_.empty()) return std::nullopt;
  return heap_.front().at();
}

std::optional<std::uint32_t> Agenda::pop_due(Instant now) {
  if (heap_.empty() || heap_.front().at() > now) return std::nullopt;
  const std::uint32_t slot = heap_.front().slot();
  remove_at(0);
  return slot;
}

}  // namespace nightwatt::core

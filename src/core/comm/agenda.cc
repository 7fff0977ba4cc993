#include "core/comm/agenda.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/check.h"

namespace nightwatt::core {

namespace {
constexpr std::uint32_t children = 4;
}

bool Agenda::before(const Entry& a, const Entry& b) {
  if (a.at != b.at) return a.at < b.at;
  return std::tie(a.order, a.slot) < std::tie(b.order, b.slot);
}

void Agenda::put(std::uint32_t place, const Entry& entry) {
  heap_[place] = entry;
  places_[entry.slot] = place;
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
  places_[heap_[place].slot] = nowhere;
  const Entry last = heap_.back();
  heap_.pop_back();
  if (place == heap_.size()) return;
  put(place, last);
  rise(place);
  sink(places_[last.slot]);
}

void Agenda::set(std::uint32_t slot, Instant at, std::uint64_t order) {
  NW_CHECK(slot < places_.size());
  const std::uint32_t place = places_[slot];
  if (place == nowhere) {
    heap_.push_back({at, order, slot});
    rise(static_cast<std::uint32_t>(heap_.size() - 1));
    return;
  }
  heap_[place].at = at;
  heap_[place].order = order;
  rise(place);
  sink(places_[slot]);
}

void Agenda::clear(std::uint32_t slot) {
  NW_CHECK(slot < places_.size());
  if (places_[slot] != nowhere) remove_at(places_[slot]);
}

std::optional<Instant> Agenda::at(std::uint32_t slot) const {
  if (places_[slot] == nowhere) return std::nullopt;
  return heap_[places_[slot]].at;
}

std::optional<Instant> Agenda::next() const {
  if (heap_.empty()) return std::nullopt;
  return heap_.front().at;
}

std::optional<std::uint32_t> Agenda::pop_due(Instant now) {
  if (heap_.empty() || heap_.front().at > now) return std::nullopt;
  const std::uint32_t slot = heap_.front().slot;
  remove_at(0);
  return slot;
}

}  // namespace nightwatt::core

#pragma once

#include <cstddef>
#include <cstdint>

// Asks the processor for memory that will be read in a moment: a hint that never faults and changes
// nothing. Where thousands of devices are walked through, each of them is far from the caches; the
// next ones are asked for while one is worked on.
namespace nightwatt {

// Each step needs what the one before it fetched.
enum class Ahead : std::uint8_t { far, near, next, last };

inline void prefetch(const void* at, std::size_t bytes) {
  constexpr std::size_t cache_line = 64;
  const char* const begin = static_cast<const char*>(at);
  for (std::size_t i = 0; i < bytes; i += cache_line) __builtin_prefetch(begin + i);
}
// The thing itself, in the steps around the one that looks at what it points to.
template <class T>
void prefetch_itself(const T& it, Ahead ahead) {
  if (ahead != Ahead::next) prefetch(&it, sizeof it);
}

}  // namespace nightwatt

#pragma once

#include <cstdint>
#include <initializer_list>

#include "base/check.h"

namespace nightwatt {

// SplitMix64. Ours, because the standard distributions give different numbers on different
// libraries and a seed must replay anywhere. Always handed in, never global.
class Rng {
 public:
  explicit Rng(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

  // Uniform in [low, high], both ends included; the modulo bias is far below what we need.
  std::int64_t between(std::int64_t low, std::int64_t high) {
    NW_CHECK(low <= high);
    const auto span = static_cast<std::uint64_t>(high - low) + 1;
    return low + static_cast<std::int64_t>(next() % span);
  }

  // REQUIRES: not empty.
  template <class T>
  T one_of(std::initializer_list<T> values) {
    return *(values.begin() + between(0, static_cast<std::int64_t>(values.size()) - 1));
  }

  bool chance_percent(std::int64_t percent) { return between(1, 100) <= percent; }

 private:
  std::uint64_t state_;
};

}  // namespace nightwatt

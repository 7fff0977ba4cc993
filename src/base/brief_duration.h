#pragma once

#include <algorithm>
#include <cstdint>

#include "base/time.h"

namespace nightwatt {

// A length of time out of a configuration in four bytes: a Duration takes eight, and the rules of
// 10,000 devices hold a quarter of a million of them. Whoever computes with one gets a Duration.
// Exact to the millisecond below 24 days and rounded up to seconds from there on, at most 68 years,
// which stand for everything longer; nothing is below zero.
class BriefDuration {
 public:
  constexpr BriefDuration() = default;
  constexpr BriefDuration(Duration length)
      : bits_(packed(std::max<std::int64_t>(length.count(), 0))) {}
  template <class Rep, class Period>
  constexpr BriefDuration(std::chrono::duration<Rep, Period> length)
      : BriefDuration(Duration(length)) {}

  constexpr Duration get() const {
    const std::int64_t value = bits_ & ~long_bit;
    return Duration((bits_ & long_bit) != 0 ? value * 1'000 : value);
  }
  constexpr operator Duration() const { return get(); }
  constexpr std::int64_t count() const { return get().count(); }  // ms

  friend constexpr bool operator==(BriefDuration a, BriefDuration b) { return a.bits_ == b.bits_; }
  friend constexpr auto operator<=>(BriefDuration a, BriefDuration b) {
    return a.get() <=> b.get();
  }
  // Beside a length that has not been packed both are looked at in full.
  template <class Rep, class Period>
  friend constexpr bool operator==(BriefDuration a, std::chrono::duration<Rep, Period> b) {
    return a.get() == b;
  }
  template <class Rep, class Period>
  friend constexpr auto operator<=>(BriefDuration a, std::chrono::duration<Rep, Period> b) {
    return a.get() <=> b;
  }
  friend constexpr Duration operator+(BriefDuration a, BriefDuration b) {
    return a.get() + b.get();
  }
  friend constexpr Duration operator+(BriefDuration a, Duration b) { return a.get() + b; }
  friend constexpr Duration operator+(Duration a, BriefDuration b) { return a + b.get(); }
  friend constexpr Duration operator*(std::int64_t times, BriefDuration a) {
    return times * a.get();
  }
  friend constexpr Duration operator*(BriefDuration a, std::int64_t times) {
    return times * a.get();
  }
  friend constexpr Instant operator+(Instant from, BriefDuration a) { return from + a.get(); }

 private:
  static constexpr std::uint32_t long_bit = std::uint32_t{1} << 31;
  static constexpr std::uint32_t packed(std::int64_t ms) {
    constexpr std::int64_t most = long_bit - 1;
    if (ms <= most) return static_cast<std::uint32_t>(ms);
    return long_bit |
           static_cast<std::uint32_t>(std::min(ms / 1'000 + (ms % 1'000 != 0 ? 1 : 0), most));
  }

  std::uint32_t bits_ = 0;
};

}  // namespace nightwatt

#pragma once

#include <compare>
#include <optional>

#include "base/check.h"
#include "base/time.h"

namespace nightwatt {

// An Instant or nothing, in the eight bytes of an Instant: std::optional takes sixteen, and the
// state of 10,000 devices holds a quarter of a million of them. Used like std::optional<Instant>,
// which it becomes wherever one is wanted. Instant::min() stands for nothing.
class OptionalInstant {
 public:
  constexpr OptionalInstant() = default;
  constexpr OptionalInstant(std::nullopt_t) {}
  constexpr OptionalInstant(Instant at) : at_(at) {}
  constexpr OptionalInstant(const std::optional<Instant>& at) : at_(at.value_or(nothing)) {}
  constexpr operator std::optional<Instant>() const {
    return has_value() ? std::optional(at_) : std::nullopt;
  }

  constexpr bool has_value() const { return at_ != nothing; }
  constexpr explicit operator bool() const { return has_value(); }
  Instant operator*() const {
    NW_CHECK(has_value());
    return at_;
  }
  constexpr Instant value_or(Instant other) const { return has_value() ? at_ : other; }
  constexpr void reset() { at_ = nothing; }

  template <class A>
  void fields(A& a) {
    a(at_);
  }
  friend constexpr bool operator==(const OptionalInstant&, const OptionalInstant&) = default;
  // As of std::optional: nothing is before everything.
  friend constexpr auto operator<=>(const OptionalInstant&, const OptionalInstant&) = default;
  // Else std::optional's own comparison would take us for its value: nothing would not be nothing.
  friend constexpr bool operator==(const OptionalInstant& a, const std::optional<Instant>& b) {
    return a == OptionalInstant(b);
  }
  friend constexpr bool operator==(const OptionalInstant& a, Instant b) {
    return a == OptionalInstant(b);
  }
  friend constexpr bool operator==(const OptionalInstant& a, std::nullopt_t) {
    return !a.has_value();
  }

 private:
  static constexpr Instant nothing = Instant::min();
  Instant at_ = nothing;
};

}  // namespace nightwatt

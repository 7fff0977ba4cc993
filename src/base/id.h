#pragma once

#include <compare>

namespace nightwatt {

// A number that cannot be mistaken for another kind of number. `Tag` is any incomplete type.
template <class Tag, class Rep>
struct Id {
  Rep value{};
  friend constexpr auto operator<=>(const Id&, const Id&) = default;
};

}  // namespace nightwatt

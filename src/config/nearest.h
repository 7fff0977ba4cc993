#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace nightwatt::config {

// The word that was most probably meant by `typed`: the nearest by edit distance (a swap of two
// neighbours is one edit), "" when none is near. Distance 1 for short words, a third of the length
// for long ones.
std::string_view nearest(std::string_view typed, std::span<const std::string_view> words);

// Insertions, deletions, changes and swaps of neighbours that make `a` of `b`; capitals are the
// same.
std::size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace nightwatt::config

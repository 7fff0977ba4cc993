#pragma once

#include <cstddef>
#include <cstdint>

// The bounds of one YAML file. A bound that is hit is a diagnostic that names it.
namespace nightwatt::yaml {

inline constexpr std::size_t text_bytes_max = std::size_t{16} << 20;
inline constexpr std::size_t depth_max = 32;  // nested mappings and lists; our formats need 8
// Nodes after every alias is replaced by what it stands for: a few lines of aliases can mean
// billions of values, and are refused before anybody walks them.
inline constexpr std::uint64_t nodes_max = 4'000'000;

// Problems that are reported; a file with more gets one last line that says so.
inline constexpr std::size_t diagnostics_max = 200;

}  // namespace nightwatt::yaml

#pragma once

#include <cstddef>

// Bounds of what is accepted from a NUT peer. upsd's own: lines of 511 bytes, 32 words, values of
// 256. Ours are wider, because other servers speak NUT too; what lies beyond them is refused.
namespace nightwatt::wire::nut {

inline constexpr std::size_t line_bytes_max = 2'048;         // without the LF
inline constexpr std::size_t words_max = 32;                 // of one line
inline constexpr std::size_t reply_lines_max = 8'192;        // a managed PDU lists some thousands
inline constexpr std::size_t texts_max = 1'024;              // of one UPS that are shown
inline constexpr std::size_t text_bytes_max = 256;           // of one; the rest is cut off
inline constexpr std::size_t reply_bytes_max = 512 * 1'024;  // LFs included

}  // namespace nightwatt::wire::nut

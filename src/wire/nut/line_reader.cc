#include "wire/nut/line_reader.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace nightwatt::wire::nut {
namespace {

constexpr bool no_text(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t' && c != '\r') || byte == 0x7f;
}

// Eight bytes at a time: true when one of them may be no text (a TAB or a CR also says so).
// A reply is a kilobyte per poll, and this is the only pass over the variables that we do not keep.
bool suspicious(const char* at) {
  std::uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  constexpr std::uint64_t ones = 0x0101010101010101;
  constexpr std::uint64_t tops = 0x8080808080808080;
  const std::uint64_t below_space = (word - ones * 0x20) & ~word;
  const std::uint64_t del = word ^ (ones * 0x7f);
  return ((below_space | ((del - ones) & ~del)) & tops) != 0;
}

// Index of the first byte that is no text, or the size.
std::size_t first_no_text(std::string_view text) {
  std::size_t at = 0;
  while (text.size() - at >= 8) {
    if (suspicious(text.data() + at)) {
      const auto* const end = text.data() + at + 8;
      const auto* const found = std::find_if(text.data() + at, end, no_text);
      if (found != end) return static_cast<std::size_t>(found - text.data());
    }
    at += 8;
  }
  const auto tail = text.substr(at);
  return at + static_cast<std::size_t>(std::ranges::find_if(tail, no_text) - tail.begin());
}

}  // namespace

void LineReader::reset() {
  partial_ = std::string();  // gives the memory back: most connections are idle most of the time
  spent_ = false;
  fault_ = LineFault::none;
}

std::optional<std::string_view> LineReader::next(std::string_view& chunk) {
  if (spent_) {
    partial_.clear();
    spent_ = false;
  }
  if (fault_ != LineFault::none || chunk.empty()) return std::nullopt;

  const std::size_t newline = chunk.find('\n');
  const std::string_view piece = chunk.substr(0, newline);
  const std::size_t room = line_bytes_max - partial_.size();
  const std::size_t bad = first_no_text(piece);
  if (bad < piece.size() && bad <= room) {
    fault_ = LineFault::control_byte;
    return std::nullopt;
  }
  if (piece.size() > room) {
    fault_ = LineFault::line_too_long;
    return std::nullopt;
  }
  if (newline == std::string_view::npos) {
    partial_ += piece;
    chunk = {};
    return std::nullopt;
  }
  chunk.remove_prefix(newline + 1);
  if (partial_.empty()) return piece;
  partial_ += piece;
  spent_ = true;
  return std::string_view(partial_);
}

}  // namespace nightwatt::wire::nut

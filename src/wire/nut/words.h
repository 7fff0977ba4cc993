#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "wire/nut/limits.h"

// One line of the NUT protocol as words, and words as a line (RFC 9271; upsd's parseconf).
//
//     VAR ups1 ups.model "Smart \"1500\""    ->  [VAR] [ups1] [ups.model] [Smart "1500"]
namespace nightwatt::wire::nut {

enum class LineFault : std::uint8_t {
  none,
  control_byte,    // below 0x20 other than TAB and CR, or 0x7f
  high_byte,       // above 0x7f outside quotes; inside quotes it is text that we do not interpret
  line_too_long,   // line_bytes_max
  too_many_words,  // words_max
  open_quote,      // the line ends inside quotes or after a backslash
};
std::string_view to_string(LineFault fault);  // "a line of more than 2048 bytes"

// The words of one line. They point into the line or, where quoting had to be undone, into this
// object: both must outlive their use. Not copyable for that reason.
class Words {
 public:
  Words() {}  // leaves the buffers uninitialised: one is made for each line
  Words(const Words&) = delete;
  Words& operator=(const Words&) = delete;

  // REQUIRES: line has at most line_bytes_max bytes and no LF; control bytes are the caller's
  // (LineReader's) business. CR and TAB are blanks, as upsd has it.
  LineFault split(std::string_view line);

  std::size_t size() const { return size_; }
  // Empty beyond size(), so that callers compare before they count.
  std::string_view operator[](std::size_t i) const { return i < size_ ? at_[i] : ""; }

 private:
  LineFault quoted_word(std::string_view line, std::size_t& at);
  LineFault plain_word(std::string_view line, std::size_t& at);

  std::array<std::string_view, words_max> at_;
  std::array<char, line_bytes_max> unquoted_;
  std::size_t size_ = 0;
  std::size_t used_ = 0;  // of unquoted_
};

// Keywords, UPS names and variable names are the same in any case (upsd compares so).
bool same_word(std::string_view a, std::string_view b);

// Can travel as one word: no control bytes, nothing above 0x7f (upsd drops both), not too long.
bool sendable(std::string_view word);

// Appends `word`, in quotes and with \ " # escaped where it could not stand bare.
// REQUIRES: sendable(word).
void append_word(std::string& out, std::string_view word);
// Always in quotes, as values are.
void append_quoted(std::string& out, std::string_view text);

}  // namespace nightwatt::wire::nut

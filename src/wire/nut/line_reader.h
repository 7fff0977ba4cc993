#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "wire/nut/words.h"

// Cuts a byte stream into lines, however the bytes arrive, and refuses what is no text.
//
// Complete lines are views into the caller's chunk; only the beginning of a line whose end has not
// arrived yet is kept. The first offending byte decides, so that the same bytes give the same lines
// and the same fault in whatever portions they come.
namespace nightwatt::wire::nut {

class LineReader {
 public:
  // Takes bytes from the front of `chunk` up to and including the next LF. The line comes without
  // its LF and is valid until the next call. nullopt: the chunk is used up or fault() is set; after
  // a fault nothing more comes before reset().
  std::optional<std::string_view> next(std::string_view& chunk);

  LineFault fault() const { return fault_; }
  bool inside_line() const { return !partial_.empty(); }
  void reset();

 private:
  std::string partial_;  // the beginning of a line
  bool spent_ = false;   // partial_ was handed out and is to be forgotten
  LineFault fault_ = LineFault::none;
};

}  // namespace nightwatt::wire::nut
